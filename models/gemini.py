"""Gemini draws the mask: a Segmenter and a Tracer over the network (docs/trace.md).

The recipe follows tracefinity's AI tracer, with a prompt of our own. The photo, at most 2048 px
long, is sent as PNG beside the prompt; the answer may contain text and pictures. Its first picture
is the mask: black tool on white, or an alpha channel. The gray levels are resampled to the photo's
size and thresholded at 128.

The key is ``GOOGLE_API_KEY``. Only google-genai gets it; answers and error texts are redacted.
``estimated_cost_usd`` is ``usd_per_photo`` for each photo that was answered, usable or not.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from datasets.arrays import THRESHOLD, Image
from models.remote.gemini_errors import classify_error
from models.remote.gemini_protocol import (
    SILHOUETTE_PROMPT,
    RateLimit,
    check_silhouette,
    first_picture,
    token_counts,
)
from models.remote.payload import (
    api_key,
    check_base_url,
    check_positive,
    decode_mask,
    encode_image,
    resize_to_photo,
    shrink_for_upload,
)
from models.remote.retry import with_retries
from models.segmenter import ELSEWHERE, NoMask, Prediction, TracedMask, TracerTerms, Unavailable

UPLOAD_SIDE_PX = 2048
SHIFTING = ("gemini-2.5-flash-image",)  # tracefinity reports that it scales and shifts its masks


class Gemini:
    """``name`` is Google's name of the model; prices are of one answered photo. ``timeout_s`` is
    for one photo, all its requests included, once ``requests_per_minute`` lets it start.
    """

    def __init__(
        self,
        *,
        device: str,  # noqa: ARG002 - it runs at Google
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
        check_base_url(base_url)
        self.device = ELSEWHERE
        self._key = api_key("GOOGLE_API_KEY", "aistudio.google.com")
        self._name = name
        self._terms = TracerTerms(
            name, SILHOUETTE_PROMPT, usd_per_photo, priced_on, name in SHIFTING
        )
        self._rate_limit = RateLimit(requests_per_minute)
        self._timeout_s, self._attempts, self._first_wait_s = timeout_s, attempts, first_wait_s
        self._client = genai.Client(
            vertexai=False,
            api_key=self._key,
            # google-genai 3 uses v1 by default; pictures in answers are documented for v1beta.
            http_options=types.HttpOptions(base_url=base_url, api_version="v1beta"),
        )

    def terms(self) -> TracerTerms:
        """The model's name, the prompt and the price."""
        return self._terms

    def predict(self, image: Image) -> Prediction:
        """The mask that Gemini draws (uint8 H×W, 0 or 255).

        Raises:
            NoMask: the request failed, or the answer contains no usable mask.
            Unavailable: key, quota, model name or connection is at fault.
        """
        answer, retries = self._request(image)
        usd = self._terms.usd_per_photo
        facts = {"retries": retries, **token_counts(answer), "estimated_cost_usd": usd}
        try:
            return Prediction(self.read(answer, image).alpha, facts)
        except NoMask as error:
            error.facts = {**facts, "failure": "parse"}
            raise

    def ask(self, image: Image) -> dict[str, Any]:
        """Google's answer: the JSON of ``generateContent``.

        Raises:
            NoMask: the request was refused, or all attempts failed.
            Unavailable: key, quota, model name or connection is at fault.
        """
        return self._request(image)[0]

    def _request(self, image: Image) -> tuple[dict[str, Any], int]:
        """The answer, and the number of retries."""
        from google.genai import types

        deadline = self._rate_limit.next_slot + self._timeout_s
        picture = shrink_for_upload(image, UPLOAD_SIDE_PX)
        contents: list[Any] = [
            SILHOUETTE_PROMPT.format(width=picture.shape[1], height=picture.shape[0]),
            types.Part.from_bytes(data=encode_image(picture, ".png"), mime_type="image/png"),
        ]

        def request() -> dict[str, Any]:
            self._rate_limit.wait(deadline)
            remaining_ms = max(1, round(1000 * (deadline - time.monotonic())))
            config = types.GenerateContentConfig(
                response_modalities=["TEXT", "IMAGE"],
                should_return_http_response=True,  # the raw JSON, not the library's model of it
                http_options=types.HttpOptions(timeout=remaining_ms),
            )
            response = self._client.models.generate_content(
                model=self._name, contents=contents, config=config
            )
            body = response.sdk_http_response and response.sdk_http_response.body
            answer: dict[str, Any] = json.loads((body or "").replace(self._key, "[key]"))
            return answer

        return with_retries(
            request,
            lambda error: classify_error(error, self._key),
            attempts=self._attempts,
            first_wait_s=self._first_wait_s,
            deadline=deadline,
        )

    def read(self, answer: Mapping[str, Any], image: Image) -> TracedMask:
        """The answer's first picture as a mask of ``image``'s size.

        Raises:
            NoMask: the answer has no picture, or not a black silhouette on white.
        """
        try:
            data = first_picture(answer)
        except (AttributeError, KeyError, TypeError) as error:
            raise NoMask("the answer is not in Gemini's format") from error
        levels, is_alpha = decode_mask(data)
        if not is_alpha:
            levels = 255 - levels
        check_silhouette(levels)
        alpha = np.where(resize_to_photo(levels, image) >= THRESHOLD, 255, 0).astype(np.uint8)
        return TracedMask(alpha, (levels.shape[0], levels.shape[1]))
