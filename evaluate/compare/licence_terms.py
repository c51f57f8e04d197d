"""Licence terms that restrict the use of a model: AGPL and non-commercial licences."""

import re
from collections.abc import Mapping

RESTRICTIVE = re.compile(r"AGPL|\bNC\b|non-?commercial", re.IGNORECASE)


def restrictive_licences(stated: Mapping[str, str]) -> str:
    """All ``stated`` licences in one line if any of them is restrictive, else an empty text."""
    if not any(RESTRICTIVE.search(text) for text in stated.values()):
        return ""
    return ", ".join(f"{part} {text}" for part, text in stated.items())
