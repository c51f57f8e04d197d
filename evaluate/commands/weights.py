"""``make weights``: the files that models load, and whether they are here.

The list is what the models' classes make of their yamls. It compares sizes only, so that it is
quick; fetching compares hashes, as every load does.
"""

from evaluate.commands.exit_codes import DONE
from evaluate.commands.session import Session
from evaluate.config.model_choice import ModelChoice
from evaluate.config.settings import Settings
from evaluate.display.text import align_table, say
from evaluate.errors import CannotRun
from evaluate.predict.model import Model
from models.segmenter import Unavailable, load_class
from models.weights.download import megabytes
from models.weights.weight_file import HasWeights, WeightFile, fetch, home

HEADER = ("Model", "File", "Size", "Licence of the weights", "of the code", "State")


def run(session: Session, settings: Settings) -> int:
    """Fetch the chosen model's files; list those of every model where none is chosen."""
    if settings.model.name is not None:
        return _note(session, settings.model, fetching=True)
    return max(
        session.guard(lambda choice=each: _note(session, choice, fetching=False))  # type: ignore[misc]
        for each in settings.every_model()
    )


def show(table: list[tuple[str, ...]]) -> None:
    """Print the table of all files, what its states mean, and where the files lie."""
    print(align_table([HEADER, *table], str.ljust))
    print(
        f"in {home()}; present: of the right size, its hash is checked by every load and by\n"
        "make weights model=NAME, which fetches what is not",
        flush=True,
    )


def _note(session: Session, choice: ModelChoice, *, fetching: bool) -> int:
    model, _ = choice.build()
    found = _rows(model, fetching=fetching)
    if fetching and not found:
        say(f"{model.label} has no weights to download")
    session.weight_rows += found
    return DONE


def _rows(model: Model, *, fetching: bool) -> list[tuple[str, ...]]:
    """A row under ``HEADER`` for each file of a model, after fetching it if that is wanted.

    Raises:
        CannotRun: a file cannot be fetched.
    """
    build = load_class(model.target)
    if not isinstance(build, HasWeights):
        return []
    try:
        files = build.weights_of(model.options)
        for file in files if fetching else ():
            fetch(file)
    except Unavailable as error:
        raise CannotRun(f"{model.label}: {error}") from error
    return [
        (
            model.row,
            file.name,
            megabytes(file.size_bytes),
            file.licence,
            model.licence or "",
            _state(file),
        )
        for file in files
    ]


def _state(file: WeightFile) -> str:
    if not file.path.is_file():
        return "missing"
    fits = file.size_bytes in (None, file.path.stat().st_size)
    return "present" if fits else "wrong size"
