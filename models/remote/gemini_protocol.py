"""Gemini's prompt and request rate, and how a ``generateContent`` answer is read and checked."""

import base64
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from datasets.arrays import THRESHOLD, Alpha
from models.segmenter import NoMask, TimedOut, one_line

# A drawn mask with soft edges is under 1 % gray; a photo sent back is almost all gray.
GRAY = (32, 224)
MAX_GRAY_SHARE = 0.10
MAX_BORDER_SHARE = 0.5
SILHOUETTE_PROMPT = """\
The photo shows one or more tools or other things lying on a sheet of paper. Return its mask: a \
picture in which every pixel of a thing is pure black (#000000) and every other pixel, of paper, \
table, shadow or glare, is pure white (#FFFFFF).
- All things count, also thin, shiny, pale or transparent ones, and all of their parts.
- Follow the edge of the thing itself, not of its shadow or reflection. Where paper is seen \
through a hole, the mask is white.
- Nothing moves, turns, grows or shrinks: laid over the photo, the mask covers the things exactly.
- No gray, no texture, no outline, no text.
The photo is {width} pixels wide and {height} pixels high, and so is the mask."""


class RateLimit:
    """A limit on requests per minute."""

    def __init__(self, per_minute: float) -> None:
        self._interval_s = 60 / per_minute
        self._next = time.monotonic()

    @property
    def next_slot(self) -> float:
        """When the next request may start, in ``time.monotonic`` seconds."""
        return max(self._next, time.monotonic())

    def wait(self, deadline: float) -> None:
        """Wait until the next request may start.

        Raises:
            TimedOut: that is not before ``deadline``.
        """
        if self.next_slot >= deadline:
            raise TimedOut("requests_per_minute allows no further request in time")
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._interval_s


def token_counts(answer: object) -> dict[str, int]:
    """Tokens of the prompt and of the answer with its thoughts; empty if Google states none."""
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
    """The bytes of an answer's first picture, pictures in thoughts (drafts) excluded.

    Raises:
        NoMask: the answer has no picture, or a damaged one.
        AttributeError, KeyError, TypeError: the answer is not in Gemini's format.
    """
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
    text = one_line(" ".join(part.get("text", "") for part in parts))
    reason = candidate.get("finishReason", "no reason given")
    quote = f', only text: "{text}"' if text else ""
    raise NoMask(f"no picture in the answer ({reason}){quote}")


def check_silhouette(levels: Alpha) -> None:
    """Raise NoMask if ``levels`` (uint8 H×W, tool 255) cannot be a mask of tools on paper."""
    gray = np.mean((levels >= GRAY[0]) & (levels < GRAY[1]))
    mask = levels >= THRESHOLD
    border = np.concatenate((mask[0], mask[-1], mask[:, 0], mask[:, -1]))
    if gray > MAX_GRAY_SHARE:
        raise NoMask(f"the answer is not a mask: {gray:.0%} of it is gray")
    if not mask.any():
        raise NoMask("the answer is an empty mask")
    if np.mean(border) > MAX_BORDER_SHARE:
        raise NoMask("the answer is not a mask: most of its border is black")
