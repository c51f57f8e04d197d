"""Gemini, asked to draw a mask: a Segmenter and a Tracer over the network (docs/trace.md).

The recipe is tracefinity's (its AI tracer), the words are ours: the photo at most 2048 px long as
PNG beside a prompt, text and picture allowed as the answer, the first picture in it is the mask,
black tool on white, or its alpha channel. Gray is resampled to the photo's size and cut at 128.

The key is ``GOOGLE_API_KEY``. It goes to google-genai and nowhere else: not into an answer, and not
into the text of an error, whatever the server or a library puts there. ``estimated_cost_usd`` is
``usd_per_photo`` for each photo that was answered, usably or not.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from datasets.arrays import THRESHOLD, Image
from models.remote.gemini_errors import judge
from models.remote.gemini_protocol import PROMPT, Pace, check_silhouette, first_picture, tokens
from models.remote.payload import (
    check_positive,
    check_url,
    encoded,
    fitted,
    levels_of,
    reduced,
    secret,
)
from models.remote.retry import persist
from models.segmenter import ELSEWHERE, NoMask, Prediction, Terms, Traced, Unavailable

LONG_SIDE_PX = 2048
SHIFTING = ("gemini-2.5-flash-image",)  # draws at a size and place of its own, says tracefinity


class Gemini:
    """``name`` is Google's name of the model; prices are of one answered photo. ``timeout_s`` is
    for a photo, all its requests included, from its turn on.
    """

    def __init__(
        self,
        *,
        device: str,  # noqa: ARG002 - it runs at Google's
        name: str,
        usd_per_photo: float,
        priced_on: str,
        requests_per_minute: float,
        timeout_s: float,
        attempts: int,
        first_wait_s: float,
        base_url: str | None,
    ) -> None:
        from google import genai
        from google.genai import types

        check_positive(
            usd_per_photo=usd_per_photo,
            requests_per_minute=requests_per_minute,
            timeout_s=timeout_s,
            attempts=attempts,
            first_wait_s=first_wait_s,
        )
        if not isinstance(name, str) or not name:
            raise Unavailable(f"model.name={name}: give the name of one of Google's models")
        check_url(base_url)
        self.device = ELSEWHERE
        self._key = secret("GOOGLE_API_KEY", "aistudio.google.com")
        self._name = name
        self._terms = Terms(name, PROMPT, usd_per_photo, priced_on, name in SHIFTING)
        self._pace = Pace(requests_per_minute)
        self._timeout_s, self._attempts, self._first_wait_s = timeout_s, attempts, first_wait_s
        self._client = genai.Client(
            vertexai=False,
            api_key=self._key,
            # google-genai 3 asks v1 unless told; pictures as answers are documented for v1beta.
            http_options=types.HttpOptions(base_url=base_url, api_version="v1beta"),
        )

    def terms(self) -> Terms:
        """The model's name, the prompt and the price."""
        return self._terms

    def predict(self, image: Image) -> Prediction:
        """Ask, and read the answer (uint8 H×W, 0 or 255)."""
        answer, retries = self._asked(image)
        usd = self._terms.usd_per_photo
        facts = {"retries": retries, **tokens(answer), "estimated_cost_usd": usd}
        try:
            return Prediction(self.read(answer, image).alpha, facts)
        except NoMask as error:
            error.facts = {**facts, "failure": "parse"}
            raise

    def ask(self, image: Image) -> dict[str, Any]:
        """Google's answer, ``generateContent``'s JSON.

        Raises:
            NoMask: the request was refused, or every attempt failed.
            Unavailable: key, quota, model name or connection is at fault.
        """
        return self._asked(image)[0]

    def _asked(self, image: Image) -> tuple[dict[str, Any], int]:
        """The answer, and how often it had to be asked for again."""
        from google.genai import types

        until = self._pace.turn + self._timeout_s
        picture = reduced(image, LONG_SIDE_PX)
        contents: list[Any] = [
            PROMPT.format(width=picture.shape[1], height=picture.shape[0]),
            types.Part.from_bytes(data=encoded(picture, ".png"), mime_type="image/png"),
        ]

        def request() -> dict[str, Any]:
            self._pace.wait(until)
            left_ms = max(1, round(1000 * (until - time.monotonic())))
            config = types.GenerateContentConfig(
                response_modalities=["TEXT", "IMAGE"],
                should_return_http_response=True,  # as it came, whatever the library makes of it
                http_options=types.HttpOptions(timeout=left_ms),
            )
            response = self._client.models.generate_content(
                model=self._name, contents=contents, config=config
            )
            body = response.sdk_http_response and response.sdk_http_response.body
            answer: dict[str, Any] = json.loads((body or "").replace(self._key, "[key]"))
            return answer

        return persist(
            request,
            lambda error: judge(error, self._key),  # its HTTP client's own errors come through
            attempts=self._attempts,
            first_wait_s=self._first_wait_s,
            until=until,
        )

    def read(self, answer: Mapping[str, Any], image: Image) -> Traced:
        """The first picture of an answer as a mask of ``image``'s size.

        Raises:
            NoMask: there is no picture, or it is no black silhouette on white.
        """
        try:
            data = first_picture(answer)
        except (AttributeError, KeyError, TypeError) as error:
            raise NoMask("the answer has another form than Gemini's") from error
        levels, absolute = levels_of(data)
        if not absolute:
            levels = 255 - levels
        check_silhouette(levels)
        alpha = np.where(fitted(levels, image) >= THRESHOLD, 255, 0).astype(np.uint8)
        return Traced(alpha, (levels.shape[0], levels.shape[1]))
