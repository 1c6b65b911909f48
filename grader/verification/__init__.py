"""An assignment verifies itself: its questions must kill its own known mistakes."""
