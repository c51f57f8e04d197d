"""``make trace``: what it writes, asks, keeps, costs and says, against a server on this machine."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from werkzeug import Response

from datasets.errors import DatasetError
from datasets.folder import load
from tests.support.commands import Command, run_command
from tests.support.photos import photo
from tests.support.projects import ROOT
from tests.support.servers.gemini_server import (
    BAD_KEY,
    KEY,
    Answer,
    Google,
    Mask,
    always,
    answer,
    blob,
    drawn,
    encoded,
    error,
    iou,
    json_response,
    retry_info,
    silhouette,
)

GRAY = np.full((120, 90), 128, np.uint8)
PROHIBITED = {"candidates": [{"finishReason": "PROHIBITED_CONTENT", "index": 0}]}
BLOCKED = {"promptFeedback": {"blockReason": "OTHER"}}
DAMAGED = {"inlineData": {"mimeType": "image/png", "data": "%%%"}}


def refusal(_: Mask) -> Response:
    return answer({"text": "I cannot help with that."}, reason="IMAGE_SAFETY")


# What arrives but holds no mask, and the reason that is given.
FAULTS: dict[str, tuple[Answer, str]] = {
    "refused": (
        refusal, 'no picture in the answer (IMAGE_SAFETY), only text: "I cannot help with that."'),
    "prohibited": (
        always(lambda: json_response(PROHIBITED)), "in the answer (PROHIBITED_CONTENT)"),
    "blocked": (always(lambda: json_response(BLOCKED)), "the photo was blocked (OTHER)"),
    "nobody": (always(lambda: json_response({"candidates": []})), "the answer is empty"),
    "strange": (always(lambda: json_response({"candidates": "none"})), "not in Gemini's format"),
    "listed": (always(lambda: json_response([1, 2])), "not in Gemini's format"),
    "noise": (always(lambda: answer(blob(os.urandom(400)))), "cannot be decoded"),
    "damaged": (always(lambda: answer(DAMAGED)), "is damaged"),
    "accents": (
        always(lambda: answer({"inlineData": {"mimeType": "image/png", "data": "é"}})),
        "is damaged",
    ),
    "wordy": (always(lambda: answer(blob(b"mask", "text/plain"))), "in the answer (STOP)"),
    "gray": (always(lambda: answer(blob(encoded(GRAY)))), "100% of it is gray"),
    "white": (lambda mask: drawn(mask & False), "an empty mask"),
    "black": (lambda mask: drawn(mask | True), "most of its border is black"),
    "wide": (lambda mask: drawn(np.hstack([mask, mask])), "another aspect"),
}  # fmt: skip
# What brings no answer, the reason, and how often it is tried.
UNANSWERED: dict[str, tuple[Answer, str, int]] = {
    "broken": (error(500, "INTERNAL", "An internal error"), "HTTP 500 INTERNAL: An internal", 3),
    "html": (always(lambda: Response("<html>no gateway</html>")), "JSON", 3),
    "unfit": (error(400, "INVALID_ARGUMENT", "Unable to process input image."), "Unable", 1),
}  # fmt: skip


def test_masks_are_made_recorded_and_called_circular(
    google: Google, command: Command, tmp_path: Path
) -> None:
    a, b = google.photo("a"), google.photo("b")
    done = google.trace()
    assert done.returncode == 0, done.stderr
    assert "2 photos, 0 with a mask already" in done.stdout
    assert "2 photos to ask for, about $0.13 ($0.067 a photo on 2026-06-22)" in done.stdout
    for name, truth in (("a", a), ("b", b)):
        assert set(np.unique(google.mask(name))) == {0, 255}
        assert ((google.mask(name) == 255) == truth).all()
        entry = google.record()[name]
        assert entry["model"] == "gemini-3.1-flash-image"
        assert entry["shift_px"] == [0, 0]
        kept = json.loads((google.root / entry["answer"]).read_text())
        assert kept["asked"]["on"] == entry["asked_on"]
        assert kept["answer"]["candidates"][0]["content"]["parts"][1]["inlineData"]["data"]
        assert kept["answer"]["usageMetadata"]["totalTokenCount"] == 2550
    first = google.requests[0]
    assert "90 pixels wide and 120 pixels high" in first["text"]
    assert first["body"]["generationConfig"]["responseModalities"] == ["TEXT", "IMAGE"]
    assert google.keys == {KEY}

    scored = command("eval", "model=otsu", "dataset=folder", f"dataset.root={google.root}")
    assert "100%" in scored.stdout
    assert "truth of 2 of 2 photos was traced by gemini-3.1-flash-image" in scored.stderr
    for damaged in ('{"a": 1}', "[]"):
        (google.root / "traced.json").write_text(damaged)
        with pytest.raises(DatasetError, match=r"traced.json: damaged"):
            load(str(google.root), "photos", "white")


def test_photos_that_fail_say_why_and_the_others_go_on(google: Google) -> None:
    faults = {**FAULTS, **{name: fault[:2] for name, fault in UNANSWERED.items()}}
    for name, (reply, _) in faults.items():
        google.photo(name, reply)
    google.photo("good")
    google.photo("jpeg", lambda m: answer(blob(encoded(silhouette(m), "JPEG"), "image/png")))
    google.photo("cutout", lambda m: answer(blob(encoded(np.dstack([m * np.uint8(255)] * 4)))))
    google.photo(
        "thinker",
        lambda m: answer({**blob(encoded(GRAY)), "thought": True}, blob(encoded(silhouette(m)))),
    )
    google.photo(
        "busy",
        error(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", retry_info("0.3s")),
        error(503, "UNAVAILABLE", "The model is overloaded."),
        drawn,
    )
    (google.root / "images" / "torn.png").write_bytes(b"\x89PNG")
    made = {"good", "jpeg", "cutout", "thinker", "busy"}

    done = google.trace("yes=true")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    for name, (_, reason) in faults.items():
        (line,) = [x for x in done.stderr.splitlines() if f"images/{name}.png: no mask: " in x]
        assert reason in line
    assert "torn.png: cannot be read" in done.stderr
    assert {path.stem for path in (google.root / "masks").iterdir()} == made
    for name in made:
        assert iou(google.mask(name) > 0, google.truth(name)) > 0.99
    for name, (_, _, attempts) in UNANSWERED.items():
        assert google.asked.count(name) == attempts
    assert google.asked.count("busy") == 3
    first = google.asked.index("busy")
    assert google.times[first + 1] - google.times[first] >= 0.3
    assert set(google.record()) == made

    google.requests.clear()
    again = google.trace("yes=true")
    assert again.returncode == 3
    assert set(google.asked) == set(UNANSWERED)
    assert "images/refused.png: no mask: no picture in the answer (IMAGE_SAFETY)" in again.stderr
    assert "retry=true asks again" in again.stderr

    google.requests.clear()
    google.answers("refused", drawn)
    assert google.trace("yes=true", "retry=true").returncode == 3
    assert set(google.asked) == set(faults)
    assert (google.root / "masks" / "refused.png").exists()
    (earlier,) = (google.root / "traced").rglob("earlier/refused-*.json")
    assert "IMAGE_SAFETY" in earlier.read_text()


def test_a_killed_run_goes_on_and_pays_for_nothing_twice(google: Google) -> None:
    arrived, release = threading.Event(), threading.Event()

    def hangs(mask: Mask) -> Response:
        arrived.set()
        release.wait(300)
        return drawn(mask)

    google.photo("a")
    google.photo("b")
    google.photo("c", hangs, drawn)
    with subprocess.Popen(
        [sys.executable, "-m", "evaluate", "trace", *google.settings()],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            assert arrived.wait(300)
            second = google.trace()
        finally:
            process.kill()
    release.set()
    assert second.returncode == 2
    assert "is being written by another process" in second.stderr
    assert not second.stdout  # what is missing is looked up once no other process adds to it
    assert {path.stem for path in (google.root / "masks").iterdir()} == {"a", "b"}
    (google.root / "masks" / ".new-cut").write_bytes(b"half")
    (google.root / "masks" / "b.png").unlink()  # as if killed between the answer and the mask
    google.requests.clear()
    done = google.trace()
    assert done.returncode == 0, done.stderr
    assert google.asked == ["c"]
    assert {path.name for path in (google.root / "masks").iterdir()} == {"a.png", "b.png", "c.png"}
    (google.root / "traced.json").write_text(json.dumps({"a": google.record()["a"]}))
    (notice,) = load(str(google.root), "photos", "white").notices
    assert notice.startswith("truth of 1 of 3 photos was traced by gemini-3.1-flash-image")


def test_nothing_is_overwritten(google: Google) -> None:
    for name in "abc":
        google.photo(name)
    (google.root / "masks").mkdir()
    (google.root / "masks" / "a.JPG").write_bytes(b"mine")
    (google.root / "masks" / "b.png").write_bytes(b"mine, one of two")
    (google.root / "masks" / "b.tif").write_bytes(b"the other")
    done = google.trace()
    assert done.returncode == 3
    assert "b.png and b.tif share the stem" in done.stderr
    assert "3 photos, 2 with a mask already, kept as it is" in done.stdout
    assert google.asked == ["c"]
    assert (google.root / "masks" / "a.JPG").read_bytes() == b"mine"
    assert (google.root / "masks" / "b.png").read_bytes() == b"mine, one of two"
    assert set(google.record()) == {"c"}


def test_a_damaged_record_stops_before_anything_is_asked(google: Google) -> None:
    """Without it, masks that a model drew would pass for a person's."""
    google.photo("a")
    (google.root / "traced.json").write_text("{")
    done = google.trace()
    assert done.returncode == 2
    assert "traced.json: damaged; restore it, or remove it and its masks" in done.stderr
    assert google.asked == []


def test_money_is_spent_only_where_it_was_agreed_to(google: Google) -> None:
    for name in "abc":
        google.photo(name)
    refused = google.trace("cost_limit_usd=0.2")
    assert refused.returncode == 2
    assert "about $0.20, above cost_limit_usd=0.2; no photo was sent" in refused.stderr
    assert google.asked == []
    assert google.trace("cost_limit_usd=0.1", "yes=true", "limit=2").returncode == 0
    assert google.asked == ["a", "b"]
    # A photo that has changed is a new question.
    (google.root / "masks" / "a.png").unlink()
    Pillow.fromarray(photo(90, 120)[0] // 2).save(google.root / "images" / "a.png")
    changed = google.trace("cost_limit_usd=0.2")
    assert "2 photos to ask for, about $0.13" in changed.stdout
    assert google.asked == ["a", "b", "a", "c"]
    assert len(list((google.root / "traced").rglob("earlier/a-*.json"))) == 1


def test_an_invalid_key_stops_at_once(google: Google, tmp_path: Path) -> None:
    google.photo("a")
    google.photo("b", BAD_KEY)
    google.photo("c")
    done = google.trace()
    assert done.returncode == 2
    assert google.asked == ["a", "b"]
    assert "Gemini [" in done.stderr.splitlines()[-1]
    assert "[key] is not valid.; check GOOGLE_API_KEY" in done.stderr.splitlines()[-1]
    assert [path.name for path in (google.root / "masks").iterdir()] == ["a.png"]
    _assert_no_key(done, tmp_path)


def test_the_key_shows_nowhere(google: Google, command: Command, tmp_path: Path) -> None:
    """Whatever the server says back, in a trace as in a run."""
    google.photo("a", error(500, "INTERNAL", f"no luck with {KEY}"))
    google.photo("b", lambda _: answer({"text": f"Your key is {KEY}"}, reason="SAFETY"))
    google.photo("c", lambda _: Response(f"<html>{KEY}</html>", 502))
    google.photo("d", lambda _: Response(f"<html>{KEY}</html>"))
    google.photo("e")
    done = google.trace()
    assert done.returncode == 3
    assert google.asked.count("e") == 1
    _assert_no_key(done, tmp_path)
    for name in "abcd":
        Pillow.fromarray(google.mask("e")).save(google.root / "masks" / f"{name}.png")
    assert "add yes=true" in command("eval", "cost_limit_usd=0.3", *google.settings()).stderr
    row = command("eval", *google.settings())
    assert row.returncode == 3
    assert "Gemini [" in row.stdout
    assert "4 of 5 photos failed" in row.stderr
    _assert_no_key(row, tmp_path)


def _assert_no_key(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    assert KEY not in done.stdout + done.stderr
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["model=gemini", "dataset._target_=datasets.other.load"], "add dataset=folder"),
        (["model=gemini", "dataset=folder", "dataset.root={root}/images"], "holds a.png"),
    ],
)
def test_what_cannot_be_done_is_one_line(google: Google, settings: list[str], message: str) -> None:
    google.photo("a")
    done = run_command("trace", *(setting.format(root=google.root) for setting in settings))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
