"""A model that a service runs for money: the photo goes there over HTTP, and a mask comes back.

The photo is sent at most ``long_side_px`` long, as JPEG of quality 95 in a data URI. The answer is
read as every mask is (white, or the alpha channel of a cut-out) and brought to the photo's size.
"""

import base64
from abc import ABC, abstractmethod
from typing import Any

from datasets.arrays import Image
from models.remote.http import Exchange
from models.remote.payload import (
    check_positive,
    check_url,
    encoded,
    fitted,
    levels_of,
    reduced,
    secret,
)
from models.segmenter import ELSEWHERE, Facts, NoMask, Prediction


class Hosted(ABC):
    """``name`` is the service's name of the model, ``resolution`` what the network sees of a photo,
    as 1024x1024. ``timeout_s`` is for a photo, all its requests included.

    ``estimated_cost_usd`` is ``usd_per_photo`` for each photo that was answered.
    """

    key_variable: str  # of the environment, and where a key is made
    keys_at: str
    scheme: str  # before the key in the header

    def __init__(
        self,
        *,
        device: str,  # noqa: ARG002 - it runs at the service's
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
        check_url(base_url)
        self.device = ELSEWHERE
        self.key = secret(self.key_variable, self.keys_at)
        self.name, self.resolution, self.base_url = name, resolution, base_url.rstrip("/")
        self.timeout_s, self.attempts, self.first_wait_s = timeout_s, attempts, first_wait_s
        self._long_side_px, self._usd_per_photo = long_side_px, usd_per_photo

    @abstractmethod
    def ask(self, exchange: Exchange, photo: str) -> tuple[str, Facts]:
        """Where the mask of ``photo`` is, a URL or a data URI as ``photo`` is; facts."""

    def predict(self, image: Image) -> Prediction:
        """The service's mask (uint8 H×W)."""
        photo = encoded(reduced(image, self._long_side_px), ".jpg")
        exchange, facts = Exchange(self), dict[str, Any]()
        try:
            mask, more = self.ask(exchange, _data_uri(photo))
            facts |= {**more, "estimated_cost_usd": self._usd_per_photo}
            levels, _ = levels_of(exchange.picture(mask))
        except NoMask as error:
            counted = {**error.facts, "retries": exchange.retries}
            error.facts = {"failure": "parse", **facts, **counted}
            raise
        return Prediction(fitted(levels, image), {"retries": exchange.retries, **facts})


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
