"""Differences in settings, weights, code, packages and machine between two runs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOTHING = "none"


@dataclass(frozen=True)
class Difference:
    """An entry of run.json that differs between A and B; ``kind`` is its group, such as Weights."""

    kind: str
    name: str
    a: str
    b: str


def run_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """All differences between two run.json, those that affect masks most first."""
    ours, theirs = _entries(a), _entries(b)
    return [
        Difference(kind, name, *(_text(run[kind].get(name)) for run in (ours, theirs)))
        for kind in ours
        for name in {**ours[kind], **theirs[kind]}
        if ours[kind].get(name) != theirs[kind].get(name)
    ]


def difference_lines(found: Sequence[Difference]) -> list[str]:
    """One line for each kind."""
    kinds: dict[str, list[str]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(f"{one.name} {one.a} → {one.b}")
    return [f"{kind}, A → B: {'; '.join(texts)}" for kind, texts in kinds.items()]


def _entries(about: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The entries of run.json by kind and name."""
    parts = about["identity"]
    config = parts["config"]
    steps = {
        group: {"": step["choice"], **step["options"]}
        for group, step in config.get("steps", {}).items()
    }
    session = about["sessions"][-1] if about["sessions"] else {}
    git = about.get("git") or {}
    changed = " with changes" if git.get("dirty") else ""
    return {
        "Settings": _flat({"class": config["target"], **config["options"], **steps})
        | {"warmup": config.get("warmup")},
        "Weights": session.get("weights", {}),
        "Files read": {"hash": parts["files"]},
        "Code": {
            "code": parts["code"].get("sources"),
            "commit": git.get("commit") and f"{git['commit'][:12]}{changed}",
            "cutoutbench": about.get("cutoutbench"),
        },
        "Packages": parts["code"].get("packages", {}),
        "Conditions": {**parts["conditions"], "ran on": session.get("device")},
        "Machine": parts.get("machine", {}),
    }


def _flat(options: Mapping[str, Any]) -> dict[str, Any]:
    """Nested options by dotted names, as typed on the command line."""
    found: dict[str, Any] = {}
    for name, value in options.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{k}".rstrip("."): v for k, v in _flat(value).items()}
        else:
            found[name] = value
    return found


def _text(value: object) -> str:
    """A value as text; hashes are cut to 12 digits."""
    text = NOTHING if value is None else str(value)
    return re.sub(r"[0-9a-f]{32,}", lambda found: found[0][:12], text)
