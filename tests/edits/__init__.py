"""Correct files with one or two edits in them, as students make them, and the truth about each."""
