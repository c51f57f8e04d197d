"""Messages between a model's process and its parent: JSON objects, one a line, over a socket.

The parent's answers come from a process that a model may have damaged. So what arrives is limited
in length, and a line that is no JSON object is an error, never an exception of the parser.
"""

import json
import socket
import threading
from typing import Any

LONGEST_MESSAGE = (
    2**24
)  # bytes of a message; an answer's longest parts are a traceback and a model's text
CHUNK = 2**16


class InvalidMessage(Exception):
    """Something else than a message arrived; the text shows how it begins."""


class Channel:
    """One end of the socket."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._received = bytearray()
        self._sending = threading.Lock()

    def fileno(self) -> int:
        """The socket's descriptor, to wait for."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message.

        Raises:
            OSError: the other end is closed.
            TypeError, ValueError: the message is no JSON; nothing has been sent.
        """
        line = json.dumps(message).encode() + b"\n"
        with self._sending:
            self._socket.sendall(line)

    def fill(self) -> bool:
        """Read once what has arrived, or wait for it; False once the other end is closed."""
        part = self._socket.recv(CHUNK)
        self._received += part
        return bool(part)

    def next_message(self) -> dict[str, Any] | None:
        """The first complete message of what has been read; None while there is none.

        Raises:
            InvalidMessage: something else arrived.
        """
        end = self._received.find(b"\n")
        if end < 0:
            starts = not self._received or self._received.startswith(b"{")
            if len(self._received) > LONGEST_MESSAGE or not starts:
                raise InvalidMessage(self._beginning())
            return None
        try:
            message = json.loads(self._received[:end])
        except (ValueError, RecursionError) as error:
            raise InvalidMessage(self._beginning()) from error
        if not isinstance(message, dict):
            raise InvalidMessage(self._beginning())
        del self._received[: end + 1]
        return message

    def receive(self) -> dict[str, Any]:
        """Wait for a message, however long.

        Raises:
            EOFError: the other end is closed.
            InvalidMessage: something else arrived.
        """
        while (message := self.next_message()) is None:
            if not self.fill():
                raise EOFError
        return message

    def _beginning(self) -> str:
        return repr(bytes(self._received[:40]))
