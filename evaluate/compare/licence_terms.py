"""Licence terms that bind whoever uses a model: AGPL and non-commercial ones."""

import re
from collections.abc import Mapping

BINDS = re.compile(r"AGPL|\bNC\b|non-?commercial", re.IGNORECASE)


def binding(stated: Mapping[str, str]) -> str:
    """The ``stated`` licences in a line if one of them binds, else an empty text."""
    if not any(BINDS.search(text) for text in stated.values()):
        return ""
    return ", ".join(f"{part} {text}" for part, text in stated.items())
