"""A model that a paid service runs: the photo is sent over HTTP, and a mask comes back.

The photo is sent as a JPEG of quality 95 in a data URI, at most ``long_side_px`` long. The answer
is read like any mask (white, or the alpha channel of a cut-out) and resized to the photo.
"""

import base64
from abc import ABC, abstractmethod
from typing import Any

from datasets.arrays import Image
from models.remote.http import Endpoint, Exchange
from models.remote.payload import (
    api_key,
    check_base_url,
    check_positive,
    decode_mask,
    encode_image,
    resize_to_photo,
    shrink_for_upload,
)
from models.segmenter import ELSEWHERE, Facts, NoMask, Prediction


class HostedModel(ABC):
    """``name`` is the service's name of the model, ``resolution`` the network's input size, such as
    1024x1024. ``timeout_s`` is for one photo, all its requests included.

    ``estimated_cost_usd`` is ``usd_per_photo`` for each photo that was answered.
    """

    key_variable: str  # the environment variable that holds the key
    key_page: str  # where a user creates one
    scheme: str  # precedes the key in the Authorization header

    def __init__(
        self,
        *,
        device: str,  # noqa: ARG002 - it runs at the service
        name: str,
        resolution: str,
        long_side_px: float,
        usd_per_photo: float,
        timeout_s: float,
        attempts: int,
        first_wait_s: float,
        base_url: str,
    ) -> None:
        check_positive(
            long_side_px=long_side_px,
            usd_per_photo=usd_per_photo,
            timeout_s=timeout_s,
            attempts=attempts,
            first_wait_s=first_wait_s,
        )
        check_base_url(base_url)
        self.device = ELSEWHERE
        self.name, self.resolution = name, resolution
        self.endpoint = Endpoint(
            base_url=base_url.rstrip("/"),
            key=api_key(self.key_variable, self.key_page),
            scheme=self.scheme,
            key_variable=self.key_variable,
            timeout_s=timeout_s,
            attempts=attempts,
            first_wait_s=first_wait_s,
        )
        self._long_side_px, self._usd_per_photo = long_side_px, usd_per_photo

    @abstractmethod
    def request_mask(self, exchange: Exchange, photo: str) -> tuple[str, Facts]:
        """Ask for the mask of ``photo``, a data URI; the mask's URL or data URI, and facts."""

    def predict(self, image: Image) -> Prediction:
        """The service's mask (uint8 H×W).

        Raises:
            NoMask: the service has none for this photo.
            Unavailable: key, account, model name or connection is at fault.
        """
        photo = encode_image(shrink_for_upload(image, self._long_side_px), ".jpg")
        exchange, facts = Exchange(self.endpoint), dict[str, Any]()
        try:
            address, request_facts = self.request_mask(exchange, _data_uri(photo))
            facts |= {**request_facts, "estimated_cost_usd": self._usd_per_photo}
            levels, _ = decode_mask(exchange.picture(address))
        except NoMask as error:
            counted = {**error.facts, "retries": exchange.retries}
            error.facts = {"failure": "parse", **facts, **counted}
            raise
        return Prediction(resize_to_photo(levels, image), {"retries": exchange.retries, **facts})


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
