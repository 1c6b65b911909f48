"""How often correct work loses a point with cases that are drawn without care for kinks.

    make kinks [SEEDS=300]

The exit code is 1 if it does. --untried: with directions as they were drawn before they were tried
on the reference.
"""

import argparse
import sys
import time

from grader.assignment.answer_key import build_key
from grader.assignment.settings import read_assignment
from tests.support.careless import CARELESS_SVM, WORKS, points_lost, with_untried_directions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--untried", action="store_true")
    arguments = parser.parse_args()
    assignment = read_assignment(CARELESS_SVM)
    losing = dict.fromkeys(WORKS, 0)
    started = time.process_time()
    for seed in range(arguments.seeds):
        key = build_key(assignment, seed, named=False)
        if arguments.untried:
            key = with_untried_directions(key, seed)
        for work, failed in points_lost(assignment, key).items():
            if failed:
                losing[work] += 1
                print(f"seed {seed}: {work} fails {', '.join(failed)}")
    seconds = time.process_time() - started
    print(
        f"{arguments.seeds} seeds, {seconds:.0f} s of CPU time. "
        "Keys on which correct work loses a point:"
    )
    for work, count in losing.items():
        print(f"  {work:<10} {count}")
    sys.exit(any(losing.values()))


if __name__ == "__main__":
    main()
