"""Renderings of a verdict. They see data only: a Verdict and a table of words."""
