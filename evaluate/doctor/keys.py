"""API keys of remote models: which are set. Their values are never shown."""

import os
import re
from collections.abc import Iterator

from evaluate.doctor.check_result import CheckResult, ok, warning
from evaluate.doctor.probe import PROJECT_FOLDER

_KEY_NAME = r'"([A-Z][A-Z0-9_]*_(?:KEY|TOKEN))"'


def check_keys() -> Iterator[CheckResult]:
    """The keys that are set, and those that look wrong: empty, or with a line break."""
    names = key_names()
    present = [name for name in names if os.environ.get(name, "").strip()]
    absent = [name for name in names if name not in present]
    text = f"API keys set: {', '.join(present) or 'none'}"
    if absent:
        text += f"; not set: {', '.join(absent)} (only for the remote models that need them)"
    yield ok(text)
    for name in names:
        value = os.environ.get(name)
        if value is not None and not value.strip():
            yield warning(f"{name} is set but empty", f"export {name}=KEY, or unset {name}")
        elif value is not None and re.search(r"\s", value.strip()):
            yield warning(f"{name} has white space in it", f"export {name}=KEY again, in one piece")


def key_names() -> list[str]:
    """The environment variables of all keys, as the sources of the models name them."""
    sources = (
        path.read_text(encoding="utf-8") for path in (PROJECT_FOLDER / "models").rglob("*.py")
    )
    found = (re.findall(_KEY_NAME, text) for text in sources)
    return sorted({name for names in found for name in names})
