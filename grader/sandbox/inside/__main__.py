"""Started by bubblewrap as a plain script: python /inside/__main__.py, see grader/sandbox/launch.py for the arguments."""

from zygote import main

main()
