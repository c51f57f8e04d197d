"""The answer for an exception of a model: its text, and where in the model's code it came from."""

import site
import sysconfig
import traceback
from pathlib import Path
from typing import Any

from models.runtime.out_of_memory import out_of_memory

_PROJECT = Path(__file__).parents[2]
_OURS = (_PROJECT / "evaluate", _PROJECT / "datasets")
_LIBRARIES = tuple(
    Path(place)
    for place in {
        *sysconfig.get_paths().values(),
        *site.getsitepackages(),
        site.getusersitepackages(),
    }
    if place not in ("", sysconfig.get_paths()["data"])  # this is the whole environment
)


def failure_answer(error: BaseException) -> dict[str, Any]:
    """The answer to a request that ended in ``error``."""
    return {
        "status": "out-of-memory" if out_of_memory(error) else "error",
        "error": f"{type(error).__name__}: {error}"[:2000] + _place(error),
        "traceback": traceback.format_exc()[-8000:],
    }


def _place(error: BaseException) -> str:
    """The last line of the model's own code, such as `` (models/own.py, line 12)``.

    That is code outside the benchmark and outside installed packages; empty where there is none.
    """
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_file() and not any(path.is_relative_to(p) for p in (*_OURS, *_LIBRARIES)):
            near = path.relative_to(_PROJECT) if path.is_relative_to(_PROJECT) else path
            return f" ({near}, line {frame.lineno})"
    return ""
