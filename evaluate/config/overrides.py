"""Overrides as a person types them: quoted for Hydra; Hydra's errors explained in a line."""

import re
from typing import TYPE_CHECKING

from evaluate.config.misspelt import (
    CONF,
    NOT_TEXT,
    is_group,
    is_plain,
    unknown_choice,
    unknown_setting,
)
from evaluate.config.options import OPTIONS

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override
    from hydra.errors import HydraException

SWEPT = ("limit", "reports", "shard")  # of OPTIONS: each value has its own folder of reports
COUNTS = ("limit", "repeats", "threads", "workers")  # whole numbers
LONGEST_NAME = 200  # a name in characters; Hydra looks for files of that name
QUOTES = ("'", '"')
TEXTS = {
    "against.file",
    "against.label",
    "against.root",
    "dataset.root",
    "dataset.file",
    "dataset.cache",
    "dataset.name",
    "dataset.annotations",
    "dataset.split",
    "dataset.mask_column",
    "dataset.set",
    "model.file",
    "model.root",
    "model.run",
    "model.label",
    "model.text",
    "model.weights.folder",
    *(option.name for option in OPTIONS.values() if option.is_text),
}
"""Settings whose values are text, even if they look like a number or a list."""


def quoted(override: str) -> str:
    """``override`` in Hydra's grammar.

    Names and paths are quoted, so that 2024, null and a,b stay text. So is any other value that
    Hydra's grammar refuses; in a list, each word.
    """
    key, equals, value = override.partition("=")
    if key == "against":
        return f"model@{override}"  # as conf/config.yaml has it
    if key == "prompt.text":  # the yamls in conf/prompt/ set settings of the model
        return quoted(f"model.text={value}")
    if is_group(key) and value not in ("", "null") and _is_no_name(value):
        return f"{key}={in_quotes(value)}"
    readable = is_plain(override) or _parsed(override) is not None
    if not equals or (readable and (value[:1] in QUOTES or key not in TEXTS)):
        return override
    if key not in TEXTS and re.fullmatch(r"\[[^'\"]*\]", value):
        words = (in_quotes(word.strip()) for word in value[1:-1].split(","))
        return f"{key}=[{','.join(words)}]"
    return f"{key}={in_quotes(value)}"


def _is_no_name(value: str) -> bool:
    """Whether Hydra would fail to choose a yaml by ``value``, which it reads as another type."""
    return not (value[0].isalpha() or value[0] in QUOTES) or value.lower() in NOT_TEXT


def in_quotes(text: str) -> str:
    """``text`` as one word of Hydra's grammar."""
    # In Hydra's quotes a backslash is doubled only where a quote follows.
    escaped = re.sub(r"(\\*)('|\Z)", lambda m: m[1] * 2 + ("\\'" if m[2] else ""), text)
    return f"'{escaped}'"


def unquoted(override: str) -> str:
    """``override`` without Hydra's quotes, where that means the same."""
    parsed = _parsed(override)
    if parsed is None or parsed.is_sweep_override():
        return override
    plain = f"{override.partition('=')[0]}={parsed.value()}"
    again = _parsed(quoted(plain))
    return plain if again is not None and again.value() == parsed.value() else override


def _parsed(override: str) -> "Override | None":
    # Imported here, as a misspelt name must not wait for Hydra.
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(override)
    except (HydraException, RecursionError):  # the latter from thousands of open brackets
        return None


def names_several(override: str) -> bool:
    """Whether ``override`` names several models, as ``model=A,B`` or ``model=glob(*)``."""
    if not override.startswith("model=") or is_plain(override):
        return False
    parsed = _parsed(override)
    return parsed is not None and parsed.is_sweep_override()


def invalid_override(overrides: list[str], *, sweeps: bool) -> str | None:
    """The error of an override that is invalid before Hydra parses it; None where all are valid.

    ``sweeps``: Hydra is told to run every combination of several values (``-m``).
    """
    for override in overrides:
        if not re.match(rf"[\w.@]{{1,{LONGEST_NAME}}}=|hydra/launcher=", override):
            return f"{override}: settings are written name=value, those of conf/config.yaml"
        group, _, value = override.partition("=")
        if _holds_password(group, value):
            return (
                f"{group}=…: a name or password before the @ of a URL would be stored in the "
                "row's name; leave them out, or give the address of a proxy that adds them"
            )
        if reason := _invalid_sweep(override, sweeps=sweeps):
            return reason
        if is_group(group) and (value in ("", "null") or len(value) > LONGEST_NAME):
            there = ", ".join(sorted(path.stem for path in CONF.glob(f"{group}/*.yaml")))
            return f"{override}: name one of {there}"
    names = {override.partition("=")[0] for override in overrides}
    several = "suite" in names or any(map(names_several, overrides))
    if several and (own := [name for name in sorted(names) if name.startswith("model.")]):
        return f"{own[0]}=…: that is one model's setting, and several are named; run each by itself"
    if "dataset.root" in names and "dataset" not in names:
        forms = ", ".join(sorted(p.stem for p in CONF.glob("dataset/*.yaml") if p.stem != "sample"))
        return f"dataset.root=…: name its form too, dataset=folder or another of {forms}"
    return None


def _invalid_sweep(override: str, *, sweeps: bool) -> str | None:
    """The error of several values where there may be one; see docs/decisions/0020."""
    name, _, value = override.partition("=")
    if name in ("model", "model@against") or is_plain(override):
        return None
    parsed = _parsed(override)
    if parsed is None or not parsed.is_sweep_override():
        return None
    if re.fullmatch(r"-?\d*,\d+", value) and (not sweeps or name in OPTIONS) and name not in COUNTS:
        return f"{override}: write a decimal number with a point, {value.replace(',', '.')}"
    if name in OPTIONS and name not in SWEPT:
        one = value.partition(",")[0] if "," in value and "(" not in value else "…"
        return (
            f"{override}: a sweep of {name} would leave only its last run, as all have the same "
            f"row; run each with a label of its own: {name}={one} model.label='NAME, {name} {one}'"
        )
    if not sweeps:
        return f"{override}: several values are a sweep; to run each of them, add ARGS=-m"
    return None


def _holds_password(name: str, value: str) -> bool:
    if name == "weights.mirror":  # not part of a run, and never shown whole
        return False
    return bool(re.search(r"://[^/\s]*@", value)) or (name.endswith("base_url") and "@" in value)


def explain(error: "HydraException") -> str:
    """Hydra's error in a line that names the valid choices."""
    from hydra.errors import MissingConfigException, OverrideParseException

    text = str(error)
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, name = error.missing_cfg_file.partition("/")
        return unknown_choice(group, name, error.options or ())
    if unknown := re.search(r"Could not override '([^']+)'", text):
        return unknown_setting(unknown[1])
    if isinstance(error, OverrideParseException):
        return f"{error.override}: cannot be read; settings are written name=value"
    return text.partition("\n")[0]
