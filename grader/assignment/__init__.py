"""Reads an assignment: its settings, its Python files and its explanation; builds the answer key."""
