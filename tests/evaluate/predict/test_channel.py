"""Messages of a model's process: whatever arrives is a message or an error, within limits."""

import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.predict import channel, deadline
from evaluate.predict.channel import Channel, InvalidMessage
from evaluate.predict.deadline import Deadline


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def test_messages_arrive_whole_and_in_order(ends: tuple[Channel, socket.socket]) -> None:
    """In parts as the system gives them, and several at once."""
    ours, theirs = ends
    sent = [{"text": "two\nlines, \ud800"}, {"number": 2}]
    line = b"".join(json.dumps(message).encode() + b"\n" for message in sent)
    received = []
    for part in (line[:5], line[5:]):
        theirs.sendall(part)
        assert ours.fill()
        while (message := ours.next_message()) is not None:
            received.append(message)
    assert received == sent
    theirs.close()
    with pytest.raises(EOFError):
        ours.receive()


def test_a_message_has_a_longest_length(
    ends: tuple[Channel, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "LONGEST_MESSAGE", 1000)
    ours, theirs = ends
    theirs.sendall(b'{"a": "' + b"a" * 2000)
    with pytest.raises(InvalidMessage, match="aaaa"):
        ours.receive()


@given(st.binary(max_size=200) | st.text().map(lambda text: json.dumps(text).encode()))
def test_anything_is_a_message_or_an_error(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data + b"\n")
        theirs.close()
        end = Channel(ours)
        try:
            while True:
                assert isinstance(end.receive(), dict)
        except (InvalidMessage, EOFError):
            pass


def test_a_deep_message_is_an_error(ends: tuple[Channel, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(b'{"a":' * 9000 + b"\n")
    with pytest.raises(InvalidMessage):
        ours.receive()


def test_a_deadline_stands_still_while_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        now = 100.0

        @staticmethod
        def monotonic() -> float:
            return Clock.now

    monkeypatch.setattr(deadline, "time", Clock)
    limit = Deadline(10)
    found = []
    for seconds, step in ((4, limit.pause), (60, limit.pause), (60, limit.resume), (5, None)):
        Clock.now += seconds
        found.append(limit.remaining_s())
        if step is not None:
            step()
    assert found == [6, None, None, 1]
    Clock.now += 2
    assert limit.remaining_s() == 0
