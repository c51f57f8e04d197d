"""In what two runs were made unlike: settings, weights, code, packages, machine."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOTHING = "none"


@dataclass(frozen=True)
class Difference:
    """One thing that run.json says otherwise of A than of B; ``kind`` is what it belongs to."""

    kind: str
    name: str
    a: str
    b: str


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """Every one between two run.json, what matters most to the masks first."""
    ours, theirs = _told(a), _told(b)
    return [
        Difference(kind, name, *(_text(told[kind].get(name)) for told in (ours, theirs)))
        for kind in ours
        for name in {**ours[kind], **theirs[kind]}
        if ours[kind].get(name) != theirs[kind].get(name)
    ]


def lines(found: Sequence[Difference]) -> list[str]:
    """One for each kind."""
    kinds: dict[str, list[str]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(f"{one.name} {one.a} → {one.b}")
    return [f"{kind}, A → B: {'; '.join(texts)}" for kind, texts in kinds.items()]


def _told(about: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
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
    """Options within options by dotted names, as they are typed."""
    found: dict[str, Any] = {}
    for name, value in options.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{k}".rstrip("."): v for k, v in _flat(value).items()}
        else:
            found[name] = value
    return found


def _text(value: object) -> str:
    """As a line shows it; of a hash, as much as tells it from others."""
    text = NOTHING if value is None else str(value)
    return re.sub(r"[0-9a-f]{32,}", lambda found: found[0][:12], text)
