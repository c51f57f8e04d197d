"""A vision-language model run by Ollama, asked for polygons around the objects in the photo.

``POST /api/chat`` with a JSON schema as ``format`` and temperature 0; the photo is a PNG shrunk to
``long_side_px``. Thinking models may answer in ``thinking`` and leave ``content`` empty, and some
ignore the schema. So ``content``, then ``thinking``, is searched for JSON
(``models.remote.polygon_answer``). Points outside the scale are moved to its border.

``coordinates`` is the scale of a model's answers: ``relative-1000`` (0..1000 along each side, as
Qwen3-VL) or ``pixels`` of the picture that the model sees (as Qwen2.5-VL). For ``pixels`` the sides
are sent as multiples of 28, so that the server does not resize the picture.
"""

from collections.abc import Mapping
from typing import Any

from datasets.arrays import Image
from models.remote.ollama_client import OllamaServer
from models.remote.payload import (
    check_base_url,
    check_positive,
    encode_image,
    shrink_for_upload,
)
from models.remote.polygon_answer import Polygons, polygons_in
from models.segmenter import ELSEWHERE, NoMask, Prediction, Unavailable, one_line

MULTIPLES = {"relative-1000": 1, "pixels": 28}  # the sides sent are multiples of this
LEAST_PX = 56  # Ollama's Qwen2.5-VL fails on sides under 28 px
POLYGON = {
    "type": "array",
    "minItems": 3,
    "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
}
SCHEMA = {
    "type": "object",
    "properties": {
        "outlines": {"type": "array", "items": POLYGON},
        "holes": {"type": "array", "items": POLYGON},
    },
    "required": ["outlines", "holes"],
}
POLYGON_PROMPT = """\
The photo shows one or more tools or other things lying on a sheet of paper. Trace each of them: \
give the polygon of its outer edge, and a polygon for every hole in it through which paper is seen.
Answer with JSON only: {{"outlines": [[[x, y], [x, y], ...], ...], "holes": [[[x, y], ...], ...]}}.
x counts from the left edge of the photo, from 0 to {width}; y from the top, from 0 to {height}. \
Follow the thing itself, not its shadow, with enough points for every corner and curve: about 40 a \
thing. No boxes, no text."""


class OllamaPolygons:
    """``name`` is Ollama's tag of the model; ``think`` None leaves thinking to the model.

    ``timeout_s`` is for one photo, all attempts included. ``base_url`` None means ``OLLAMA_HOST``,
    or else this machine.
    """

    def __init__(
        self,
        *,
        device: str,  # noqa: ARG002 - Ollama chooses its own
        name: str,
        coordinates: str,
        long_side_px: float,
        think: bool | str | None,
        num_ctx: int,
        num_predict: int,
        seed: int,
        timeout_s: float,
        attempts: int,
        base_url: str | None,
    ) -> None:
        check_positive(
            long_side_px=long_side_px,
            num_ctx=num_ctx,
            num_predict=num_predict,
            timeout_s=timeout_s,
            attempts=attempts,
        )
        if coordinates not in MULTIPLES:
            raise Unavailable(f"model.coordinates={coordinates}: use {' or '.join(MULTIPLES)}")
        check_base_url(base_url)
        self.device = ELSEWHERE
        self._name = str(name)
        self._coordinates = coordinates
        self._long_side_px = long_side_px
        self._think = think
        self._options = {
            "temperature": 0,
            "seed": seed,
            "num_ctx": num_ctx,
            "num_predict": num_predict,
        }
        self._server = OllamaServer(base_url, timeout_s, attempts)
        self.weights = self._server.digest_of(self._name)

    def predict(self, image: Image) -> Prediction:
        """The outlines filled and the holes cleared (uint8 H×W, 0 or 255).

        Raises:
            NoMask: the server did not answer, or the answer contains no polygon.
            Unavailable: the server is gone.
        """
        multiple = MULTIPLES[self._coordinates]
        sent = shrink_for_upload(image, self._long_side_px, multiple, LEAST_PX)
        relative = self._coordinates == "relative-1000"
        width, height = (1000, 1000) if relative else (sent.shape[1], sent.shape[0])
        answer, retries = self._server.chat(
            self._name,
            POLYGON_PROMPT.format(width=width, height=height),
            encode_image(sent, ".png"),
            SCHEMA,
            self._think,
            self._options,
        )
        counts = {
            "retries": retries,
            "tokens_in": answer.prompt_eval_count,
            "tokens_out": answer.eval_count,
            "done_reason": answer.done_reason,
        }
        facts = {name: value for name, value in counts.items() if value is not None}
        polygons, part = _read(answer.message, facts)
        low, high = polygons.raw_range
        facts |= {
            "read_from": f"{part}, cut off" if polygons.cut_off else part,
            "polygons": len(polygons.outlines),
            "raw_range": f"{low:g}..{high:g}",
            "points_off_scale": polygons.outside((width, height)),
        }
        return Prediction(polygons.alpha((width, height), image.shape[:2]), facts)


def _read(message: Any, facts: Mapping[str, Any]) -> tuple[Polygons, str]:
    """The polygons in an answer, and the part of it that contains them.

    Raises:
        NoMask: the answer contains none.
    """
    texts = {"content": message.content or "", "thinking": message.thinking or ""}
    for part, text in texts.items():
        polygons = polygons_in(text)
        if polygons and polygons.outlines:
            return polygons, part
        if polygons:
            raise NoMask("the answer contains no polygon", {**facts, "failure": "empty"})
    quote = one_line(" ".join(texts.values()))
    if not quote:
        raise NoMask("the answer is empty", {**facts, "failure": "empty"})
    reason = f'no JSON polygons in the answer, only: "{quote}"'
    raise NoMask(reason, {**facts, "failure": "parse"})
