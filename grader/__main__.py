"""python -m grader. The zygote is launched before anything heavy is imported: numpy loads in there while it loads here."""

import os
import sys


def main() -> None:
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
