"""The record of a run, and what is read out of it."""
