"""Polygons by Ollama: the request, and all kinds of answers."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from werkzeug import Response

from models.segmenter import NoMask, TimedOut, Unavailable
from tests.support.commands import Command
from tests.support.photos import photo
from tests.support.runs import lines
from tests.support.servers.gemini_server import iou
from tests.support.servers.ollama_server import DIGEST, Ollama, box, failed, said
from tests.support.servers.served import Served

IMAGE, MASK = photo(90, 120)
CORNERS = json.dumps(box(MASK, 1000, 1000))
GOOD = f'{{"outlines": [{CORNERS}], "holes": []}}'
DRAFT = '{"outlines": [[[0, 0], [50, 0], [50, 50]]], "holes": []}'


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ollama]:
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    with Served() as server:
        yield Ollama(server)


def test_the_request_and_the_facts(ollama: Ollama) -> None:
    ollama.says(said(GOOD))
    answer = ollama.model(num_predict=700, seed=3).predict(IMAGE)
    assert iou(answer.alpha > 0, MASK) > 0.97
    assert answer.facts == {
        "retries": 0,
        "tokens_in": 812,
        "tokens_out": 161,
        "done_reason": "stop",
        "read_from": "content",
        "polygons": 1,
        "raw_range": f"{np.min(json.loads(CORNERS))}..{np.max(json.loads(CORNERS))}",
        "points_off_scale": 0,
    }
    (asked,) = ollama.asked
    assert asked["model"] == "qwen3-vl:8b"
    assert asked["stream"] is False
    assert "think" not in asked
    assert asked["options"] == {"temperature": 0, "seed": 3, "num_ctx": 16384, "num_predict": 700}
    assert asked["format"]["required"] == ["outlines", "holes"]
    assert "from 0 to 1000" in asked["messages"][0]["content"]
    assert ollama.sent().format == "PNG"
    assert (np.asarray(ollama.sent()) == IMAGE).all()


@pytest.mark.parametrize(
    ("answer", "read_from"),
    [
        (said(thinking=GOOD), "thinking"),
        (said("  ", f"The tool is dark, so {GOOD}"), "thinking"),
        (said(f"```json\n{GOOD}\n```"), "content"),
        (said(f"Here [as asked] it is: {GOOD} I hope {{this}} helps."), "content"),
        (said(f"{DRAFT}\nNo, the edge lies further right: {GOOD}"), "content"),
        (said(f"A [0, 1000) scale, {{x, y}}. {GOOD}"), "content"),
        (said(f'[{{"label": "saw", "points": {CORNERS}}}]'), "content"),
        (said(f'{{"whole": {CORNERS}}}'), "content"),
        (said(CORNERS), "content"),
        (said(f'{{"outlines": [{CORNERS}, [[1, 2], [30', reason="length"), "content, cut off"),
        (said(f'{{"note": "]}}", "outlines": [{CORNERS}], "ho'), "content, cut off"),
        (said(GOOD.replace("]]]", "]], [[7, 8]], [[1, null], [2, 3], [NaN, 4]]]")), "content"),
    ],
)
def test_polygons_are_found_anywhere_in_the_answer(
    ollama: Ollama, answer: Callable[[], Response], read_from: str
) -> None:
    ollama.says(answer)
    found = ollama.model().predict(IMAGE)
    assert iou(found.alpha > 0, MASK) > 0.97
    assert found.facts["read_from"] == read_from
    assert found.facts["polygons"] == 1


def test_holes_are_cleared_and_overlaps_filled(ollama: Ollama) -> None:
    image = np.zeros((1000, 1000, 3), np.uint8)
    outlines = [box_of(100, 100, 600, 600), box_of(400, 400, 900, 900)]
    answer = {"outlines": outlines, "holes": [box_of(200, 200, 300, 300)]}
    ollama.says(said(json.dumps(answer)))
    alpha = ollama.model().predict(image).alpha
    assert [alpha[y, x] for y, x in ((250, 250), (500, 500), (150, 150), (50, 50))] == [
        0, 255, 255, 0,
    ]  # fmt: skip
    assert set(np.unique(alpha)) == {0, 255}
    # cut off within the holes, they are still holes
    ollama.says(said(json.dumps(answer)[:-2] + ", [[1, 1], [2, "))
    assert (ollama.model().predict(image).alpha == alpha).all()


def box_of(left: int, top: int, right: int, bottom: int) -> list[list[int]]:
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def test_points_off_the_scale_are_moved_to_its_border(ollama: Ollama) -> None:
    ollama.says(said(json.dumps({"outlines": [[[-50, 500], [1e8, 500], [2000, 1200], [0, 1000]]]})))
    found = ollama.model().predict(IMAGE)
    assert found.facts["points_off_scale"] == 3
    assert found.facts["raw_range"] == "-50..1e+08"
    assert np.mean(found.alpha[:55] > 0) == 0
    assert np.mean(found.alpha[65:] > 0) > 0.95


def test_pixel_coordinates_refer_to_the_picture_sent(ollama: Ollama) -> None:
    image, mask = photo(1500, 2000)
    model = ollama.model(coordinates="pixels", long_side_px=600)
    ollama.says(said(json.dumps({"outlines": [box(mask, 448, 588)]})))
    found = model.predict(image)
    assert ollama.sent().size == (448, 588)  # multiples of 28
    prompt = ollama.asked[-1]["messages"][0]["content"]
    assert "from 0 to 448" in prompt
    assert "from 0 to 588" in prompt
    assert found.alpha.shape == mask.shape
    assert iou(found.alpha > 0, mask) > 0.97


@pytest.mark.parametrize("size", [(1, 1), (300, 1), (3000, 40)])
@pytest.mark.parametrize("coordinates", ["relative-1000", "pixels"])
def test_small_pictures_are_enlarged_for_the_server(
    ollama: Ollama, size: tuple[int, int], coordinates: str
) -> None:
    ollama.says(said('{"outlines": [[[0, 0], [5000, 0], [5000, 5000], [0, 5000]]]}'))
    found = ollama.model(coordinates=coordinates).predict(np.zeros((*size, 3), np.uint8))
    assert min(ollama.sent().size) >= 56
    assert max(ollama.sent().size) <= 1036
    assert found.alpha.shape == size
    assert (found.alpha == 255).all()


@pytest.mark.parametrize(
    ("answers", "failure", "retries", "reason"),
    [
        ([said("I am sorry, I can not.")], "parse", 0, 'only: "I am sorry'),
        ([said("{'outlines': [[1, 2], [3, 4]")], "parse", 0, "no JSON polygons"),
        ([said('{"outlines": [[[1, 2], [3', reason="length")], "parse", 0, "no JSON polygons"),
        ([said("", "")], "empty", 0, "the answer is empty"),
        ([said('{"outlines": [], "holes": []}')], "empty", 0, "contains no polygon"),
        ([said('{"outlines": []}', DRAFT)], "empty", 0, "contains no polygon"),
        ([said('{"bbox_2d": [1, 2, 30, 40]}')], "empty", 0, "contains no polygon"),
        ([failed(500, {"error": "model runner has stopped"})], "refused", 1, "runner has stopped"),
        ([failed(400, {"error": "bad options"})], "refused", 0, "bad options"),
        ([failed(500, ["no", "object"])], "refused", 0, "Ollama: AttributeError"),
        ([lambda: Response("<html>")], "refused", 0, "Ollama: JSONDecodeError"),
        ([failed(200, {"message": "of another form"})], "refused", 0, "Ollama: ValidationError"),
    ],
)
def test_unusable_answers_are_no_mask(
    ollama: Ollama,
    answers: list[Callable[[], Response]],
    failure: str,
    retries: int,
    reason: str,
) -> None:
    ollama.says(*answers)
    with pytest.raises(NoMask, match=reason) as raised:
        ollama.model().predict(IMAGE)
    assert raised.value.facts["failure"] == failure
    assert raised.value.facts["retries"] == retries
    assert ("tokens_out" in raised.value.facts) == (failure != "refused")
    assert len(ollama.asked) == retries + 1


def test_a_failed_request_is_retried(ollama: Ollama) -> None:
    ollama.says(failed(503, {"error": "server busy"}), said(GOOD))
    assert ollama.model().predict(IMAGE).facts["retries"] == 1


def test_attempts_end_at_the_photos_time_limit(ollama: Ollama) -> None:
    release = threading.Event()

    def silent() -> Response:
        release.wait(300)
        return said(GOOD)()

    ollama.says(silent)
    with pytest.raises(TimedOut, match=r"no answer in 2 s") as raised:
        ollama.model(timeout_s=2, attempts=3).predict(IMAGE)
    release.set()
    assert raised.value.facts == {"retries": 0, "failure": "timeout"}
    assert len(ollama.asked) == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"base_url": "http://127.0.0.1:9"},
            r"no Ollama server at http://127\.0\.0\.1:9; run: oll",
        ),
        ({"base_url": "me:secret@127.0.0.1:9"}, "base_url contains a name or password"),
        ({"name": "qwen3.5:35b"}, r"no usable model qwen3\.5:35b; run: ollama pull qwen3\.5:35b"),
        ({"coordinates": "percent"}, "model.coordinates=percent: use relative-1000 or pixels"),
        ({"timeout_s": 0}, "model.timeout_s=0: give a number above 0"),
        ({"long_side_px": "wide"}, "model.long_side_px=wide: give a number above 0"),
    ],
)
def test_invalid_settings_are_refused_on_load(
    ollama: Ollama, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Unavailable, match=reason):
        ollama.model(**options)


def test_models_without_vision_and_other_servers_are_refused(ollama: Ollama) -> None:
    ollama.can = ["completion"]
    with pytest.raises(Unavailable, match="takes no images; run: ollama pull"):
        ollama.model()
    with Served() as other:
        other.expect_request("/api/show").respond_with_data("<html>welcome</html>")
        with pytest.raises(Unavailable, match=r"check model\.base_url"):
            ollama.model(base_url=other.url_for(""))


def test_the_password_in_the_servers_address_is_not_shown(
    ollama: Ollama, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://me:sec@ret@127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"no Ollama server at http://127\.0\.0\.1:9; run: oll"):
        ollama.model(base_url=None)


def test_a_row_without_masks_keeps_its_times_and_tokens(
    command: Command, ollama: Ollama, folder: Path, tmp_path: Path
) -> None:
    secret = "ollama-key-that-must-never-show"  # noqa: S105 - not a real key
    own = ("dataset=folder", f"dataset.root={folder}", f"model.base_url={ollama.url}")
    ollama.says(
        said("warming up"),
        said("no idea", reason="length"),
        failed(400, {"error": f"not with {secret}"}),
        said("nor here"),
    )
    done = command("eval", "model=ollama", *own, env={"OLLAMA_API_KEY": secret})
    assert done.returncode == 3
    assert "3 of 3 photos failed (3 no-mask)" in done.stderr
    run = next((tmp_path / "reports/photos/runs").glob("ollama*"))
    assert DIGEST in (run / "run.json").read_text()
    photos = [json.loads(line) for line in lines(run)]
    assert all(photo["seconds"] > 0 for photo in photos)
    assert [photo["facts"]["failure"] for photo in photos] == ["parse", "refused", "parse"]
    page = (tmp_path / "reports/photos/comparison.md").read_text()
    row = next(line for line in page.splitlines() if "Ollama VLM" in line).split("|")
    assert [cell.strip() for cell in row[2:10]] == ["3", "3", *["N/A"] * 6]
    assert row[10].strip().endswith("s)")
    notes = [line for line in page.splitlines() if "parse ×2, refused ×1" in line]
    assert "1,624" in notes[0]  # tokens of two questions; the third was not counted
    assert "length ×1, stop ×1" in notes[0]
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes()
    assert secret not in done.stdout + done.stderr


def test_timeouts_count_with_their_limit(
    command: Command, ollama: Ollama, folder: Path, tmp_path: Path
) -> None:
    release = threading.Event()

    def silent() -> Response:
        release.wait(300)
        return said(GOOD)()

    ollama.says(said("warming up"), said(GOOD), silent)
    own = ("dataset=folder", f"dataset.root={folder}", f"model.base_url={ollama.url}")
    done = command("eval", "model=ollama", "model.timeout_s=3", *own)
    release.set()
    assert "2 of 3 photos failed (2 timeout)" in done.stderr
    assert re.search(r"\s3(\.\d+)?s\+ \(", done.stdout)
