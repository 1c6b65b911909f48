"""python -m grader. The zygote is launched before anything heavy is imported: numpy loads in there while it loads here."""

import os
import sys

OURS = "grader", "__main__"
PROGRAM = os.path.join(os.path.dirname(sys.executable), "grader")


def leave_current_folder() -> None:
    """Modules are not looked for in the current folder, where students' files may lie: `python -m` would do that, and an empty part of
    PYTHONPATH. What Python itself took from there before this could run, and has run already, is told."""
    try:
        here = os.getcwd()
    except OSError:
        return  # it is gone, and nothing lies in it
    if here == os.path.dirname(os.path.dirname(os.path.abspath(__file__))):
        return  # the grader's own
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != here]
    files = [
        getattr(module, "__file__", None) or ""
        for name, module in sys.modules.items()
        if name.partition(".")[0] not in OURS
    ]
    taken = [
        file
        for file in files
        if os.path.dirname(file.replace(f"{os.sep}__init__.py", ".py")) == here
    ]
    if taken:
        print(  # noqa: T201
            f"{taken[0]!r} was run in the place of a module of Python's own. Go to another folder, or use {PROGRAM}.",
            file=sys.stderr,
        )
        sys.exit(3)


def main() -> None:
    leave_current_folder()
    launched = None
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # the host multiplies nothing large, and starting threads costs 20 ms
    try:
        if (
            sys.platform == "linux"
            and sys.argv[1:2] == ["grade"]
            and not {"-h", "--help"} & set(sys.argv)
        ):
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
        print(  # noqa: T201
            f"The module {error.name} is missing: run `make setup` once, then `.venv/bin/python -m grader`.",
            file=sys.stderr,
        )
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
