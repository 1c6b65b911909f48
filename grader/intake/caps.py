"""How much of a file is read, in bytes."""

# Real submissions stay below 20 KiB, and parsing 50 MB took 15 s.
SOURCE_CAP = 256 * 1024
# Most of a notebook are the pictures in its outputs.
NOTEBOOK_CAP = 8 << 20
