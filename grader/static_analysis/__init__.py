"""Reads the text of a submission. Nothing in it runs."""
