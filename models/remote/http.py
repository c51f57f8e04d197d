"""The requests about one photo to a service, tried again and within the photo's time.

The key goes to the service's own address and nowhere else: not to where it keeps its pictures, and
not into the text of an error.
"""

import base64
import re
import time
from typing import TYPE_CHECKING, Any

import requests
from requests.auth import AuthBase
from urllib3.exceptions import ProtocolError

from models.remote.retry import Trouble, line, persist
from models.segmenter import NoMask, TimedOut

if TYPE_CHECKING:
    from models.remote.hosted import Hosted


class Exchange:
    """The requests for one photo, within its time."""

    def __init__(self, service: "Hosted") -> None:
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
                lambda error: self._judge(error, method),
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

    def _judge(self, error: Exception, method: str) -> Trouble:
        """What a failed request means: services answer with ``{"detail": …}`` and a status."""
        if isinstance(error, requests.Timeout | TimedOut):
            return Trouble(self._too_late, passes=False, timed_out=True)
        response = getattr(error, "response", None)
        if response is None:
            return self._unanswered(error, method)
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

    def _unanswered(self, error: Exception, method: str) -> Trouble:
        reason = line(f"{type(error).__name__}: {error}", self._service.key)
        offline = type(error) is requests.ConnectionError
        cut = isinstance(error, requests.exceptions.ChunkedEncodingError) or (
            offline and isinstance(error.args[0], ProtocolError)
        )
        if not cut:
            remedy = "check the connection and run again" if offline else None
            return Trouble(reason, passes=offline, remedy=remedy)
        if method == "POST":
            reason = f"cut off after it was asked, so not asked again: it may be billed ({reason})"
            return Trouble(reason, passes=False)
        return Trouble(reason, passes=True)


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
