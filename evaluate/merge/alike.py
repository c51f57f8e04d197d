"""Whether the shards of a row can be one run, and that run's run.json."""

from collections.abc import Mapping, Sequence
from typing import Any

from datasets.dataset import Dataset, Sample
from datasets.listing.shard import Shard
from evaluate.compare.run_differences import run_differences
from evaluate.display.text import first_few
from evaluate.errors import ReportsError
from evaluate.store.identity import key
from evaluate.store.run_folder import Run
from evaluate.store.shard_folders import without_shard

ALIKE_PARTS = ("config", "files", "code", "conditions")  # of an identity
ALIKE_SESSIONS = ("device", "weights", "runtime")
NO_REASON = ("commit", "cutoutbench")  # differences that change no mask: the code's hash counts


def expect_alike(row: str, abouts: Mapping[Shard, Mapping[str, Any]]) -> None:
    """Refuse shards of which one would not have been continued with the settings of another.

    Their machines may differ.

    Raises:
        ReportsError: two differ in settings, files, code, packages, conditions, device or weights.
    """
    (first, reference), *others = abouts.items()
    for shard, about in others:
        if _signature(about) == _signature(reference) and _agree(about, reference):
            continue
        found = [
            f"{one.name or one.kind} {one.a} and {one.b}"
            for one in run_differences(reference, about)
            if one.kind != "Machine" and one.name not in NO_REASON
        ]
        told = "; ".join(found) or "their runtimes"
        as_first = f"{without_shard(reference['command'])} shard={shard}"
        as_other = f"{without_shard(about['command'])} shard={first}"
        raise ReportsError(
            f"{row}: shards {first} and {shard} cannot be one run, as they differ in {told}; run "
            f"one of them again as the other: {as_first}, or: {as_other}"
        )


def _signature(about: Mapping[str, Any]) -> list[Any]:
    return [about["identity"].get(part) for part in ALIKE_PARTS]


def _agree(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two runs used the same device and weights; one without a photo used none."""
    if not (a["sessions"] and b["sessions"]):
        return True
    return all(a["sessions"][0].get(p) == b["sessions"][0].get(p) for p in ALIKE_SESSIONS)


def expect_same_photos(
    row: str, shard: Shard, run: Run, dataset: Dataset, samples: Sequence[Sample]
) -> None:
    """Refuse a shard's run of other photos than the dataset's ``samples`` of that shard.

    Raises:
        ReportsError: it is; the text names photos that were added or removed.
    """
    about = run.about()
    if about["identity"]["photos"] == dataset.hash_of_photos(samples):
        return
    theirs, ours = run.predictions().keys(), {sample.id for sample in samples}
    parts = (("no longer there", theirs - ours), ("not in its run", ours - theirs))
    named = [f"{len(ids)} {how}: {first_few(sorted(ids))}" for how, ids in parts if ids]
    raise ReportsError(
        f"{row}: shard {shard} is of other photos than {dataset.name} has now "
        f"({'; '.join(named) or 'their content has changed'}); run: {about['command']}"
    )


def merged_about(abouts: Sequence[Mapping[str, Any]], dataset: Dataset) -> dict[str, Any]:
    """run.json of the whole run, as if it had been made at once; without its sessions."""
    first = abouts[0]
    machines = [about["identity"].get("machine") for about in abouts]
    unlike = _unlike_machines(abouts)
    identity = {**first["identity"], "photos": dataset.photos_hash}
    if machines[0] is not None:
        identity["machine"] = {
            name: _joined([(machine or {}).get(name) for machine in machines])
            for name in machines[0]
        }
    whole = {name: value for name, value in first.items() if name not in ("shard", "offline")}
    offline = [one for about in abouts for one in about.get("offline", [])]
    return {
        **whole,
        "command": without_shard(first["command"]),
        "key": key(identity),
        "identity": identity,
        "dataset": {
            "name": dataset.name,
            "photos": len(dataset.samples),
            "hash": dataset.content_hash,
        },
        **({"machines": unlike} if unlike else {}),
        **({"offline": offline} if offline else {}),
        "sessions": [],
    }


def _joined(values: Sequence[Any]) -> Any:
    """The value that all share; else all of them as text."""
    unlike = list(dict.fromkeys(values))
    return unlike[0] if len(unlike) == 1 else " and ".join(map(str, unlike))


def _unlike_machines(abouts: Sequence[Mapping[str, Any]]) -> list[str]:
    """In what the machines differ, such as ``cpu: A, B``."""
    machines = [about["identity"].get("machine") or {} for about in abouts]
    names = dict.fromkeys(name for machine in machines for name in machine)
    values = {n: list(dict.fromkeys(str(m.get(n)) for m in machines)) for n in names}
    return [f"{name}: {', '.join(v)}" for name, v in values.items() if len(v) > 1]
