"""Standard output and error that can print any text, whatever their encoding, or even closed."""

import codecs
import os
import sys

PLAIN = str.maketrans("─–·×±→≥≤✓…", "--.x+>><v.")  # what reports use, for terminals without it


def prepare() -> None:
    """Let print write what an encoding lacks as ASCII, and open what is closed on nothing."""
    codecs.register_error("plain", _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - it is registered for encoding
    text = error.object[error.start : error.end].translate(PLAIN)
    return text.encode("ascii", "backslashreplace").decode("ascii"), error.end
