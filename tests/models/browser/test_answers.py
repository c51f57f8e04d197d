"""What a page answers, and what else may be sent to its server."""

import socket
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from models.browser.network_page import NetworkPage
from models.browser.page_server import PageServer

GOOD = {"network_s": 0.1, "page_s": 1}


@pytest.mark.parametrize(
    ("answer", "mask", "why"),
    [
        (GOOD, b"x", "1 bytes"),
        (GOOD, None, "0 bytes"),
        ({"page_s": 1}, bytes(12), "without its numbers"),
        ({**GOOD, "memory_bytes": "much"}, bytes(12), "without its numbers"),
        ({**GOOD, "page_s": 10**400}, bytes(12), "without its numbers"),
        (None, bytes(12), "None"),
        ({"error": "no memory"}, None, "no memory"),
    ],
)
def test_an_answer_without_a_mask_is_an_error(answer: Any, mask: bytes | None, why: str) -> None:
    page = NetworkPage.__new__(NetworkPage)
    page._has_failed, page._number, page.facts = False, 0, {}
    masks = {} if mask is None else {1: mask}
    page._server = cast(Any, SimpleNamespace(photos={}, masks=masks))
    page._browser = cast(Any, SimpleNamespace(call=lambda *_: answer))
    with pytest.raises(RuntimeError, match=why):
        page.predict(np.zeros((3, 4, 3), np.uint8))


@pytest.mark.parametrize("length", ["abc", "-1", "9" * 5000])
def test_a_request_without_a_usable_length_is_refused(length: str) -> None:
    server = PageServer({})
    try:
        port = int(server.url.split(":")[2].strip("/"))
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(f"POST /mask/1 HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode())
            assert b" 400 " in client.recv(100)
    finally:
        server.close()
    assert not server.masks
