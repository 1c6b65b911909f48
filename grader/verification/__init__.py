"""An assignment verifies itself: its questions must catch its own known mistakes."""
