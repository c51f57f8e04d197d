"""A model that a service runs for money: the photo goes there over HTTP, and a mask comes back.

The photo is sent at most ``long_side_px`` long, as JPEG of quality 95 in a data URI. The answer is
read as every mask is (white, or the alpha channel of a cut-out) and brought to the photo's size.
The key goes to the service's own address and nowhere else: not to where it keeps its pictures, and
not into the text of an error.
"""

import base64
import re
import time
from abc import ABC, abstractmethod
from typing import Any

import requests
from requests.auth import AuthBase

from datasets.arrays import Image
from models.remote import check_positive, encoded, fitted, levels_of, reduced, secret
from models.segmenter import ELSEWHERE, Answered, Facts, NoMask, TimedOut
from models.trouble import Trouble, line, persist


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
        self.device = ELSEWHERE
        self.key = secret(self.key_variable, self.keys_at)
        self.name, self.resolution, self.base_url = name, resolution, base_url.rstrip("/")
        self.timeout_s, self.attempts, self.first_wait_s = timeout_s, attempts, first_wait_s
        self._long_side_px, self._usd_per_photo = long_side_px, usd_per_photo

    @abstractmethod
    def ask(self, exchange: "Exchange", photo: str) -> tuple[str, Facts]:
        """Where the mask of ``photo`` is, a URL or a data URI as ``photo`` is; facts."""

    def predict(self, image: Image) -> Answered:
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
        return Answered(fitted(levels, image), {"retries": exchange.retries, **facts})


class Exchange:
    """The requests for one photo, within its time."""

    def __init__(self, service: Hosted) -> None:
        self.retries = 0
        self._service = service
        self._until = time.monotonic() + service.timeout_s

    def remaining_s(self) -> float:
        """The photo's time that is left.

        Raises:
            TimedOut: none.
        """
        remaining = self._until - time.monotonic()
        if remaining <= 0:
            raise TimedOut(self._too_late, {"failure": "timeout"})
        return remaining

    def json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """What the service answers, a JSON object.

        Raises:
            NoMask: this photo was not answered.
            Unavailable: no photo would be.
        """
        auth = _Key(self._service.scheme, self._service.key)
        response = self._send(method, f"{self._service.base_url}/{path}", auth=auth, **more)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise NoMask("the answer is no JSON object")
        return answer

    def picture(self, address: str) -> bytes:
        """The file at an address, which is a URL or a data URI.

        Raises:
            NoMask: it is not to be had.
        """
        if not address.startswith("data:"):
            return self._send("GET", address).content
        try:
            return base64.b64decode(address.partition(",")[2], validate=True)
        except ValueError as error:
            raise NoMask(f"the picture in the answer is damaged ({error})") from error

    def _send(self, method: str, url: str, **more: Any) -> requests.Response:
        def request() -> requests.Response:
            response = requests.request(method, url, timeout=self.remaining_s(), **more)
            response.raise_for_status()
            return response

        try:
            response, retries = persist(
                request,
                self._judge,
                attempts=self._service.attempts,
                first_wait_s=self._service.first_wait_s,
                until=self._until,
            )
        except NoMask as error:
            self.retries += int(error.facts["retries"])
            raise
        self.retries += retries
        return response

    @property
    def _too_late(self) -> str:
        return f"no answer in {self._service.timeout_s:g} s"

    def _judge(self, error: Exception) -> Trouble:
        """What a failed request means: services answer with ``{"detail": …}`` and a status."""
        if isinstance(error, requests.Timeout | TimedOut):
            return Trouble(self._too_late, passes=False, timed_out=True)
        response = getattr(error, "response", None)
        if response is None:
            offline = type(error) is requests.ConnectionError
            remedy = "check the connection and run again" if offline else None
            cut = isinstance(error, requests.exceptions.ChunkedEncodingError)
            reason = line(f"{type(error).__name__}: {error}", self._service.key)
            return Trouble(reason, passes=offline or cut, remedy=remedy)
        status = response.status_code
        key = f"check {self._service.key_variable} and the account it belongs to"
        remedies = {401: key, 402: key, 403: key, 404: "check model.name"}
        asked = "Authorization" in response.request.headers  # and not a picture fetched
        return Trouble(
            line(f"HTTP {status}: {response.text}", self._service.key),
            passes=status in (408, 429) or status >= 500,
            wait_s=_wait_s(response),
            remedy=remedies.get(status) if asked else None,
        )


class _Key(AuthBase):
    """The key as a header, where requests would else look into ~/.netrc."""

    def __init__(self, scheme: str, key: str) -> None:
        self._value = f"{scheme} {key}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


def _wait_s(response: requests.Response) -> float:
    """What the server asks for, in a header or in words; 0 where it asks for nothing."""
    said = re.search(r"resets in ~?(\d+)s", response.text)
    try:
        return float(response.headers.get("Retry-After") or (said[1] if said else 0))
    except ValueError:
        return 0


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
