"""Reads the text of a submission. Nothing in it is run."""
