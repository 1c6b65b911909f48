"""Many submissions: taken in, graded by several processes, written down, shown."""
