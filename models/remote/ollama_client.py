"""An Ollama server, through its own client (``ollama`` 0.6): model lookup and chat requests.

The client has no time limit by default, so every request gets the time left for its photo.
"""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from models.remote.redact import redact
from models.remote.retry import RequestFailure, with_retries
from models.segmenter import Unavailable

LOOKUP_TIMEOUT_S = 30.0  # for requests that load no model


class OllamaServer:
    """``url`` None means ``OLLAMA_HOST``, or else this machine; ``timeout_s`` is for one question,
    all attempts included.
    """

    def __init__(self, url: str | None, timeout_s: float, attempts: int) -> None:
        import ollama

        self._ollama = ollama
        self._url, self._timeout_s, self._attempts = url, timeout_s, attempts

    def digest_of(self, model: str) -> dict[str, str]:
        """The model's full name and the hash of its weights.

        Raises:
            Unavailable: no server answers, the model is missing, or it takes no images.
        """
        place = _redact(self._url or os.environ.get("OLLAMA_HOST") or "this machine")
        try:
            with self._client(LOOKUP_TIMEOUT_S) as client:
                capabilities = client.show(model).capabilities
                installed = client.list().models
        except ConnectionError:
            raise Unavailable(f"no Ollama server at {place}; run: ollama serve") from None
        except Exception as error:  # another kind of server may answer at that address
            if getattr(error, "status_code", None) == 404:
                remedy = f"run: ollama pull {model}"
            else:
                remedy = f"check model.base_url and model.name ({type(error).__name__}: {error})"
            reason = f"Ollama at {place} has no usable model {model}; {remedy}"
            raise Unavailable(_redact(reason)) from None
        if capabilities is not None and "vision" not in capabilities:
            raise Unavailable(f"{model} takes no images; run: ollama pull qwen3-vl:8b")
        names = (model, f"{model}:latest")
        return {str(m.model): f"sha256:{m.digest}" for m in installed if m.model in names}

    def chat(
        self,
        model: str,
        prompt: str,
        image: bytes,
        schema: Mapping[str, Any],
        think: bool | str | None,
        options: Mapping[str, Any],
    ) -> tuple[Any, int]:
        """The answer to one question about a picture, and the number of retries.

        Raises:
            NoMask: no attempt was answered.
            Unavailable: the server is gone.
        """
        deadline = time.monotonic() + self._timeout_s
        messages: Sequence[Any] = [{"role": "user", "content": prompt, "images": [image]}]

        def request() -> Any:
            # One client per attempt: a client's time limit is fixed, the photo's shrinks.
            with self._client(max(0.001, deadline - time.monotonic())) as client:
                return client.chat(model, messages, format=schema, think=think, options=options)

        return with_retries(
            request, self._classify, attempts=self._attempts, first_wait_s=1, deadline=deadline
        )

    def _client(self, timeout_s: float) -> Any:
        return self._ollama.Client(self._url, timeout=timeout_s)

    def _classify(self, error: Exception) -> RequestFailure:
        import httpx

        if isinstance(error, httpx.TimeoutException):
            return RequestFailure(
                f"no answer in {self._timeout_s:g} s", retryable=False, timed_out=True
            )
        status = getattr(error, "status_code", 0)
        broken = isinstance(error, ConnectionError | httpx.TransportError)
        reason = _redact(f"Ollama: {type(error).__name__}: {error}")
        gone = isinstance(error, ConnectionError | httpx.ConnectError)
        remedy = "run: ollama serve" if gone else None  # every photo would fail
        return RequestFailure(reason, retryable=broken or status >= 500, remedy=remedy)


def _redact(text: str) -> str:
    return redact(text, os.environ.get("OLLAMA_API_KEY", ""))
