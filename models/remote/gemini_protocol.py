"""What Gemini is told and how often, and what ``generateContent`` answers: read and judged."""

import base64
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from datasets.arrays import THRESHOLD, Alpha
from models.segmenter import NoMask, TimedOut

# A drawing with soft edges has under 1 % of gray, a photo handed back nearly nothing else.
GRAY = (32, 224)
MAX_GRAY = 0.10
PROMPT = """\
The photo shows one or more tools or other things lying on a sheet of paper. Return its mask: a \
picture in which every pixel of a thing is pure black (#000000) and every other pixel, of paper, \
table, shadow or glare, is pure white (#FFFFFF).
- All things count, also thin, shiny, pale or transparent ones, and all of their parts.
- Follow the edge of the thing itself, not of its shadow or reflection. Where paper is seen \
through a hole, the mask is white.
- Nothing moves, turns, grows or shrinks: laid over the photo, the mask covers the things exactly.
- No gray, no texture, no outline, no text.
The photo is {width} pixels wide and {height} pixels high, and so is the mask."""


class Pace:
    """So many requests a minute and no more."""

    def __init__(self, per_minute: float) -> None:
        self._interval_s = 60 / per_minute
        self._next = time.monotonic()

    @property
    def turn(self) -> float:
        """When the next request may go, as ``time.monotonic`` counts."""
        return max(self._next, time.monotonic())

    def wait(self, until: float) -> None:
        """Wait for the turn of the next request.

        Raises:
            TimedOut: it comes too late.
        """
        if self.turn >= until:
            raise TimedOut("no turn to ask again in time")
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._interval_s


def tokens(answer: object) -> dict[str, int]:
    """The tokens of the question and of the answer, its thoughts included, if Google says them."""
    usage = answer.get("usageMetadata") if isinstance(answer, dict) else None
    if not isinstance(usage, dict):
        return {}

    def count(*names: str) -> int:
        return sum(n for name in names if isinstance(n := usage.get(name), int))

    return {
        "tokens_in": count("promptTokenCount"),
        "tokens_out": count("candidatesTokenCount", "thoughtsTokenCount"),
    }


def first_picture(answer: Mapping[str, Any]) -> bytes:
    """The bytes of an answer's first picture; thoughts may hold drafts, which do not count."""
    blocked = (answer.get("promptFeedback") or {}).get("blockReason")
    if blocked:
        raise NoMask(f"the photo was blocked ({blocked})")
    if not answer.get("candidates"):
        raise NoMask("the answer is empty (no candidates)")
    candidate = answer["candidates"][0]
    parts = (candidate.get("content") or {}).get("parts") or []
    for part in parts:
        blob = part.get("inlineData") or {}
        if blob.get("mimeType", "").startswith("image/") and not part.get("thought"):
            try:
                return base64.b64decode(blob.get("data", ""), validate=True)
            except ValueError as error:
                raise NoMask(f"the picture in the answer is damaged ({error})") from error
    said = " ".join(" ".join(part.get("text", "") for part in parts).split())[:200]
    reason = candidate.get("finishReason", "no reason given")
    raise NoMask(f"no picture in the answer ({reason})" + (f', but: "{said}"' if said else ""))


def check_silhouette(levels: Alpha) -> None:
    """Raises NoMask for what cannot be tools on paper (``levels``: uint8 H×W, tool 255)."""
    gray = np.mean((levels >= GRAY[0]) & (levels < GRAY[1]))
    mask = levels >= THRESHOLD
    border = np.concatenate((mask[0], mask[-1], mask[:, 0], mask[:, -1]))
    if gray > MAX_GRAY:
        raise NoMask(f"the answer is no mask: {gray:.0%} of it is gray")
    if not mask.any():
        raise NoMask("the answer is an empty mask")
    if np.mean(border) > 0.5:
        raise NoMask("the answer is no mask: it is black along most of its border")
