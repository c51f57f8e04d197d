"""The errors that end a command with a line for the person instead of a traceback.

Exception
├── CannotRun       a model cannot run here
│   └── NoWeights       for lack of its weights
├── ReportsError    a stored file cannot be used
├── DatasetError    a dataset cannot be used (``datasets.errors``)
└── ValueError
    └── SettingsError   a setting is missing or invalid
"""

import difflib
from collections.abc import Iterable


class CannotRun(Exception):
    """The model cannot run here.

    The text says which package, weights, key or device is missing, and what to do.
    """


class NoWeights(CannotRun):
    """The model's weights cannot be had; the same model with other weights may run."""


class ReportsError(Exception):
    """A stored file is missing, damaged or in use; the text says which and what to do."""


class SettingsError(ValueError):
    """A setting is missing or invalid; the text says which and what to give."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest of the ``known`` names as the end of a message; empty where none is near.

    Names of the same model with settings (``NAME+…``) come first.
    """
    known = list(known)
    same = [one for one in known if one.startswith(f"{name}+")]
    close = list(dict.fromkeys([*same, *difflib.get_close_matches(name, known, 2)]))[:2]
    return f"; did you mean {' or '.join(close)}?" if close else ""
