"""What the gate refuses to compare, the times it compares, masks, and the changes it lists."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from evaluate.errors import ReportsError
from evaluate.gate.baseline import baseline_of, failures_text
from evaluate.gate.criteria import Criterion, check_masks
from evaluate.gate.judge import PhotoChange, check_fresh, judge_run, p50_ratio, photo_difference
from evaluate.store.baseline import Baseline, Noise, write_baseline
from evaluate.store.run_folder import SEVERAL_AT_ONCE, PredictionRecord, Run
from tests.support.gate_bench import USUAL, scored
from tests.support.runs import stored_about

LIMITS = replace(USUAL, photo_drop=None, chance=None)


def changed(run: Run, **identity: object) -> None:
    """Replace parts of a run's identity."""
    about = run.about()
    run.write_about(about | {"identity": about["identity"] | identity})


def timed(folder: Path, *seconds: float | None) -> Run:
    """A run whose photos took these seconds."""
    run = scored(folder, {f"p{i}": 0.9 for i in range(len(seconds))})
    for i, one in enumerate(seconds):
        run.append(PredictionRecord(f"p{i}", "ok", one))
    return run


def without_truth(run: Run, *ids: str) -> None:
    """Score photos again, as of unusable ground truth."""
    text = run.scores.read_bytes()
    for id_ in ids:
        new = f"{id_},no-truth,".encode()
        text = re.sub(rf"^{id_},\w+,[^,]*,".encode(), new + b",", text, flags=re.MULTILINE)
    run.scores.write_bytes(text)
    digest = hashlib.sha256(run.scores.read_bytes()).hexdigest()
    run.scoring.write_text(
        json.dumps(json.loads(run.scoring.read_text()) | {"scores_sha256": digest})
    )


def masked(folder: Path, masks: Mapping[str, tuple[int, int]], failed: tuple[str, ...] = ()) -> Run:
    """A run whose masks are this many columns of 10 wide, and this high."""
    run = scored(folder, {**dict.fromkeys(masks, 0.9), **dict.fromkeys(failed, 0.0)}, failed)
    run.masks.mkdir()
    for id_, (columns, height) in masks.items():
        alpha = np.zeros((height, 10), np.uint8)
        alpha[:, :columns] = 128  # the threshold
        Pillow.fromarray(alpha).save(run.mask(id_))
        run.append(PredictionRecord(id_, "ok"))
    for id_ in failed:
        run.append(PredictionRecord(id_, "error"))
    return run


def reference(folder: Path, masks: Mapping[str, tuple[int, int]]) -> Path:
    folder.mkdir()
    for id_, (columns, height) in masks.items():
        levels = np.zeros((height, 10), np.uint8)
        levels[:, :columns] = 255
        Pillow.fromarray(levels).save(folder / f"{id_}.png")
    return folder


def test_a_ratio_divides_the_medians_of_two_runs(tmp_path: Path) -> None:
    run = timed(tmp_path / "x", 1.0, 3.0, 5.0, None)
    timed(tmp_path / "otsu", 0.5, 0.25, 2.0, None)
    assert p50_ratio(run, "otsu") == 6.0
    with pytest.raises(ReportsError, match=r"^gate\.reference=x: name another row, such as otsu$"):
        p50_ratio(run, "x")


@pytest.mark.parametrize("part", ["machine", "conditions", "photos"])
def test_times_under_other_conditions_have_no_ratio(tmp_path: Path, part: str) -> None:
    run, other = timed(tmp_path / "x", 1.0), timed(tmp_path / "otsu", 1.0)
    values = {"machine": {"cpu": "y"}, "conditions": {"threads": 9}, "photos": "y"}
    changed(other, **{part: values[part]})
    refused = f"timed with other {part} than x; run both here: make eval"
    with pytest.raises(ReportsError, match=refused):
        p50_ratio(run, "otsu")


def test_untimed_runs_have_no_ratio(tmp_path: Path) -> None:
    run = timed(tmp_path / "x", 1.0)
    for name, seconds in (("none", None), ("zero", 0.0)):
        timed(tmp_path / name, seconds)
        with pytest.raises(ReportsError, match=f"{name}: no photo was timed"):
            p50_ratio(run, name)
    other = timed(tmp_path / "other", 1.0)
    for several in (run, other):
        changed(several, conditions={"threads": 1, "scenario": SEVERAL_AT_ONCE})
    with pytest.raises(ReportsError, match="x: predicted by several workers, so its times are no"):
        p50_ratio(run, "other")


def now_of(run: Run) -> dict[str, object]:
    return {"identity": run.about()["identity"], "command": "make run"}


def test_a_run_is_fresh_as_long_as_nothing_it_depends_on_changed(tmp_path: Path) -> None:
    run = timed(tmp_path / "x", 1.0, 1.0)
    now = now_of(run)
    check_fresh(run, now, "h", ["p0", "p1"])
    for part in ("config", "files", "code"):
        then = {"config": {"target": "models.y.Y", "options": {}}, "files": "f", "code": {"a": "b"}}
        identity = stored_about("x")["identity"] | {part: then[part]}
        refused = f"not comparable, {part} changed since it was made; run: make run"
        with pytest.raises(ReportsError, match=refused):
            check_fresh(run, now | {"identity": identity}, "h", ["p0", "p1"])


def test_changed_photos_are_named_and_their_truth_is_not(tmp_path: Path) -> None:
    run = timed(tmp_path / "x", 1.0, 1.0)
    now = now_of(run)
    refused = r"comparable, ground truth changed since it was made; run: make run$"
    with pytest.raises(ReportsError, match=refused):
        check_fresh(run, now, "other", ["p0", "p1"])
    changed(run, photos="others", code={"x": "y"})
    told = r"comparable, code and photos changed since it was made \(1 added: p2; 1 removed: p0\);"
    with pytest.raises(ReportsError, match=told):
        check_fresh(run, now, "other", ["p1", "p2"])


def test_a_difference_of_photos_names_them_in_order() -> None:
    assert photo_difference(["a", "b"], ["b", "a"]) == ""
    assert photo_difference([], list("dcba")) == "4 added: a, b, c, d"
    assert photo_difference(["b", "a"], []) == "2 removed: a, b"


def test_changes_are_listed_from_a_pixels_worth_on_largest_first(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    before = {"a": 0.5, "b": 0.5, "c": 0.5, "d": 0.25, "e": 0.25, "f": 0.9, "g": 0.0}
    write_baseline(baseline_of(scored(tmp_path / "old", before), {}, None), path)
    now = {"a": 0.501, "b": 0.501001, "c": 0.499, "d": 0.125, "e": 0.375, "f": 0.9001, "g": 0.001}
    run = scored(tmp_path / "x", now)
    verdict = judge_run(run, path, replace(LIMITS, drop=0.3), [], {}, "renew")
    assert verdict.changes == (
        PhotoChange("d", 0.25, 0.125), PhotoChange("e", 0.25, 0.375),
        PhotoChange("b", 0.5, 0.501001),
        PhotoChange("a", 0.5, 0.501), PhotoChange("c", 0.5, 0.499), PhotoChange("g", 0.0, 0.001),
    )  # fmt: skip
    assert (verdict.passed, dict(verdict.ious)) == (True, now)
    assert [one.name for one in verdict.criteria] == ["median IoU", "failed photos"]


def test_a_change_has_the_decimals_that_show_why_it_fails(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    before = {"a": 0.62109, "b": 0.9, "c": 0.9, "d": 0.3}
    write_baseline(baseline_of(scored(tmp_path / "old", before), {}, None), path)
    run = scored(tmp_path / "x", {"a": 0.52099, "b": 0.8, "c": 0.8, "d": 0.3})
    verdict = judge_run(run, path, replace(USUAL, drop=0.05), [], {}, "renew")
    assert verdict.changes[0].texts == ("0.6211", "0.5210", "-0.1001")
    assert verdict.changes[1].texts == ("0.900", "0.800", "-0.100")
    median, _, photos, _ = verdict.criteria
    assert median.text.startswith("0.7605 → 0.6605, ")
    assert (photos.passed, photos.text) == (False, "1 fell by more than 0.1, allowed 0 (a)")
    verdict = judge_run(run, path, replace(USUAL, drop=0.10004), [], {}, "renew")
    assert verdict.criteria[0].text.startswith("0.76055 → 0.66050, allowed to fall by 0.10004")


def test_a_baseline_holds_what_the_run_scored(tmp_path: Path) -> None:
    ious = {"a": 0.12345678, "b": 0.9, "c": 0.5}
    measured = {id_: {"inside_px": 1.23456} for id_ in ious}
    run = scored(tmp_path / "x", ious, ("c",), measured)
    noise = Noise(3, 0.1, {})
    found = baseline_of(run, {"otsu": 2.0}, noise, ["inside"])
    assert found == Baseline(
        "x", "0", "d", "h", 128, {"a": 0.123457, "b": 0.9, "c": 0.0}, {"c": "error"},
        {"otsu": 2.0}, noise, {"inside": dict.fromkeys(ious, 1.235)},
    )  # fmt: skip
    without_truth(run, "a", "b")
    assert list(baseline_of(run, {}, None).ious) == ["c"]
    without_truth(run, "c")
    with pytest.raises(ReportsError, match="no photo has usable ground truth, so there is nothing"):
        baseline_of(run, {}, None)


def test_failures_without_a_reason_are_counted_alone(tmp_path: Path) -> None:
    ious = {"a": 0.5, "b": 0.5, "c": 0.5}
    assert failures_text(scored(tmp_path / "x", ious)) == ""
    assert failures_text(scored(tmp_path / "y", ious, ("a", "c"))) == "2 error"


def test_runs_of_other_photos_or_conditions_are_not_judged(tmp_path: Path) -> None:
    run = scored(tmp_path / "x", {"a": 0.5, "b": 0.5})
    path = tmp_path / "baseline.json"
    stored = baseline_of(run, {}, None)
    for unlike, told in [
        (replace(stored, ious={"a": 0.5}), r"other photos than in the run \(1 added: b\); restore"),
        (
            replace(stored, threshold=9),
            "not comparable, threshold is 9 there and 128 in the run; run: make score threshold=9,",
        ),
        (replace(stored, version="9"), "version is 9 there and 0 in the run; restore it, or, to"),
        (
            replace(stored, failed={"a": "error", "b": "timeout"}),
            "not comparable, all 2 photos failed in it, so no run can be worse; once some photos",
        ),
    ]:
        write_baseline(unlike, path)
        with pytest.raises(ReportsError, match=f"{told}.* run: renew"):
            judge_run(run, path, LIMITS, [], {}, "renew")


def test_masks_are_compared_with_the_reference(tmp_path: Path) -> None:
    run = masked(tmp_path / "x", {"a": (5, 4), "b": (4, 4), "c": (5, 4)}, failed=("d", "e"))
    folder = reference(tmp_path / "kept", {"a": (5, 4), "b": (5, 4), "c": (5, 3), "d": (5, 4)})
    now = baseline_of(run, {}, None)

    def check(mask_iou: float) -> Criterion:
        (found,) = check_masks(run, folder, now, now, replace(LIMITS, mask_iou=mask_iou), "renew")
        return found

    # b agrees by 0.8; c has another size; d failed now, and e failed both times
    text = "2 differ from the reference by IoU < 0.8, allowed 0 (c, d); least 0.0000 (c)"
    assert check(0.8) == Criterion("masks", False, text, ("c", "d"))
    assert check(0.81).photos == ("b", "c", "d")
    (folder / "d.png").unlink()
    (folder / "c.png").unlink()
    assert check(0.8).photos == ("c",)  # a mask where there was none
    run.mask("c").unlink()
    run.append(PredictionRecord("c", "error"))
    at = check_masks(
        run, folder, now, replace(now, failed=dict.fromkeys("cde", "error")), LIMITS, "renew"
    )
    text = "1 differ from the reference by IoU < 0.98, allowed 0 (b); least 0.8000 (b)"
    assert at == [Criterion("masks", False, text, ("b",))]
    (folder / "b.png").unlink()
    reference(tmp_path / "same", {"a": (5, 4), "b": (4, 4)})
    failed = replace(now, failed=dict.fromkeys("cde", "error"))
    found = check_masks(run, tmp_path / "same", now, failed, LIMITS, "renew")
    text = "0 differ from the reference by IoU < 0.98, allowed 0; least 1.0000 (a)"
    assert found == [Criterion("masks", True, text)]


def test_photos_that_failed_both_times_agree(tmp_path: Path) -> None:
    run = masked(tmp_path / "x", {}, failed=("a", "b"))
    now = baseline_of(run, {}, None)
    (found,) = check_masks(run, reference(tmp_path / "kept", {}), now, now, LIMITS, "renew")
    text = "0 differ from the reference by IoU < 0.98, allowed 0; least 1.0000 (a)"
    assert (found.passed, found.text) == (True, text)


def test_masks_that_a_baseline_kept_must_be_there(tmp_path: Path) -> None:
    run = masked(tmp_path / "x", {"a": (5, 4)})
    now = baseline_of(run, {}, None)
    assert check_masks(run, tmp_path / "kept", now, now, LIMITS, "renew") == []
    with pytest.raises(ReportsError, match="masks are missing; restore them, or run: renew keep_m"):
        check_masks(run, tmp_path / "kept", replace(now, masks=True), now, LIMITS, "renew")


def test_a_photo_whose_mask_changed_is_listed_though_its_iou_did_not(tmp_path: Path) -> None:
    run = masked(tmp_path / "x", {"a": (4, 4), "b": (5, 4)})
    write_baseline(baseline_of(run, {}, None), tmp_path / "old.json")
    reference(tmp_path / "old", {"a": (5, 4), "b": (5, 4)})
    verdict = judge_run(run, tmp_path / "old.json", LIMITS, [], {}, "renew")
    assert verdict.changes == (PhotoChange("a", 0.9, 0.9),)
    assert not verdict.passed
