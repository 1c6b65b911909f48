"""python -m grader. The zygote is launched before anything heavy is imported: numpy loads in there while it loads here."""

import os
import sys

OURS = "grader", "__main__"
PROGRAM = os.path.join(os.path.dirname(sys.executable), "grader")


def leave_current_folder() -> None:
    """`python -m` looks for modules in the current folder first, where students' files may lie: nothing more is taken from there. What
    Python itself took before this could run, and has run already, is told."""
    here = os.getcwd()
    if sys.flags.safe_path or sys.path[:1] != [here] or here in sys.path[1:]:
        return
    del sys.path[0]
    files = [getattr(module, "__file__", None) or "" for name, module in sys.modules.items() if name.partition(".")[0] not in OURS]
    taken = [file for file in files if os.path.dirname(file) == here]
    if taken:
        print(f"{taken[0]!r} was run in the place of a module of Python's own. Go to another folder, or use {PROGRAM}.", file=sys.stderr)  # noqa: T201
        sys.exit(3)


def main() -> None:
    leave_current_folder()
    launched = None
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the host multiplies nothing large, and starting threads costs 20 ms
    try:
        if sys.platform == "linux" and sys.argv[1:2] == ["grade"] and not {"-h", "--help"} & set(sys.argv):
            from grader.sandbox.launch import launch

            try:
                launched = launch()
            except OSError:
                launched = None  # tried again, and told, when it is needed
        from grader.cli import main as run

        run(launched)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "grader":
            raise
        print(f"The module {error.name} is missing: run `make setup` once, then `.venv/bin/python -m grader`.", file=sys.stderr)  # noqa: T201
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
