"""Other weights of the same model, where its own cannot be had.

A model's yaml may name a setting with which it takes another file (``weights.alternative``), as
IS-Net has one in an npm package. That is a row of its own, whose name has the setting.
"""

from collections.abc import Callable

from evaluate.commands.session import Session
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.errors import CannotRun, NoWeights


def run_with_alternative(
    run: Callable[[Session, Settings], int], session: Session, settings: Settings
) -> int:
    """Run a command for a model; if its weights cannot be had, for its row with the others.

    Raises:
        CannotRun: the weights of both cannot be had; the text says why.
    """
    try:
        return run(session, settings)
    except NoWeights as error:
        other = settings.with_alternative()
        if other is None:
            raise
        say(str(error))
        setting, row = settings.model.alternative, other.model.row
        say(f"{settings.model.label}: going on with {setting}, a row of its own: {row}")
        try:
            return run(session, other)
        except CannotRun as second:
            raise CannotRun(f"{error}, which failed too: {second}") from second


def stored_alternative(settings: Settings) -> str:
    """The end of an error on a run that does not exist, if there is one with other weights."""
    other = settings.with_alternative()
    if other is None or not (other.runs / other.model.row).is_dir():
        return ""
    return f"; or add {settings.model.alternative}: {other.runs / other.model.row} is there"
