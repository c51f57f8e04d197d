"""What the gate must catch, and how seldom it may cry wolf: 110 photos, 200 repeats."""

import csv
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from datasets.arrays import Mask
from evaluate import measures
from evaluate.baseline import noise_of, of_run, write
from evaluate.gate import Verdict, check
from evaluate.limits import limits_of
from evaluate.measures import Measures
from evaluate.metrics import iou
from evaluate.report import printable
from evaluate.slices import Slice
from evaluate.store import ReportsError, Run
from evaluate.verdict import junit, lines
from tests.comparisons import HOSTILE
from tests.conftest import ROOT

IDS = [f"p{i:03}" for i in range(110)]
USUAL = {"photo_drop": 0.1, "chance": 0.001, "share_drop": None, "slice_drop": None,
         "inside_mm_rise": None, "outside_mm_rise": None, "hd95_mm_rise": None, "slowdown": None,
         "reference": None, "mask_iou": 0.98}  # fmt: skip


def scored(
    folder: Path,
    ious: Mapping[str, float],
    failed: tuple[str, ...] = (),
    measured: Mapping[str, Measures] | None = None,
) -> Run:
    """A scored run on disk, as far as the gate reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    identity: dict[str, object] = {
        part: {} for part in ("config", "files", "code", "photos", "conditions")
    }
    about = {"label": "x", "command": "make eval", "key": "", "sessions": [], "identity": identity}
    (folder / "run.json").write_text(json.dumps(about))
    with (folder / "scores.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "status", "iou", "tags", "error", *measures.NAMES))
        for id_, value in ious.items():
            bad = id_ in failed
            told = (measured or {}).get(id_, {})
            numbers = (told.get(name, "") for name in measures.NAMES)
            rows.writerow((id_, "error" if bad else "ok", 0.0 if bad else value, "", "", *numbers))
    digest = hashlib.sha256((folder / "scores.csv").read_bytes()).hexdigest()
    meta = {
        "cutoutbench": "0", "dataset": "d", "dataset_hash": "h", "threshold": 128, "notices": [],
        "scored": "2026-01-01", "scores_sha256": digest,
    }  # fmt: skip
    (folder / "scores.json").write_text(json.dumps(meta))
    return Run(folder)


class Bench:
    """A model's masks of 110 tools, and its baseline."""

    def __init__(self, tmp: Path) -> None:
        self.tmp = tmp
        self.baseline = tmp / "baselines" / "x.json"
        rng = np.random.default_rng(0)
        self.truths = [self._tool(rng) for _ in IDS]
        ragged = [rng.random(t.shape) < 0.02 for t in self.truths]
        self.masks = [t & ~r for t, r in zip(self.truths, ragged, strict=True)]
        self.before = self.ious(self.masks)
        write(of_run(scored(tmp / "old", self.before), {}, None), self.baseline)

    @staticmethod
    def _tool(rng: np.random.Generator) -> Mask:
        """A bar with a head, of any size and place, so large that a pixel is little of it."""
        mask = np.zeros((900, 700), np.uint8)
        width, top = int(rng.integers(180, 300)), int(rng.integers(40, 120))
        left = int(rng.integers(40, 300))
        cv2.rectangle(mask, (left, top), (left + width, 820), 1, -1)
        cv2.circle(mask, (left + width // 2, top + 90), width // 2 + 40, 1, -1)
        return mask > 0

    def ious(self, masks: list[Mask]) -> dict[str, float]:
        pairs = zip(IDS, masks, self.truths, strict=True)
        return {id_: iou(mask, truth) for id_, mask, truth in pairs}

    def gate(
        self, ious: Mapping[str, float], failed: tuple[str, ...] = (), **more: object
    ) -> Verdict:
        limits = limits_of(0.01, {**USUAL, **more})
        halves = [Slice("half=a", tuple(IDS[:55])), Slice("half=b", tuple(IDS[55:]))]
        return check(scored(self.tmp / "new", ious, failed), self.baseline, limits, halves, {}, "")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


def failing(verdict: Verdict) -> list[str]:
    return [criterion.name for criterion in verdict.criteria if not criterion.passed]


def test_the_same_masks_pass(bench: Bench) -> None:
    assert bench.gate(bench.before).passed


def test_one_pixel_of_erosion_is_caught_though_the_median_hardly_falls(bench: Bench) -> None:
    eroded = [cv2.erode(m.astype(np.uint8), np.ones((3, 3))) > 0 for m in bench.truths]
    clean = dict.fromkeys(IDS, 1.0)
    write(
        of_run(scored(bench.tmp / "clean", clean), {}, None), bench.baseline.with_name("clean.json")
    )
    limits = limits_of(0.03, USUAL)  # wider than what a pixel costs
    new = scored(bench.tmp / "new", bench.ious(eroded))
    verdict = check(new, bench.baseline.with_name("clean.json"), limits, [], {}, "")
    assert failing(verdict) == ["photos together"]


class Few:
    """Eight photos, too few for a sign test, of 0.2 mm a pixel; and a baseline with distances."""

    def __init__(self, bench: Bench, tmp: Path) -> None:
        self.tmp = tmp
        self.baseline = tmp / "few.json"
        self.truths = dict(zip(IDS, bench.truths[:8], strict=False))
        self.scales: dict[str, float | None] = dict.fromkeys(self.truths, 0.2)
        write(of_run(self.run(self.truths), {}, None, ["inside", "outside"]), self.baseline)

    def run(self, masks: Mapping[str, Mask]) -> Run:
        """A scored run with these masks; photos without one failed."""
        ious, measured = {}, {}
        for id_, truth in self.truths.items():
            alpha = masks[id_].astype(np.uint8) * np.uint8(255) if id_ in masks else None
            measured[id_] = measures.measure(alpha, truth, None, 0.3)
            ious[id_] = iou(masks[id_], truth) if id_ in masks else 0.0
        failed = tuple(self.truths.keys() - masks.keys())
        return scored(self.tmp / "run", ious, failed, measured)

    def gate(self, run: Run, **more: object) -> Verdict:
        limits = limits_of(0.03, {**USUAL, **more})
        return check(run, self.baseline, limits, [], self.scales, "make baseline X")


@pytest.fixture
def few(bench: Bench, tmp_path: Path) -> Few:
    return Few(bench, tmp_path)


def test_one_pixel_of_erosion_is_caught_in_mm_where_the_ious_hardly_move(few: Few) -> None:
    eroded = {i: cv2.erode(m.astype(np.uint8), np.ones((3, 3))) > 0 for i, m in few.truths.items()}
    run = few.run(eroded)
    assert few.gate(run).passed
    assert few.gate(run, inside_mm_rise=0.3, outside_mm_rise=0.1).passed
    verdict = few.gate(run, inside_mm_rise=0.1, outside_mm_rise=0.1)
    assert failing(verdict) == ["inside mm"]
    # one pixel along the bar, its diagonal along the head
    assert verdict.criteria[-2].text == "0.000 → 0.283, allowed to rise by 0.1"
    few.scales = dict.fromkeys(few.truths, 0.05)  # corrected since: the same pixel is less
    assert few.gate(run, inside_mm_rise=0.1).passed


def test_failed_photos_are_as_far_off_as_the_photo_is_large(few: Few) -> None:
    run = few.run(dict(list(few.truths.items())[:3]))
    verdict = few.gate(run, outside_mm_rise=100)
    assert "outside mm" in failing(verdict)
    assert f"0.000 → {0.2 * math.hypot(900, 700):.3f}" in verdict.criteria[-1].text


def test_mm_without_scales_or_distances_are_not_comparable(few: Few) -> None:
    run = few.run(few.truths)
    with pytest.raises(ReportsError, match="no distances hd95; run: make baseline X"):
        few.gate(run, hd95_mm_rise=0.1)
    few.scales["p003"] = None
    del few.scales["p005"]
    with pytest.raises(ReportsError, match=r"scale of 2 of 8 photos is unknown \(p003, p005\)"):
        few.gate(run, inside_mm_rise=0.1)
    few.scales = dict.fromkeys(few.truths, 0.2)
    unmeasured = scored(few.tmp / "unmeasured", dict.fromkeys(few.truths, 1.0))
    with pytest.raises(ReportsError, match=r"8 photos have no inside_px \(p000, .*run: make eval"):
        few.gate(unmeasured, inside_mm_rise=0.1)


def test_a_baseline_has_the_distances_of_all_its_photos(few: Few) -> None:
    stored = json.loads(few.baseline.read_text())
    assert list(stored["outlines_px"]) == ["inside", "outside"]
    assert stored["outlines_px"]["inside"] == dict.fromkeys(stored["photos"], 0.0)
    for damaged in ({"p000": 0.0}, dict.fromkeys(few.truths, math.inf)):
        few.baseline.write_text(json.dumps(stored | {"outlines_px": {"inside": damaged}}))
        with pytest.raises(ReportsError, match="damaged"):
            few.gate(few.run(few.truths), inside_mm_rise=0.1)


def test_a_shift_is_caught(bench: Bench) -> None:
    assert not bench.gate(bench.ious([np.roll(m, 2, axis=1) for m in bench.masks])).passed


def test_one_flipped_photo_is_caught(bench: Bench) -> None:
    masks = list(bench.masks)
    masks[17] = masks[17][:, ::-1]
    verdict = bench.gate(bench.ious(masks))
    assert failing(verdict) == ["each photo"]
    assert [move.id for move in verdict.moves] == ["p017"]


def test_three_of_110_failing_are_caught(bench: Bench) -> None:
    verdict = bench.gate(bench.before, failed=("p003", "p050", "p109"), photo_drop=None)
    assert failing(verdict) == ["failed photos"]


def test_a_slice_that_falls_is_caught_where_it_is_asked(bench: Bench) -> None:
    ious = {
        i: v - 0.05 * (i < "p055") * (n % 4 == 0) for n, (i, v) in enumerate(bench.before.items())
    }
    ious |= {i: ious[i] - 0.03 for i in IDS[:55]}
    ious |= {i: min(1.0, ious[i] + 0.015) for i in IDS[55:]}
    assert "half=a" in failing(bench.gate(ious, slice_drop=0.02, chance=None))
    assert "half=a" not in failing(bench.gate(ious, chance=None))


def test_slices_that_are_not_there_cannot_be_asked(bench: Bench) -> None:
    run = scored(bench.tmp / "new", bench.before)
    limits = limits_of(0.01, {**USUAL, "slice_drop": 0.02})
    with pytest.raises(ReportsError, match=r"gate\.slice_drop: .* there are no slices"):
        check(run, bench.baseline, limits, [], {}, "")


@pytest.mark.parametrize("name", [*HOSTILE, "bell\x07"])
def test_a_verdict_is_readable_whatever_slices_are_called(bench: Bench, name: str) -> None:
    run = scored(bench.tmp / "new", bench.before)
    limits = limits_of(0.01, {**USUAL, "slice_drop": 0.02})
    cut = Slice(f"kind={name}", tuple(IDS[:55]))
    found = check(run, bench.baseline, limits, [cut], {}, "")
    assert all(line.isprintable() for line in lines(found))
    (suite,) = ElementTree.fromstring(junit([found], {}))  # noqa: S314 - ours
    assert printable(cut.name) in [case.get("name") for case in suite]


def test_what_cannot_be_compared_is_an_error_among_the_cases() -> None:
    (suite,) = ElementTree.fromstring(junit([], {"isnet": "no \x07 baseline"}))  # noqa: S314 - ours
    assert (suite.get("name"), suite.get("errors")) == ("isnet", "1")
    assert suite[0][0].get("message") == r"no \x07 baseline"


def test_shares_are_held_where_they_are_asked(bench: Bench) -> None:
    ious = {i: 0.89 if n < 10 else v for n, (i, v) in enumerate(bench.before.items())}
    assert failing(bench.gate(ious, share_drop=0.02, chance=None)) == [">0.9 IoU"]
    assert bench.gate(ious, share_drop=0.1, photo_drop=0.2, chance=None).passed


@pytest.mark.parametrize("sigma", [0.0002, 0.002, 0.02])
def test_noise_alone_is_called_a_regression_no_more_often_than_stated(
    bench: Bench, sigma: float
) -> None:
    """200 repeats of a model whose masks jitter: no more alarms than chance=0.001 and the limits
    set from three repeats explain."""
    rng = np.random.default_rng(1)

    def again() -> dict[str, float]:
        return {i: float(np.clip(v + rng.normal(0, sigma), 0, 1)) for i, v in bench.before.items()}

    repeats = [again() for _ in range(3)]
    path = bench.baseline.with_name("noisy.json")
    write(of_run(scored(bench.tmp / "noisy", repeats[0]), {}, noise_of(repeats)), path)
    limits = limits_of("noise", USUAL)
    alarms = sum(
        not check(scored(bench.tmp / "again", again()), path, limits, [], {}, "").passed
        for _ in range(200)
    )
    assert alarms <= 2


def test_a_jumping_photo_alarms_no_one_and_hides_no_other(bench: Bench) -> None:
    """Its jumps are known from the repeats; others are held to their own noise."""
    rng = np.random.default_rng(2)

    def again(less: float = 0.0) -> dict[str, float]:
        ious = {i: v - less for i, v in bench.before.items()}
        return ious | {IDS[0]: ious[IDS[0]] - 0.15 * rng.integers(0, 2)}

    steady = dict(bench.before)
    jumped = steady | {IDS[0]: steady[IDS[0]] - 0.15}
    path = bench.baseline.with_name("jumping.json")
    noise = noise_of([steady, jumped, steady])
    write(of_run(scored(bench.tmp / "jumping", steady), {}, noise), path)

    def judged(ious: dict[str, float]) -> Verdict:
        new = scored(bench.tmp / "new", ious)
        return check(new, path, limits_of(0.01, USUAL), [], {}, "")

    assert all(judged(again()).passed for _ in range(20))
    assert failing(judged(again(less=0.005))) == ["photos together"]


def test_noise_needs_a_baseline_that_measured_it(bench: Bench) -> None:
    with pytest.raises(ReportsError, match="make it again with repeats=3"):
        check(scored(bench.tmp / "new", bench.before), bench.baseline, limits_of("noise", USUAL),
              [], {}, "")  # fmt: skip


@pytest.mark.parametrize(
    ("drop", "gate", "reason"),
    [
        ("much", {}, "allowed_drop=much: give a finite number"),
        (0.01, {"photo_drop": -1}, "gate.photo_drop=-1: give a finite number"),
        (0.01, {"mask_iou": None}, "gate.mask_iou=None: give a finite number"),
        (0.01, {"phto_drop": 1}, "gate.phto_drop: there is no such setting"),
    ],
)
def test_limits_without_sense_are_named(drop: object, gate: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace(".", r"\.")):
        limits_of(drop, {**USUAL, **gate})


def test_the_settings_are_those_of_the_tests() -> None:
    import yaml

    config = yaml.safe_load((ROOT / "conf" / "config.yaml").read_text())
    assert config["gate"] == USUAL
    assert config["allowed_drop"] == 0.01
