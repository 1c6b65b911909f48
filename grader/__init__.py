"""An autograder for numerical assignments."""

__version__ = "0.1.0"
