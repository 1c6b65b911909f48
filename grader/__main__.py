"""python -m grader. `grade` starts its zygote before anything heavy is imported.

numpy then loads in the zygote while the host's own modules load here.
"""

import gc
import os
import sys

_OWN_MODULES = ("grader", "__main__")
_PROGRAM = os.path.join(os.path.dirname(sys.executable), "grader")


def main() -> None:
    _drop_current_folder_from_path()
    # The host multiplies nothing large, and to start OpenBLAS's threads costs 20 ms.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.argv[1:2] != ["grade"]:
        _run()
        return
    gc.disable()  # one submission makes little garbage, and looking for it costs 11 to 19 ms
    try:
        _run(_launch())
    except SystemExit as end:
        _exit_at_once(end)
        raise


def _drop_current_folder_from_path() -> None:
    """Keep Python from importing modules from the current folder, where students' files may lie.

    `python -m` looks there, and so does an empty part of PYTHONPATH. If Python has imported a
    module from there before this call, that file has already run: say so, and exit with 3.
    """
    try:
        here = os.getcwd()
    except OSError:
        return  # the folder is gone, and with it all that could be imported
    if here == os.path.dirname(os.path.dirname(os.path.abspath(__file__))):
        return  # a checkout of the grader, run from its own folder
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != here]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name.partition(".")[0] in _OWN_MODULES:
            continue
        if os.path.dirname(file.replace(f"{os.sep}__init__.py", ".py")) == here:
            print(  # noqa: T201
                f"{file!r} was run in the place of a module of Python's own. "
                f"Go to another folder, or use {_PROGRAM}.",
                file=sys.stderr,
            )
            sys.exit(3)


def _launch() -> object:
    """Start the zygote. Return None if none is needed, or if this system cannot start one."""
    if sys.platform != "linux" or {"-h", "--help"} & set(sys.argv):
        return None
    from grader.sandbox.launch import launch

    try:
        return launch()
    except OSError:
        return None  # the sandbox tries again when it is needed, and reports what is wrong


def _run(launched: object = None) -> None:
    """Run the command line, which ends with SystemExit. launched: a zygote that is starting."""
    try:
        from grader.cli import main as run

        run(launched)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "grader":
            raise
        print(  # noqa: T201
            f"The module {error.name} is missing: "
            "run `make setup` once, then `.venv/bin/python -m grader`.",
            file=sys.stderr,
        )
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)


def _exit_at_once(end: SystemExit) -> None:
    """End the process without tearing the interpreter down, which costs 30 ms.

    The exit code is the one that Python would give. All `with` blocks have been left by now, so
    that no sandbox is running. Returns only if the output cannot be flushed: Python then exits in
    its own way, and reports that.
    """
    code = 0 if end.code is None else end.code
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # no stream where the descriptor is closed
                stream.flush()
    except BrokenPipeError:
        code = 1  # the reader has closed the pipe, as in `| head`
    except OSError:
        return
    if not isinstance(code, int):
        print(code, file=sys.stderr, flush=True)  # noqa: T201
        code = 1
    os._exit(code & 0xFF)


if __name__ == "__main__":
    main()
