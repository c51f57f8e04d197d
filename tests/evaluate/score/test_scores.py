"""What score computes of a photo and writes of a run, on masks that are known to the pixel."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from datasets.caching import cache
from datasets.dataset import Dataset
from evaluate.errors import ReportsError
from evaluate.score import stage
from evaluate.score.stage import blank_truths, score_run
from evaluate.store.scores import Measuring, Score
from tests.evaluate.score.stored_run import HEIGHT, WIDTH, StoredRun, columns


@pytest.fixture
def stored(tmp_path: Path) -> StoredRun:
    return StoredRun(tmp_path)


def test_iou_and_that_of_the_inverted_mask(stored: StoredRun) -> None:
    stored.photo("a", columns(0, 10))
    stored.predict("a", columns(5, 15, 128))
    (found,) = stored.scores().values()
    assert (found.status, found.iou, found.inverse) == ("ok", 5 / 15, 5 / 15)
    assert (found.oracle, found.blank, found.tags, found.error) == (None, "", "", "")
    assert found.measures["mean_px"] > 0
    again = stored.scores(threshold=129)["a"]
    assert (again.iou, again.inverse) == (0, 0.5)


def test_a_failed_photo_has_0_and_its_error(stored: StoredRun) -> None:
    stored.photo("a", columns(0, 10))
    stored.predict("a", None, error="out of luck")
    stored.predict("a", None, error="no answer in 1 s", status="timeout")  # the last line counts
    (found,) = stored.scores().values()
    assert (found.status, found.iou, found.error) == ("timeout", 0, "no answer in 1 s")
    assert found.inverse is None
    assert found.measures["mean_px"] == float(np.hypot(HEIGHT, WIDTH))


def test_an_unread_photo_has_no_measure(stored: StoredRun) -> None:
    stored.photo("a", columns(0, 10))
    stored.predict("a", None, status="unreadable", size=None)
    (stored.root / "images" / "a.png").write_bytes(b"no picture")
    (found,) = stored.scores().values()
    assert (found.status, found.iou, found.measures) == ("unreadable", 0, {})


def test_a_photo_without_usable_truth_has_no_iou_and_counts_for_nothing(stored: StoredRun) -> None:
    stored.photo("a", columns(0, 10))
    stored.photo("b", None)
    for id_ in "ab":
        stored.predict(id_, columns(0, 10), candidates=1)
        stored.propose(id_, columns(0, 5))
    (stored.root / "metadata.csv").write_text("id,light\nb,lamp\n")
    found = stored.scores()
    assert (found["a"].iou, found["a"].oracle) == (1, 0.5)
    bad = found["b"]
    assert (bad.status, bad.iou, bad.oracle, bad.tags) == ("no-truth", None, None, "light=lamp")
    assert "masks/b.png" in bad.error


def test_the_oracle_is_the_best_candidate_and_0_without_any(stored: StoredRun) -> None:
    for id_ in "abcd":
        stored.photo(id_, columns(0, 10))
    stored.predict("a", columns(0, 5), candidates=2)
    stored.propose("a", columns(0, 5), columns(0, 8))
    stored.predict("b", columns(0, 5), candidates=0)
    stored.propose("b")
    stored.predict("c", columns(0, 5))
    stored.predict("d", None)
    found = stored.scores()
    assert [found[id_].oracle for id_ in "abcd"] == [0.8, 0, 0, 0]
    assert [found[id_].iou for id_ in "abcd"] == [0.5, 0.5, 0.5, 0]


def test_void_is_background_for_masks_and_candidates(stored: StoredRun) -> None:
    """Label 1 is the tool, 2 another thing, and 9 void: columns 10 to 15."""
    labels = columns(0, 10, 1)
    labels[:, 10:15] = 9
    labels[:, 18:] = 2
    stored.photo("a", labels)
    stored.settings = {"foreground": "auto", "labels": [1], "void": [9]}
    stored.predict("a", columns(0, 16), candidates=2)
    stored.propose("a", columns(0, 15), columns(0, 5))
    stored.photo("b", labels)
    stored.predict("b", columns(0, 15), candidates=0)
    stored.propose("b")
    found = stored.scores()
    assert found["b"].oracle == 0
    assert (found["a"].iou, found["a"].inverse, found["a"].oracle) == (10 / 11, 0, 1)
    assert (found["b"].iou, found["b"].measures["outside_px"]) == (1, 0)


def test_truth_outside_the_crop_is_tagged_with_its_share(stored: StoredRun) -> None:
    for id_ in "abc":
        stored.photo(id_, columns(0, 12) if id_ < "c" else columns(0, 0))
    (stored.root / "metadata.csv").write_text("id,light,mm_per_px\na,lamp,0.25\n")
    stored.predict("a", columns(0, 12), box=(3, 0, 17, 5))  # 9 columns of 12, 5 rows of 10
    stored.predict("b", columns(0, 12), box=(0, 0, 20, 10))
    stored.predict("c", columns(0, 12), box=(3, 0, 17, 5))
    found = stored.scores()
    assert [found[id_].tags for id_ in "abc"] == ["light=lamp;outside-crop=0.625", "", ""]
    assert found["a"].measures["mm_per_px"] == 0.25
    assert "surface_dice" in found["a"].measures
    assert "surface_dice" not in found["b"].measures


def test_each_side_of_the_crop_counts(stored: StoredRun) -> None:
    for id_, box in {"a": (0, 2, 20, 8), "b": (0, 0, 12, 10), "c": (4, 0, 9, 10)}.items():
        stored.photo(id_, columns(3, 13))
        stored.predict(id_, columns(3, 13), box=box)
    found = stored.scores()
    assert [found[id_].tags for id_ in "abc"] == [
        f"outside-crop={share}" for share in (0.2, 0.1, 0.1)
    ]


def test_without_mask_files_the_notices_count_blank_truths() -> None:
    def told(*blanks: str, has_mask_files: bool = False) -> list[str]:
        scores = [Score(str(i), "ok", 1.0, "", "", blank=blank) for i, blank in enumerate(blanks)]
        scores.append(Score("z", "no-truth", None, "", "damaged"))
        dataset = SimpleNamespace(
            samples=(), notices=("first",), reading=None, has_mask_files=has_mask_files,
            warnings=(), problems=(),
        )  # fmt: skip
        return stage._notices(dataset, scores)  # type: ignore[arg-type]

    both = "1 of 3 truths is empty; 1 of 3 truths is full"
    assert told("empty", "", "full") == ["first", both]
    assert told("", "") == ["first"]
    assert told("empty", has_mask_files=True) == ["first"]


def test_kept_results_are_of_the_very_files(stored: StoredRun, tmp_path: Path) -> None:
    """A mask, candidates or a truth that changed is measured again, anything else never."""
    stored.photo("a", columns(0, 10))
    stored.predict("a", columns(0, 10), candidates=1)
    stored.propose("a", columns(0, 5))
    cache.use(tmp_path / "cache.sqlite")
    try:
        first = stored.scores()["a"]
        assert (first.iou, first.oracle) == (1, 0.5)
        stored.propose("a", columns(0, 8))
        assert stored.scores()["a"].oracle == 0.8
        stored.predict("a", columns(0, 5), candidates=1)
        assert stored.scores()["a"].iou == 0.5
        stored.predict("a", None)
        assert stored.scores()["a"].iou == 0
    finally:
        cache.use(None)


def test_a_mask_of_another_size_is_not_scored(stored: StoredRun) -> None:
    stored.photo("a", columns(0, 10))
    stored.predict("a", columns(0, 10), size=(HEIGHT + 1, WIDTH))
    with pytest.raises(ReportsError, match=r"another size than its photo.*delete it and run: make"):
        stored.scores()


def test_damaged_candidates_are_named_and_removed(stored: StoredRun) -> None:
    stored.photo("a", columns(0, 10))
    stored.predict("a", columns(0, 10), candidates=1)
    path = stored.run.candidates("a")
    path.write_text("{}")
    with pytest.raises(ReportsError, match=r"a\.json.*; run: make eval"):
        stored.scores()
    assert not path.exists()
    with pytest.raises(ReportsError, match=r"a\.json.*; run: make eval"):
        stored.scores()  # and missing ones are not there either
    stored.propose("a", columns(0, 10))
    stored.predict("a", columns(0, 10), candidates=1, candidates_sha256="0" * 64)
    with pytest.raises(ReportsError, match="their hash is another; run: make eval"):
        stored.scores()
    assert path.exists()


def test_runs_of_other_photos_and_unfinished_runs_are_not_scored(stored: StoredRun) -> None:
    for id_ in "abc":
        stored.photo(id_, columns(0, 10))
    stored.predict("b", columns(0, 10))
    with pytest.raises(ReportsError, match="2 of 3 photos are not predicted yet; run: make eval"):
        stored.scores()
    stored.photo("d", columns(0, 10))
    with pytest.raises(ReportsError, match="the run is of other photos than set holds now; run: m"):
        score_run(stored.run, stored.dataset, Measuring(0.5))


def test_photos_that_changed_since_being_predicted_are_not_scored(
    stored: StoredRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.photo("a", columns(0, 10))
    stored.predict("a", columns(0, 10))
    monkeypatch.setattr(Dataset, "changed_photos", lambda *_: ["a"])
    with pytest.raises(ReportsError, match=r"1 photo changed since being predicted \(a\); run: m"):
        stored.scores()


def test_the_conditions_of_scores_are_stored_with_them(stored: StoredRun) -> None:
    for id_ in "abc":
        stored.photo(id_, columns(0, 10))
    stored.predict("a", columns(0, 10))
    stored.predict("b", columns(5, 20))  # inverted: 5 of 10 columns
    stored.predict("c", None)
    stored.scores(threshold=99)
    dataset = stored.dataset
    scoring = json.loads(stored.run.scoring.read_text())
    assert (scoring["dataset"], scoring["dataset_hash"]) == ("set", dataset.content_hash)
    assert (scoring["threshold"], scoring["clearance_mm"]) == (99, 0.5)
    assert scoring["inverse_iou"] == 0.25  # of the two that have a mask
    assert scoring["scored"].endswith("+00:00")
    assert len(scoring["scored"]) == len("2026-01-01T00:00:00.000+00:00")
    rows = stored.run.scores.read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["id", "a", "b", "c"]
    stored.predict("a", None)
    stored.predict("b", None)
    stored.scores()
    assert json.loads(stored.run.scoring.read_text()).get("inverse_iou") is None


def test_notices_say_what_lies_in_the_way_of_the_numbers(stored: StoredRun) -> None:
    stored.photo("a", columns(0, 10))
    stored.photo("b", columns(0, 0))
    stored.photo("lone", columns(0, 10))
    (stored.root / "masks" / "lone.png").unlink()
    (stored.root / "metadata.csv").write_text("id,mm_per_px\nnone,0.5\na,much\n")
    for id_ in "ab":
        stored.predict(id_, columns(0, 10))
    stored.scores()
    notices = json.loads(stored.run.scoring.read_text())["notices"]
    assert [notice for notice in notices if "1 of 2 truths is empty" in notice]
    (table,) = [notice for notice in notices if "table has faults" in notice]
    assert table.endswith("audit name them.")
    (missing,) = [notice for notice in notices if "missing from every row" in notice]
    assert missing.endswith("what is wrong with the set's files.")
    assert len(notices) == 3


def test_a_visitor_sees_every_photo(stored: StoredRun) -> None:
    stored.photo("a", columns(0, 10))
    stored.photo("b", None)
    for id_ in "ab":
        stored.predict(id_, columns(0, 10))
    stored.scores()
    seen: list[tuple[str, int]] = []
    dataset = stored.dataset
    score_run(
        stored.run,
        dataset,
        Measuring(0.5, 77),
        lambda one: seen.append((one.sample.id, one.threshold)),
    )
    assert sorted(seen) == [("a", 77), ("b", 77)]


def test_only_blank_truths_say_nothing() -> None:
    class Named:
        name = "set"

    def told(*blanks: str) -> str | None:
        scores = [Score(str(i), "ok", 1.0, "", "", blank=blank) for i, blank in enumerate(blanks)]
        bad = Score("z", "no-truth", None, "", "damaged")
        return blank_truths(Named(), [*scores, bad])  # type: ignore[arg-type]

    assert told() is None
    assert told("", "empty") is None
    assert told("empty", "full") == (
        "set: 1 of 2 truths is empty and 1 of 2 truths is full, so no score here says anything; "
        "check how the truth is read"
    )


def test_blank_truths_are_told_apart(stored: StoredRun) -> None:
    for id_, last in (("a", 0), ("b", WIDTH), ("c", 1)):
        stored.photo(id_, columns(0, last))
        stored.predict(id_, columns(0, 10))
    assert [score.blank for score in stored.scores().values()] == ["empty", "full", ""]
