"""The gate in millimetres: outline distances change where IoUs hardly do."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from datasets.arrays import Mask
from evaluate.errors import ReportsError
from evaluate.gate.baseline import baseline_of
from evaluate.gate.judge import Verdict, judge_run
from evaluate.metrics.iou import iou
from evaluate.score import measures
from evaluate.store.baseline import write_baseline
from evaluate.store.run_folder import Run
from evaluate.store.scores import Measuring
from tests.support.gate_bench import IDS, USUAL, Bench, failing, scored


class Few:
    """Eight photos (too few for a sign test) at 0.2 mm per px, and a baseline with distances."""

    def __init__(self, bench: Bench, tmp: Path) -> None:
        self.tmp = tmp
        self.baseline = tmp / "few.json"
        self.truths = dict(zip(IDS, bench.truths[:8], strict=False))
        self.scales: dict[str, float | None] = dict.fromkeys(self.truths, 0.2)
        write_baseline(
            baseline_of(self.run(self.truths), {}, None, ["inside", "outside"]), self.baseline
        )

    def run(self, masks: Mapping[str, Mask]) -> Run:
        """A scored run with these masks; photos without one failed."""
        ious, measured = {}, {}
        for id_, truth in self.truths.items():
            alpha = masks[id_].astype(np.uint8) * np.uint8(255) if id_ in masks else None
            measured[id_] = measures.measure(alpha, truth, None, Measuring(0.3))
            ious[id_] = iou(masks[id_], truth) if id_ in masks else 0.0
        failed = tuple(self.truths.keys() - masks.keys())
        return scored(self.tmp / "run", ious, failed, measured)

    def gate(self, run: Run, **more: Any) -> Verdict:
        limits = replace(USUAL, drop=0.03, **more)
        return judge_run(run, self.baseline, limits, [], self.scales, "make baseline X")


@pytest.fixture
def few(bench: Bench, tmp_path: Path) -> Few:
    return Few(bench, tmp_path)


def test_one_pixel_of_erosion_is_caught_in_mm_while_ious_hardly_change(few: Few) -> None:
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


def test_distances_of_failed_photos_are_the_diagonal(few: Few) -> None:
    run = few.run(dict(list(few.truths.items())[:3]))
    verdict = few.gate(run, outside_mm_rise=100)
    assert "outside mm" in failing(verdict)
    assert f"0.000 → {0.2 * math.hypot(900, 700):.3f}" in verdict.criteria[-1].text


def test_mm_without_scales_or_distances_are_not_comparable(few: Few) -> None:
    run = few.run(few.truths)
    with pytest.raises(ReportsError, match="no hd95 distances; run: make baseline X"):
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
