"""All HTTP requests for one photo: retried, and within the photo's time limit.

The key is sent to the service's own address only. It is not sent to the server that hosts the
result picture, and it is removed from error messages.
"""

import base64
import re
import time
from dataclasses import dataclass
from typing import Any

import requests
from requests.auth import AuthBase
from urllib3.exceptions import ProtocolError

from models.remote.redact import redact
from models.remote.retry import NOT_REPEATED, RequestFailure, with_retries
from models.segmenter import NoMask, TimedOut


@dataclass(frozen=True)
class Endpoint:
    """Where requests go, with which key, and how long they may take.

    ``scheme`` precedes the key in the Authorization header; ``key_variable`` is the environment
    variable that holds it. ``timeout_s`` is for one photo, all its requests and retries included.
    ``attempts`` is for each request; ``first_wait_s`` is the wait before the second one.
    """

    base_url: str
    key: str
    scheme: str
    key_variable: str
    timeout_s: float
    attempts: int
    first_wait_s: float


class Exchange:
    """The requests for one photo; its time limit starts here. ``retries`` counts over all."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.retries = 0
        self._endpoint = endpoint
        self._deadline = time.monotonic() + endpoint.timeout_s

    def remaining_s(self) -> float:
        """Seconds left for this photo.

        Raises:
            TimedOut: none are left.
        """
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimedOut(self._timeout_text, {"failure": "timeout"})
        return remaining

    def json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The JSON object with which the service answers; ``options`` are those of requests.

        Raises:
            NoMask: the request failed for this photo.
            Unavailable: the request would fail for every photo.
        """
        auth = _KeyHeader(self._endpoint.scheme, self._endpoint.key)
        response = self._send(method, f"{self._endpoint.base_url}/{path}", auth=auth, **options)
        try:
            answer = response.json()
        except (RecursionError, ValueError):
            answer = None
        if not isinstance(answer, dict):
            raise NoMask("the answer is not a JSON object")
        return answer

    def picture(self, address: str) -> bytes:
        """The bytes of the picture at ``address``, a URL or a data URI.

        Raises:
            NoMask: the picture is missing or damaged.
        """
        if not address.startswith("data:"):
            return self._send("GET", address).content
        try:
            return base64.b64decode(address.partition(",")[2], validate=True)
        except ValueError as error:
            raise NoMask(f"the picture in the answer is damaged ({error})") from error

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        def request() -> requests.Response:
            response = requests.request(method, url, timeout=self.remaining_s(), **options)
            response.raise_for_status()
            return response

        try:
            response, retries = with_retries(
                request,
                lambda error: self._classify(error, method),
                attempts=self._endpoint.attempts,
                first_wait_s=self._endpoint.first_wait_s,
                deadline=self._deadline,
            )
        except NoMask as error:
            self.retries += int(error.facts["retries"])
            raise
        self.retries += retries
        return response

    @property
    def _timeout_text(self) -> str:
        return f"no answer in {self._endpoint.timeout_s:g} s"

    def _classify(self, error: Exception, method: str) -> RequestFailure:
        """What a failed request means. Services answer with a status and ``{"detail": …}``."""
        if isinstance(error, requests.Timeout | TimedOut):
            return RequestFailure(self._timeout_text, retryable=False, timed_out=True)
        response = getattr(error, "response", None)
        if response is None:
            return self._classify_unanswered(error, method)
        status = response.status_code
        check_key = f"check {self._endpoint.key_variable} and the account it belongs to"
        remedies = {401: check_key, 402: check_key, 403: check_key, 404: "check model.name"}
        with_key = "Authorization" in response.request.headers  # else a picture was fetched
        return RequestFailure(
            redact(f"HTTP {status}: {response.text}", self._endpoint.key),
            retryable=status in (408, 429) or status >= 500,
            retry_after_s=_retry_after_s(response),
            remedy=remedies.get(status) if with_key else None,
        )

    def _classify_unanswered(self, error: Exception, method: str) -> RequestFailure:
        reason = redact(f"{type(error).__name__}: {error}", self._endpoint.key)
        offline = type(error) is requests.ConnectionError
        cut_off = isinstance(error, requests.exceptions.ChunkedEncodingError) or (
            offline and isinstance(error.args[0], ProtocolError)
        )
        if not cut_off:
            remedy = "check the connection and run again" if offline else None
            return RequestFailure(reason, retryable=offline, remedy=remedy)
        if method == "POST":
            reason = f"connection cut after the request was sent, {NOT_REPEATED} ({reason})"
            return RequestFailure(reason, retryable=False)
        return RequestFailure(reason, retryable=True)


class _KeyHeader(AuthBase):
    """The key in the Authorization header. Without it requests would look into ~/.netrc."""

    def __init__(self, scheme: str, key: str) -> None:
        self._value = f"{scheme} {key}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request


def _retry_after_s(response: requests.Response) -> float:
    """The wait that the server asks for, in a header or in the text; 0 where it names none."""
    match = re.search(r"resets in ~?(\d+)s", response.text)
    try:
        wait_s = float(response.headers.get("Retry-After") or (match[1] if match else 0))
    except ValueError:
        return 0
    return wait_s if wait_s > 0 else 0  # NaN is not above 0
