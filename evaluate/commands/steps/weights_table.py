"""The table of ``make weights``, and the files in it, which are known until a source changes.

Which files there are is what the wrappers' classes make of their yamls. Asking all of them takes
longer than everything else, so the answer is kept by the hash of yamls and sources.
"""

from dataclasses import astuple, dataclass
from pathlib import Path

from datasets.caching import cache
from evaluate.display.text import align_table
from models.weights.weight_file import home

HEADER = ("Model", "File", "Size", "Licence of the weights", "of the code", "State")
KEPT = ".cache.sqlite"
_CONF = Path(__file__).parents[3] / "conf"


@dataclass(frozen=True)
class WeightEntry:
    """A line of the table: a model's file, where it belongs and how large it is, in bytes.

    ``alternative``: the settings that fetch another file for the same model, as they are typed.
    """

    row: str
    name: str
    size: str
    licence: str
    code_licence: str
    path: str
    size_bytes: int | None
    alternative: str

    @property
    def state(self) -> str:
        """Whether the file is here. Only its size is compared, so that this is quick."""
        path = Path(self.path)
        if not path.is_file():
            other = self.alternative
            return f"missing (or: make weights model={other})" if other else "missing"
        fits = self.size_bytes in (None, path.stat().st_size)
        return "present" if fits else "wrong size"


def show(entries: list[WeightEntry]) -> None:
    """Print the table of all files, what its states mean, and where the files lie."""
    table = [(*astuple(entry)[:5], entry.state) for entry in entries]
    print(align_table([HEADER, *table], str.ljust))
    print(
        f"in {home()}; present: of the right size, its hash is checked by every load and by\n"
        "make weights model=NAME, which fetches what is not",
        flush=True,
    )


def known_entries() -> list[WeightEntry] | None:
    """The files of every model, if they have been listed since a yaml or a source changed."""
    cache.use(home() / KEPT)
    found = cache.get("weights", _key())
    return None if found is None else [WeightEntry(*entry) for entry in found]


def keep_entries(entries: list[WeightEntry]) -> None:
    """Keep the files of every model for ``known_entries``."""
    cache.use(home() / KEPT)
    cache.put("weights", _key(), [astuple(entry) for entry in entries])
    cache.flush()


def _key() -> str:
    yamls = [(str(path), path.read_bytes()) for path in sorted(_CONF.rglob("*.yaml"))]
    return cache.key_of(yamls, str(home()), cache.code_key("datasets", "evaluate", "models"))
