"""What a folder holds, so that two states can be compared byte for byte, times aside."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

from pyarrow import parquet

from evaluate.store.atomic import UNFINISHED
from evaluate.store.run_folder import parse_prediction

# What depends on when, how fast and in which process a command ran.
MEASURED = {
    "seconds", "model_seconds", "peak_rss_bytes", "rss_bytes", "session", "sessions", "git",
    "scored", "made_on", "load_s", "first_call_s", "unstable", "p50_ratios",
}  # fmt: skip
DISPOSABLE = re.compile(r"(.*/)?\.cache\.sqlite(-journal)?")
# Tables and pages that show times: their other content is in comparison.json.
SHOWS_TIMES = re.compile(r"(.*/)?(comparison\.(md|csv|tex)|model-index/.*|index\.html|gate/.*)")
# Dates and ids of ezdxf, and classes that it lists in the order of a set.
RANDOM_IN_DXF = re.compile(
    rb"\$(T[A-Z]+|[A-Z]+GUID)\r?\n.*\n.*\n|[\d.]+ @ .*|(?s:CLASSES\r?\n.*?ENDSEC)"
)

State = dict[str, object]


def state_of(folder: Path, *, timed: bool) -> State:
    """Each file's content by its path; folders are None.

    ``timed``: the command measured times, so files that show some count by their names only.
    """
    found: State = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = path.relative_to(folder).as_posix()
        if DISPOSABLE.fullmatch(name):
            continue
        if path.is_dir():
            found[name] = None
        elif path.suffix == ".dxf":
            found[name] = RANDOM_IN_DXF.sub(b"", path.read_bytes())
        elif timed and SHOWS_TIMES.fullmatch(name):
            found[name] = ""
        else:
            found[name] = _content(path, MEASURED | ({"notes"} if timed else set()))
    return found


def _content(path: Path, measured: set[str]) -> object:
    data = path.read_bytes()
    if path.name == "predictions.jsonl":
        records = [parse_prediction(line) for line in data.splitlines()]
        kept = {record.id: without(vars(record), measured) for record in records}
        return [kept[id_] for id_ in sorted(kept)]
    if path.name == "run.json":
        about = without(json.loads(data), measured)
        about["dataset"].pop("hash")  # of the ground truth then, on which no mask depends
        return about
    if path.name == "photos.csv":
        lines = csv.DictReader(io.StringIO(data.decode(errors="surrogatepass")))
        return [without(line, measured) for line in lines]
    if path.name == "photos.parquet":
        return [without(line, measured) for line in parquet.read_table(path).to_pylist()]
    if path.suffix == ".json":
        return without(json.loads(data), measured)
    return data


def without(value: Any, names: set[str]) -> Any:
    """JSON without the entries of these names."""
    if isinstance(value, dict):
        return {
            k: sorted(v.split()) if k == "command" else without(v, names)  # make sorts settings
            for k, v in value.items()
            if k not in names
        }
    if isinstance(value, list):
        return [without(one, names) for one in value]
    return value


def difference(state: State, reference: State) -> str:
    """In what a state differs from the reference, in a line; empty if in nothing."""
    missing = sorted(reference.keys() - state.keys())
    more = sorted(state.keys() - reference.keys())
    other = [name for name in sorted(state.keys() & reference.keys())
             if state[name] != reference[name]]  # fmt: skip
    parts = (("missing", missing), ("more", more), ("other content", other))
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in parts if names)


def unfinished(folder: Path) -> list[str]:
    """Files that were being written and were left: by their names."""
    return [str(path) for path in folder.rglob("*")
            if path.name.startswith(UNFINISHED) or path.name.endswith("-journal")]  # fmt: skip
