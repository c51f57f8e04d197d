"""Paid services, fal and Replicate, simulated by a server on this machine."""

import io
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as Pillow
from werkzeug import Response

from models.segmenter import NoMask, Segmenter, TimedOut, Unavailable
from tests.support.commands import Command
from tests.support.photos import photo
from tests.support.servers.gemini_server import iou
from tests.support.servers.hosted_server import (
    IMAGE,
    KEY,
    MASK,
    PlaysFal,
    PlaysReplicate,
    Service,
    cutting_off,
    data_uri,
    gray,
    sent,
)
from tests.support.servers.ollama_server import json_response
from tests.support.servers.served import Served


@pytest.fixture(params=[PlaysFal, PlaysReplicate], ids=["fal", "replicate"])
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv(request.param.build.key_variable, KEY)
    with Served() as server:
        yield request.param(server)


@pytest.fixture
def replicate(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlaysReplicate]:
    monkeypatch.setenv("REPLICATE_API_TOKEN", KEY)
    with Served() as server:
        yield PlaysReplicate(server)


@pytest.fixture
def fal(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlaysFal]:
    monkeypatch.setenv("FAL_KEY", KEY)
    with Served() as server:
        yield PlaysFal(server)


def test_the_request_to_fal_asks_for_the_mask_only(fal: PlaysFal) -> None:
    answer = fal.model().predict(IMAGE)
    assert iou(answer.alpha > 0, MASK) == 1
    assert answer.facts == {"retries": 0, "estimated_cost_usd": 0.003}
    (asked,) = fal.asked
    assert asked.headers["Authorization"] == f"Key {KEY}"
    body = asked.get_json()
    assert np.abs(sent(body.pop("image_url")).astype(int) - IMAGE).mean() < 3
    assert body == {
        "operating_resolution": "1024x1024",
        "mask_only": True,
        "refine_foreground": False,
        "output_format": "png",
        "sync_mode": True,
    }


def test_the_request_to_replicate_sets_wait_and_cancel_after(replicate: PlaysReplicate) -> None:
    answer = replicate.model(timeout_s=89.5).predict(IMAGE)
    assert iou(answer.alpha > 0, MASK) == 1
    assert answer.facts == {"retries": 0, "gpu_s": 1.25, "estimated_cost_usd": 0.003}
    (asked,) = replicate.asked
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.headers["Prefer"] == "wait=60"
    assert asked.headers["Cancel-After"] == "90s"
    body = asked.get_json()
    assert body["version"] == "men1scus/birefnet:f74986db"
    assert body["input"]["resolution"] == "1024x1024"
    assert sent(body["input"]["image"]).shape == IMAGE.shape


def test_a_slow_prediction_is_polled(replicate: PlaysReplicate) -> None:
    replicate.says(replicate.prediction("starting"))
    replicate.looks = [
        replicate.prediction("processing"),
        lambda: json_response({"detail": "down"}, 502),
        replicate.good(),
    ]
    answer = replicate.model().predict(IMAGE)
    assert iou(answer.alpha > 0, MASK) == 1
    assert answer.facts["retries"] == 1
    assert len(replicate.asked) == 1  # and paid for once


def test_an_endless_prediction_times_out(replicate: PlaysReplicate) -> None:
    replicate.says(replicate.prediction("starting"))
    replicate.looks = [replicate.prediction("starting")] * 9
    with pytest.raises(TimedOut, match=r"no answer in 1\.5 s") as raised:
        replicate.model(timeout_s=1.5).predict(IMAGE)
    assert raised.value.facts["failure"] == "timeout"


def test_a_failed_prediction_gives_its_reason(replicate: PlaysReplicate) -> None:
    error = f"CUDA out of memory, {KEY}"
    replicate.says(replicate.prediction("failed", error=error, metrics={"predict_time": 2}))
    with pytest.raises(NoMask, match=r"failed: CUDA out of memory, \[key\]") as raised:
        replicate.model().predict(IMAGE)
    assert raised.value.facts == {"failure": "refused", "retries": 0, "gpu_s": 2}


def test_masks_may_be_a_url_a_data_uri_or_a_cut_out(service: Service) -> None:
    cut_out = np.dstack([IMAGE, np.where(MASK, 255, 0).astype(np.uint8)])
    for address, file in (
        (data_uri(gray()), lambda: Response(b"")),
        (f"{service.url}/mask.png", lambda: Response(gray())),
        (f"{service.url}/mask.png", answers(cut_out)),
    ):
        service.file = file
        service.says(service.good(address))
        assert iou(service.model().predict(IMAGE).alpha > 127, MASK) == 1
    assert len(service.fetched) == 2
    assert all("Authorization" not in request.headers for request in service.fetched)


@pytest.mark.parametrize("alpha", [0, 1, 128, 249, 255])
@pytest.mark.parametrize("levels", [(0, 255), (0, 1), (0, 38)])
def test_a_constant_alpha_says_nothing_of_a_mask(
    fal: PlaysFal, alpha: int, levels: tuple[int, int]
) -> None:
    if alpha == 255 and levels == (0, 38):
        return  # an opaque mask of probabilities below a half
    drawn = np.where(MASK, levels[1], levels[0]).astype(np.uint8)
    fal.file = answers(np.dstack([drawn] * 3 + [np.full_like(drawn, alpha)]))
    fal.says(fal.good(f"{fal.url}/mask.png"))
    assert iou(fal.model().predict(IMAGE).alpha > 127, MASK) == 1


def test_a_cut_out_of_which_nothing_was_kept_is_empty(fal: PlaysFal) -> None:
    noise = np.random.default_rng(0).integers(0, 255, IMAGE.shape, np.uint8)
    fal.file = answers(np.dstack([cv2.blur(noise, (3, 3)), np.zeros_like(IMAGE[:, :, 0])]))
    fal.says(fal.good(f"{fal.url}/mask.png"))
    assert not fal.model().predict(IMAGE).alpha.any()


def answers(pixels: npt.NDArray[Any]) -> Callable[[], Response]:
    """A server's answer with these pixels as a PNG."""
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "PNG")
    return lambda: Response(file.getvalue())


def test_large_photos_are_shrunk_and_masks_resized_back(service: Service) -> None:
    image, mask = photo(1500, 2000)
    service.says(service.good(data_uri(gray(mask[::4, ::4]))))
    alpha = service.model(long_side_px=500).predict(image).alpha
    body = service.asked[0].get_json()
    assert sent(body.get("image_url") or body["input"]["image"]).shape == (500, 375, 3)
    assert alpha.shape == mask.shape
    assert iou(alpha > 127, mask) > 0.98


def test_odd_picture_sizes_get_masks(service: Service) -> None:
    model = service.model()
    assert isinstance(model, Segmenter)
    for size in ((1, 1), (53, 37), (300, 2)):
        assert model.predict(np.zeros((*size, 3), np.uint8)).alpha.shape == size


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_errors_for_every_photo_stop_with_the_remedy(service: Service, status: int) -> None:
    service.says(lambda: json_response({"detail": f"User {KEY} is locked."}, status))
    remedy = "check model.name" if status == 404 else f"check {service.build.key_variable}"
    with pytest.raises(Unavailable, match=rf"HTTP {status}: .*User \[key\].*; {remedy}") as raised:
        service.model().predict(IMAGE)
    assert len(service.asked) == 1
    assert KEY not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("status", "body", "asked"),
    [
        (422, {"detail": [{"loc": ["body", "image_url"], "msg": "bad", "type": "image"}]}, 1),
        (500, {"detail": "Internal"}, 3),
        (429, {"detail": "Request was throttled. Your rate limit resets in ~0s."}, 3),
        (429, {"detail": "Request was throttled. Your rate limit resets in ~30s."}, 1),
    ],
)
def test_errors_for_one_photo_fail_that_photo(
    service: Service, status: int, body: object, asked: int
) -> None:
    service.says(lambda: json_response(body, status))
    with pytest.raises(NoMask, match=f"HTTP {status}") as raised:
        service.model().predict(IMAGE)
    assert raised.value.facts == {"failure": "refused", "retries": asked - 1}
    assert len(service.asked) == asked


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
def test_requests_that_may_be_billed_are_not_repeated(service: Service, answer: bytes) -> None:
    """The request arrives, and the connection is cut before or within the answer."""
    with cutting_off(answer) as (url, questions):
        with pytest.raises(NoMask, match="not repeated: it may be billed") as raised:
            service.model(base_url=url).predict(np.zeros((9, 9, 3), np.uint8))
        assert len(questions) == 1
    assert raised.value.facts == {"failure": "refused", "retries": 0}


def test_a_busy_service_is_retried(service: Service) -> None:
    busy = json_response({"detail": "slow down"}, 429)
    busy.headers["Retry-After"] = "0.1"
    service.says(lambda: busy, service.good())
    assert service.model().predict(IMAGE).facts["retries"] == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda _: Response("<html>"), "not a JSON object"),
        (lambda _: json_response(["a list"]), "not a JSON object"),
        (lambda _: json_response({}), "no image.url|the prediction None"),
        (lambda s: s.good("data:image/png;base64,@@@@")(), "damaged"),
        (lambda s: s.good(data_uri(b"no picture"))(), "cannot be decoded"),
        (lambda s: s.good("ftp://127.0.0.1/mask.png")(), "InvalidSchema"),
        (lambda s: s.good(f"{s.url}/nothing.png")(), "HTTP 500"),
    ],
)
def test_unusable_answers_are_no_mask(
    service: Service, answer: Callable[[Service], Response], reason: str
) -> None:
    service.says(lambda: answer(service))
    with pytest.raises(NoMask, match=reason) as raised:
        service.model().predict(IMAGE)
    assert raised.value.facts["failure"] in ("parse", "refused")


def test_attempts_end_at_the_photos_time_limit(service: Service) -> None:
    release = threading.Event()

    def silent() -> Response:
        release.wait(300)
        return service.good()()

    service.says(silent)
    with pytest.raises(TimedOut, match=r"no answer in 2 s") as raised:
        service.model(timeout_s=2).predict(IMAGE)
    release.set()
    assert raised.value.facts == {"failure": "timeout", "retries": 0}
    assert len(service.asked) == 1


def test_invalid_keys_settings_and_connections_are_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable, match="check the connection"):
        service.model(base_url="http://127.0.0.1:9").predict(IMAGE)
    with pytest.raises(Unavailable, match="base_url contains a name or password before its @"):
        service.model(base_url="http://me:secret@127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"model\.timeout_s=0: give a number above 0"):
        service.model(timeout_s=0)
    monkeypatch.setenv(service.build.key_variable, "two words")
    with pytest.raises(Unavailable, match="copy it again"):
        service.model()
    monkeypatch.delenv(service.build.key_variable)
    with pytest.raises(Unavailable, match=f"run: export {service.build.key_variable}="):
        service.model()
    assert not service.asked


def test_a_run_keeps_to_the_cost_limit_and_hides_the_key(
    command: Command, service: Service, folder: Path, tmp_path: Path
) -> None:
    name = service.build.__name__.lower()
    own = [f"model={name}", f"model.base_url={service.url}", "model.attempts=1"]
    own += ["dataset=folder", f"dataset.root={folder}"]
    service.says(service.good(), lambda: json_response({"detail": f"{KEY} is locked"}, 403))
    for verb in ("eval", "trace"):
        (folder / "masks" / "a.png").rename(folder / "a.png")
        refused = command(verb, *own, "cost_limit_usd=0.001")
        (folder / "a.png").rename(folder / "masks" / "a.png")
        assert refused.returncode == 2, refused.stderr
        assert "above cost_limit_usd=0.001; no photo was sent" in refused.stderr
    assert not service.asked
    locked = command("eval", *own)
    assert (locked.returncode, "[key] is locked" in locked.stderr) == (2, True)
    assert len(service.asked) == 2  # the third photo would fare no better
    service.says(service.good())
    done = command("eval", *own)
    assert done.returncode == 0, done.stderr
    assert len(service.asked) == 4  # the first is not paid for again
    assert "estimated_cost_usd" in (tmp_path / "reports/photos/comparison.md").read_text()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert KEY not in locked.stdout + locked.stderr + done.stdout + done.stderr
