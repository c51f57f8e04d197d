"""An Ollama server, through its own client (``ollama`` 0.6): is the model there, and what it says.

The client itself never gives up on an answer, so every request gets the time that a photo has left.
"""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

from models.remote.retry import Trouble, line, persist
from models.segmenter import Unavailable

LISTING_S = 30.0  # for what needs no model to be loaded


class OllamaServer:
    """``url`` None is ``OLLAMA_HOST``, or else this machine; ``timeout_s`` is for a question,
    repeated attempts included.
    """

    def __init__(self, url: str | None, timeout_s: float, attempts: int) -> None:
        import ollama

        self._ollama = ollama
        self._url, self._timeout_s, self._attempts = url, timeout_s, attempts

    def digest_of(self, model: str) -> dict[str, str]:
        """The model's full name and the hash of its weights.

        Raises:
            Unavailable: no server answers, or it has no such model, or one that sees no pictures.
        """
        place = _line(self._url or os.environ.get("OLLAMA_HOST") or "this machine")
        try:
            with self._client(LISTING_S) as client:
                can = client.show(model).capabilities
                listed = client.list().models
        except ConnectionError:
            raise Unavailable(f"no Ollama server at {place}; run: ollama serve") from None
        except Exception as error:  # whatever answers there, and however
            if getattr(error, "status_code", None) == 404:
                remedy = f"run: ollama pull {model}"
            else:
                remedy = f"check model.base_url and model.name ({type(error).__name__}: {error})"
            raise Unavailable(_line(f"Ollama at {place} cannot give {model}; {remedy}")) from None
        if can is not None and "vision" not in can:
            raise Unavailable(f"{model} sees no pictures; run: ollama pull qwen3-vl:8b")
        names = (model, f"{model}:latest")
        return {str(m.model): f"sha256:{m.digest}" for m in listed if m.model in names}

    def chat(
        self,
        model: str,
        prompt: str,
        image: bytes,
        schema: Mapping[str, Any],
        think: bool | str | None,
        options: Mapping[str, Any],
    ) -> tuple[Any, int]:
        """The answer to one question about a picture, and how often it had to be asked again.

        Raises:
            NoMask: there is none.
        """
        until = time.monotonic() + self._timeout_s
        messages: Sequence[Any] = [{"role": "user", "content": prompt, "images": [image]}]

        def request() -> Any:
            # A client an attempt: its time limit is fixed, and the photo's is running out.
            with self._client(max(0.001, until - time.monotonic())) as client:
                return client.chat(model, messages, format=schema, think=think, options=options)

        return persist(request, self._judge, attempts=self._attempts, first_wait_s=1, until=until)

    def _client(self, timeout_s: float) -> Any:
        return self._ollama.Client(self._url, timeout=timeout_s)

    def _judge(self, error: Exception) -> Trouble:
        import httpx

        if isinstance(error, httpx.TimeoutException):
            return Trouble(f"no answer in {self._timeout_s:g} s", passes=False, timed_out=True)
        status = getattr(error, "status_code", 0)
        broken = isinstance(error, ConnectionError | httpx.TransportError)
        reason = _line(f"Ollama: {type(error).__name__}: {error}")
        gone = isinstance(error, ConnectionError | httpx.ConnectError)
        remedy = "run: ollama serve" if gone else None  # no other photo would fare better
        return Trouble(reason, passes=broken or status >= 500, remedy=remedy)


def _line(text: str) -> str:
    return line(text, os.environ.get("OLLAMA_API_KEY", ""))
