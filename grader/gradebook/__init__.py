"""The record of a run: written by a batch, read by reports, exports and replay."""
