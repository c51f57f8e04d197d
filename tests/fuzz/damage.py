"""Files damaged at random, from a seed: bits, cuts, doubled parts, JSON values of other types."""

import json
import random
from typing import Any

NASTY: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, 10**400, -0.5, 1e308, 1e-320),
    *(float("nan"), float("inf"), float("-inf")),
    *("", "x", "NaN", "-1", "\0", "\ud800", "../../x", "=cmd()", "1" * 5000, "2026-01-01T00:00:00"),
    *([], {}, [[]], [None], {"": None}, [1, 2], ["x"] * 3, {"a": [1]}),
)
WORDS = (
    *(b"NaN", b"Infinity", b"1e999", b"-1", b"null", b"[]", b"{}", b'""', b",", b"\0", b"\r\n"),
    *(b"\xff", b'"', b"'", b"=", b"[" * 3000, b"9" * 400, b"0.5", b"\xed\xa0\x80", b";", b"\t"),
)


def damaged(data: bytes, random_: random.Random) -> bytes:
    """``data`` with one to three random faults."""
    for _ in range(random_.randint(1, 3)):
        way = random_.choice((_in_json, _in_json, _bit, _cut, _doubled, _word))
        data = way(data, random_)
    return data


def _in_json(data: bytes, random_: random.Random) -> bytes:
    """One value of a JSON text, or of one of its lines, replaced or removed."""
    lines = data.split(b"\n")
    for part in ([data], lines):
        at = random_.randrange(len(part))
        try:
            content = json.loads(part[at])
        except (ValueError, RecursionError):
            continue
        content = _changed(content, random_)
        try:
            text = json.dumps(content).encode()
        except (ValueError, RecursionError):
            return data
        return text if part is not lines else b"\n".join([*lines[:at], text, *lines[at + 1 :]])
    return _word(data, random_)


def _changed(value: Any, random_: random.Random) -> Any:
    if not isinstance(value, dict | list) or not value or random_.random() < 0.1:
        return random_.choice(NASTY)
    key: Any = random_.choice(list(value) if isinstance(value, dict) else range(len(value)))
    if random_.random() < 0.15:
        if isinstance(value, dict):
            return {name: one for name, one in value.items() if name != key}
        return value[:key] + value[key + 1 :]
    if isinstance(value, dict):
        return {**value, key: _changed(value[key], random_)}
    return [*value[:key], _changed(value[key], random_), *value[key + 1 :]]


def _bit(data: bytes, random_: random.Random) -> bytes:
    if not data:
        return data
    at = random_.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << random_.randrange(8)]) + data[at + 1 :]


def _ends(data: bytes, random_: random.Random) -> tuple[int, int]:
    first = random_.randrange(len(data) + 1)
    return first, min(len(data), first + random_.choice((1, 5, 40, 10_000)))


def _cut(data: bytes, random_: random.Random) -> bytes:
    first, last = _ends(data, random_)
    return data[:first] + data[last:]


def _doubled(data: bytes, random_: random.Random) -> bytes:
    first, last = _ends(data, random_)
    return data[:last] + data[first:]


def _word(data: bytes, random_: random.Random) -> bytes:
    first, last = _ends(data, random_)
    last = last if random_.random() < 0.5 else first
    return data[:first] + random_.choice(WORDS) + data[last:]
