"""Grade a class: several worker processes, one gradebook, a page for each student."""
