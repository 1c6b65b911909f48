"""Runs submissions. Knows nothing of grading.

Imports nothing here: __main__ starts the zygote through sandbox.launch before anything heavy is
loaded.
"""
