"""Text that may be stored or shown: without API keys, and without passwords in URLs."""

import re

LONGEST = 300  # characters of a redacted line


def redact(text: object, key: str) -> str:
    """``text`` as one line of at most 300 characters, without ``key`` and URL credentials."""
    known = str(text).replace(key, "[key]") if key else str(text)
    return " ".join(without_credentials(known).split())[:LONGEST]


def without_credentials(text: str) -> str:
    """``text`` whose URLs lack their ``user:password@`` part."""
    return re.sub(r'://[^/\s"]*@', "://", text)  # up to the last @: a password may contain one
