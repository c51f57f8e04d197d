"""Gemini as a model, in this process: sizes, shifts, waits and kinds of errors."""

import threading
import time
import traceback

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from werkzeug import Response

from models.segmenter import NoMask, Segmenter, TimedOut, Tracer, Unavailable
from tests.support.photos import photo
from tests.support.servers.gemini_server import (
    BAD_KEY,
    KEY,
    Answer,
    Google,
    Mask,
    answer,
    blob,
    drawn,
    encoded,
    error,
    iou,
    retry_info,
    silhouette,
)
from tests.support.servers.hosted_server import cutting_off


def moved_and_smaller(shift: tuple[int, int]) -> tuple[npt.NDArray[np.uint8], Mask, Mask]:
    """A photo of 480×640, its mask, and that mask moved (right, down) and drawn at 360×480."""
    image, truth = photo(480, 640)
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    away = cv2.warpAffine(truth.astype(np.uint8), matrix, (480, 640))
    return image, truth, cv2.resize(away, (360, 480), interpolation=cv2.INTER_NEAREST) > 0


def test_a_scaled_and_shifted_mask_is_aligned(google: Google) -> None:
    image, truth, away = moved_and_smaller((24, -16))
    google.add("a", image, away)
    done = google.trace("model.name=gemini-2.5-flash-image")
    assert done.returncode == 0, done.stderr
    entry = google.record()["a"]
    assert entry["shift_px"] == [-24, 16]
    assert entry["answer_size"] == [480, 360]
    assert google.mask("a").shape == (640, 480)
    assert iou(google.mask("a") > 0, truth) > 0.97


@pytest.mark.parametrize("shift", [(-13, 30), (5, -41), (0, 0)])
def test_only_shifting_models_are_aligned(google: Google, shift: tuple[int, int]) -> None:
    image, truth, away = moved_and_smaller(shift)
    google.add("a", image, away)
    assert google.trace().returncode == 0
    assert google.record()["a"]["shift_px"] == [0, 0]
    assert (iou(google.mask("a") > 0, truth) < 0.9) == any(shift)
    (google.root / "masks" / "a.png").unlink()
    assert google.trace("model.name=gemini-2.5-flash-image").returncode == 0
    assert np.abs(np.add(google.record()["a"]["shift_px"], shift)).max() <= 2
    assert iou(google.mask("a") > 0, truth) > 0.96


def test_large_photos_are_shrunk_for_upload(google: Google) -> None:
    mask = np.zeros((300, 3000), bool)
    mask[100:200, 900:2100] = True
    image = silhouette(mask)[:, :, None].repeat(3, axis=2)
    google.add("a", image, mask[::2, ::2])
    alpha = google.model().predict(image).alpha
    assert google.requests[0]["size"] == (2048, 205)
    assert "2048 pixels wide and 205 pixels high" in google.requests[0]["text"]
    assert alpha.shape == mask.shape
    assert iou(alpha > 0, mask) > 0.99


def test_retries_tokens_and_cost_are_recorded(google: Google) -> None:
    """Google counts thoughts and answer separately, and bills both."""
    usage = {"promptTokenCount": 1400, "candidatesTokenCount": 1100, "thoughtsTokenCount": 70}
    busy = error(503, "UNAVAILABLE", "Busy.")
    google.photo("a", busy, lambda _: answer({"text": "No."}, usageMetadata=usage), drawn)
    model = google.model()
    with pytest.raises(NoMask, match="no picture") as raised:
        model.predict(photo()[0])
    assert raised.value.facts == {
        "retries": 1,
        "tokens_in": 1400,
        "tokens_out": 1170,
        "estimated_cost_usd": 0.067,
        "failure": "parse",
    }
    assert model.predict(photo()[0]).facts == {
        "retries": 0,
        "tokens_in": 1430,
        "tokens_out": 1120,
        "estimated_cost_usd": 0.067,
    }
    google.answers("a", busy)
    with pytest.raises(NoMask) as raised:
        model.predict(photo()[0])
    assert raised.value.facts == {"retries": 2, "failure": "refused"}


@pytest.mark.parametrize("usage", [None, [], {"promptTokenCount": "many"}])
def test_missing_token_counts_are_accepted(google: Google, usage: object) -> None:
    google.photo("a", lambda mask: answer(blob(encoded(silhouette(mask))), usageMetadata=usage))
    assert google.model().predict(photo()[0]).facts.get("tokens_in", 0) == 0


LATER = retry_info("86400s")


@pytest.mark.parametrize(
    ("reply", "remedy", "attempts"),
    [
        (BAD_KEY, "check GOOGLE_API_KEY", 1),
        (error(403, "PERMISSION_DENIED", f"{KEY} is leaked."), "check GOOGLE_API_KEY", 1),
        (error(400, "FAILED_PRECONDITION", "Enable billing."), "what it may use", 1),
        (error(404, "NOT_FOUND", "models/x is not found"), "check model.name", 1),
        (error(429, "RESOURCE_EXHAUSTED", "Per minute."), "the quota is used up", 3),
        (error(429, "RESOURCE_EXHAUSTED", "Per day.", LATER), "the quota is used up", 1),
    ],
)
def test_errors_for_every_photo_stop_with_the_remedy(
    google: Google, reply: Answer, remedy: str, attempts: int
) -> None:
    google.photo("a", reply)
    with pytest.raises(Unavailable, match=remedy) as raised:
        google.model().ask(photo()[0])
    assert google.asked == ["a"] * attempts
    assert KEY not in "".join(traceback.format_exception(raised.value))


def test_without_a_valid_key_nothing_is_sent(
    google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    google.photo("a")
    monkeypatch.setenv("GOOGLE_API_KEY", "")
    done = google.trace()
    assert done.returncode == 2
    assert "export GOOGLE_API_KEY=" in done.stderr
    for unusable in ("two words", "café", "line\nline"):
        monkeypatch.setenv("GOOGLE_API_KEY", unusable)
        with pytest.raises(Unavailable, match="copy it again") as raised:
            google.model()
        assert unusable not in str(raised.value)
    assert not google.requests
    monkeypatch.setenv("GOOGLE_API_KEY", f" {KEY}\n")
    google.model().ask(photo()[0])
    assert google.keys == {KEY}


@pytest.mark.parametrize("name", ["usd_per_photo", "requests_per_minute", "timeout_s", "attempts"])
def test_invalid_numbers_are_refused(google: Google, name: str) -> None:
    for value in (0, -1, True, "many", float("inf"), float("nan")):
        with pytest.raises(Unavailable, match=f"model.{name}={value}: give a number above 0"):
            google.model(**{name: value})


@pytest.mark.parametrize("name", [None, 5, ""])
def test_invalid_model_names_are_refused(google: Google, name: object) -> None:
    with pytest.raises(Unavailable, match=f"model.name={name}: give the name"):
        google.model(name=name)


def test_a_silent_server_fails_one_photo_and_no_server_stops_the_run(google: Google) -> None:
    release = threading.Event()

    def silent(mask: Mask) -> Response:
        release.wait(300)
        return drawn(mask)

    google.photo("a", silent)
    with pytest.raises(TimedOut, match=r"no answer .*, so not repeated: it may be billed .*Read"):
        google.model(timeout_s=2, attempts=2).ask(photo()[0])
    release.set()
    assert google.asked == ["a"]
    with pytest.raises(Unavailable, match=r"ConnectError.*check the connection"):
        google.model(base_url="http://127.0.0.1:9").ask(photo()[0])
    with pytest.raises(Unavailable, match="base_url contains a name or password before its @"):
        google.model(base_url="http://me:secret@127.0.0.1:9")


def test_attempts_end_at_the_photos_time_limit(google: Google) -> None:
    """All attempts and waits for the rate limit included."""
    google.photo("a", error(503, "UNAVAILABLE", "busy"))
    with pytest.raises(NoMask, match="HTTP 503"):
        google.model(timeout_s=5, attempts=1000, first_wait_s=2).ask(photo()[0])
    google.requests.clear()
    with pytest.raises(TimedOut, match="requests_per_minute allows no further request in time"):
        google.model(timeout_s=5, attempts=1000, requests_per_minute=6).ask(photo()[0])
    assert google.asked == ["a"]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
def test_requests_that_may_be_billed_are_not_repeated(google: Google, answer: bytes) -> None:
    """The request arrives, and the connection is cut before or within the answer."""
    with cutting_off(answer) as (url, questions):
        with pytest.raises(NoMask, match="not repeated: it may be billed") as raised:
            google.model(base_url=url).ask(photo()[0])
        assert len(questions) == 1
    assert raised.value.facts == {"failure": "refused", "retries": 0}


def test_requests_per_minute_are_limited(google: Google) -> None:
    google.photo("a")
    model = google.model(requests_per_minute=300)
    start = time.monotonic()
    for _ in range(3):
        model.ask(photo()[0])
    assert time.monotonic() - start >= 0.4  # two pauses of 0.2 s, however slow the machine


def test_odd_picture_sizes_get_masks(google: Google) -> None:
    model = google.model(name="gemini-2.5-flash-image")
    assert isinstance(model, Segmenter)
    assert isinstance(model, Tracer)
    for height, width in ((53, 37), (1, 1), (300, 2), (300, 400)):
        image = np.full((height, width, 3), 255, np.uint8)
        google.add("a", image, photo()[1])
        alpha = model.predict(image).alpha
        assert alpha.shape == (height, width)
        assert set(np.unique(alpha)) <= {0, 255}
