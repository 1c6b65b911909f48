"""Runs submissions. Knows nothing of grading.

This file imports nothing: __main__ starts the zygote through sandbox.launch before anything heavy
is loaded.
"""
