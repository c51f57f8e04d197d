"""Damaged inputs, each a function of the seed, the target's name and a number."""

import random
import struct
import zlib
from collections.abc import Sequence

from tests.fuzz.damage import damaged

PNG = b"\x89PNG\r\n\x1a\n"
NUMBERS = (0, 1, 7, 16, 32, 64, 100, 127, 128, 255, 256, 1000, 4096, 32767, 65535, 2**31 - 1)
LARGEST = 1 << 16  # bytes: large inputs say little that small ones do not, and are slow


def random_of(seed: int, name: str, number: int) -> random.Random:
    """The generator of one input."""
    return random.Random(f"{seed} {name} {number}")


def made_input(corpus: Sequence[bytes], random_: random.Random) -> bytes:
    """One of the good inputs with a few random faults; rarely as it is."""
    data = random_.choice(corpus)
    way = random_.random()
    if way < 0.01:
        return data
    if way < 0.45:
        return damaged(data, random_)[:LARGEST]
    for _ in range(1 << random_.randrange(4)):
        data = random_.choice((_bits, _byte, _number, _number, _removed, _moved, _spliced))(
            data, corpus, random_
        )
    if data.startswith(PNG) and random_.random() < 0.7:
        data = with_checksums(data)
    return data[:LARGEST]


def with_checksums(png: bytes) -> bytes:
    """A PNG whose chunks have right checksums again, so that damage reaches the decoder."""
    parts, at = [PNG], len(PNG)
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        body = png[at + 4 : at + 8 + length]
        parts.append(png[at : at + 4] + body + struct.pack(">I", zlib.crc32(body)))
        at += 12 + length
    return b"".join(parts)


def _bits(data: bytes, _: Sequence[bytes], random_: random.Random) -> bytes:
    changed = bytearray(data)
    for _number in range(random_.randint(1, 3) if data else 0):
        changed[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
    return bytes(changed)


def _byte(data: bytes, _: Sequence[bytes], random_: random.Random) -> bytes:
    at = random_.randrange(len(data) + 1)
    value = random_.choice((0, 1, 9, 10, 13, 34, 127, 128, 255, random_.randrange(256)))
    return data[:at] + bytes([value]) + data[at + random_.randrange(2) :]


def _number(data: bytes, _: Sequence[bytes], random_: random.Random) -> bytes:
    value = random_.choice(NUMBERS) * random_.choice((1, -1)) + random_.choice((0, 0, 1, -1))
    size = random_.choice((1, 2, 4))
    word = (value % (1 << 8 * size)).to_bytes(size, "big")
    word = random_.choice((word, word[::-1]))
    at = random_.randrange(max(1, len(data) - size + 1))
    return data[:at] + word + data[at + size :]


def _removed(data: bytes, _: Sequence[bytes], random_: random.Random) -> bytes:
    at = random_.randrange(len(data) + 1)
    return data[:at] + data[at + random_.choice((1, 2, 4, 16, 200, len(data))) :]


def _moved(data: bytes, _: Sequence[bytes], random_: random.Random) -> bytes:
    """A part repeated at another place, a few times."""
    start, to = (random_.randrange(len(data) + 1) for _number in range(2))
    part = data[start : start + random_.choice((1, 3, 8, 40, 300))]
    return data[:to] + part * random_.choice((1, 1, 2, 30)) + data[to:]


def _spliced(data: bytes, corpus: Sequence[bytes], random_: random.Random) -> bytes:
    """The beginning of one good input and the end of another."""
    other = random_.choice(corpus)
    return data[: random_.randrange(len(data) + 1)] + other[random_.randrange(len(other) + 1) :]
