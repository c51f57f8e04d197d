"""Misspelt names of settings and yamls, found without importing Hydra, which takes 0.1 s.

Only what certainly ends in Hydra's error is found here, and only where nothing else could be wrong.
The text is the same wherever the error is found.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from evaluate.config.options import OPTIONS
from evaluate.errors import did_you_mean

CONF = Path(__file__).parents[2] / "conf"
_PLAIN = re.compile(
    r"""[a-z_]\w*(\.[a-z_]\w*)*=([\w./+-]+|'[^'\\\n]*')""", re.ASCII | re.IGNORECASE
)
NOT_TEXT = {"true", "false", "null", "inf", "nan"}  # in Hydra's grammar, in any case
_ROOTS = {name.partition(".")[0] for name in OPTIONS} | {"hydra"}


def is_group(name: str) -> bool:
    """Whether ``conf/`` has yamls to choose from for the setting ``name``."""
    return name in _groups()


@cache
def _groups() -> set[str]:
    return {path.name for path in CONF.iterdir() if path.is_dir()}


def is_plain(override: str) -> bool:
    """Whether Hydra's grammar surely reads ``override``, as one value and not as several."""
    return _PLAIN.fullmatch(override) is not None


def misspelt(overrides: Sequence[str]) -> str | None:
    """The error of the only misspelt name in ``overrides``; None where Hydra has to tell."""
    if not all(map(is_plain, overrides)):
        return None
    found = [text for text in map(_error, overrides) if text]
    return found[0] if len(found) == 1 else None


def _error(override: str) -> str | None:
    name, _, value = override.partition("=")
    if is_group(name):
        there = _yamls(name)
        if value in there or not re.fullmatch(r"[a-z][\w-]*", value, re.ASCII | re.IGNORECASE):
            return None
        return None if value.lower() in NOT_TEXT else unknown_choice(name, value, there)
    root, *keys = name.split(".")
    if name in _ROOTS or root == "hydra" or keys[-1:] == ["_target_"]:
        return None
    if keys and any(known.split(".")[1:2] == keys[:1] for known in _names()):
        return None  # whether it is a key of the chosen yaml is for Hydra to tell
    return unknown_setting(name)


def unknown_choice(group: str, name: str, there: Iterable[str]) -> str:
    """The error of ``group=name`` where a group has only the yamls ``there``."""
    there = list(there)
    hint = did_you_mean(name, there)
    return (
        f"{group}={name}: there is no such {group}; there are: {', '.join(there) or 'none'}{hint}"
    )


def unknown_setting(name: str) -> str:
    """The error of a setting that does not exist, with those that are alike."""
    known = sorted({*_names()})
    ends = [full for full in known if full.endswith(f".{name}")]
    groups = [path.name for path in CONF.iterdir() if path.is_dir()]
    hint = did_you_mean(name, known) if "." in name else ""
    hint = hint or did_you_mean(name, [*groups, *OPTIONS]) or did_you_mean(name, known)
    if ends:
        hint = f"; did you mean {' or '.join(ends)}?"
    return f"{name}: there is no such setting{hint or '; conf/config.yaml has them'}"


def _yamls(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def _names() -> Iterator[str]:
    """The dotted names of all settings, those of models, datasets and steps included.

    Keys are found as text: parsing every yaml would take longer than all else of a misspelt name.
    """
    yield from OPTIONS
    for path in CONF.glob("*/*.yaml"):
        for name in re.findall(r"^[\"']?(\w+)[\"']?:", path.read_text("utf-8"), re.MULTILINE):
            if name != "_target_":
                yield f"{path.parent.name}.{name}"
