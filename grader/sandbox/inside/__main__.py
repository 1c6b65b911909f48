"""Started by bubblewrap as a plain script. See grader/sandbox/launch.py for its arguments."""

from zygote import main

main()
