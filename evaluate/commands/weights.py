"""``make weights``: the files that models load, and whether they are here.

The list is what the models' classes make of their yamls. Fetching compares hashes, as every load
does.
"""

from evaluate.commands.session import Session
from evaluate.commands.steps.weights_table import WeightEntry, keep_entries
from evaluate.config.model_choice import ModelChoice
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.errors import CannotRun, NoWeights
from evaluate.exit_codes import DONE
from evaluate.predict.model import Model
from models.segmenter import Unavailable, WeightsUnavailable, load_class
from models.weights.download import megabytes
from models.weights.weight_file import HasWeights, fetch


def run(session: Session, settings: Settings) -> int:
    """Fetch the chosen model's files; list those of every model where none is chosen."""
    if settings.model.name is not None:
        return _note(session, settings.model, fetching=True)
    code = max(
        session.guard(lambda choice=each: _note(session, choice, fetching=False))  # type: ignore[misc]
        for model in settings.every_model()
        for each in (model, model.with_alternative())
        if each is not None
    )
    if code == DONE:
        keep_entries(session.weight_entries)
    return code


def _note(session: Session, choice: ModelChoice, *, fetching: bool) -> int:
    model, _ = choice.build()
    other = choice.alternative
    found = _entries(model, f"{choice.name} {other}" if other else "", fetching=fetching)
    if fetching and not found:
        say(f"{model.label} has no weights to download")
    session.weight_entries += found
    return DONE


def _entries(model: Model, alternative: str, *, fetching: bool) -> list[WeightEntry]:
    """A line for each file of a model, after fetching it if that is wanted.

    Raises:
        CannotRun: a file cannot be fetched; NoWeights if it cannot be had.
    """
    build = load_class(model.target)
    if not isinstance(build, HasWeights):
        return []
    try:
        files = build.weights_of(model.options)
        for file in files if fetching else ():
            fetch(file)
    except WeightsUnavailable as error:
        raise NoWeights(f"{model.label}: {error}") from error
    except Unavailable as error:
        raise CannotRun(f"{model.label}: {error}") from error
    return [
        WeightEntry(
            row=model.row,
            name=file.name,
            size=megabytes(file.size_bytes),
            licence=file.licence,
            code_licence=model.licence or "",
            path=str(file.path),
            size_bytes=file.size_bytes,
            alternative=alternative,
        )
        for file in files
    ]
