"""Reads an assignment: settings, Python files and explanation. Builds the answer key from them."""
