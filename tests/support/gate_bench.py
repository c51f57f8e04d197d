"""A model's masks of 110 tools with their baseline, for the gate to judge others by."""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.arrays import Mask
from evaluate.compare.slices import Slice
from evaluate.gate.baseline import baseline_of
from evaluate.gate.judge import Verdict, judge_run
from evaluate.gate.limits import Limits
from evaluate.metrics.iou import iou
from evaluate.store.baseline import write_baseline
from evaluate.store.run_folder import Run
from evaluate.store.scores import MEASURES, Measures
from tests.support.runs import stored_about

IDS = [f"p{i:03}" for i in range(110)]
USUAL = Limits(
    drop=0.01,
    photo_drop=0.1,
    chance=0.001,
    share_drop=None,
    slice_drop=None,
    inside_mm_rise=None,
    outside_mm_rise=None,
    hd95_mm_rise=None,
    slowdown=None,
    reference=None,
    mask_iou=0.98,
)


def scored(
    folder: Path,
    ious: Mapping[str, float],
    failed: tuple[str, ...] = (),
    measured: Mapping[str, Measures] | None = None,
) -> Run:
    """A scored run on disk, as far as the gate reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(stored_about("x")))
    with (folder / "scores.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "status", "iou", "tags", "error", *MEASURES))
        for id_, value in ious.items():
            bad = id_ in failed
            measures = (measured or {}).get(id_, {})
            numbers = (measures.get(name, "") for name in MEASURES)
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
        write_baseline(baseline_of(scored(tmp / "old", self.before), {}, None), self.baseline)

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

    def gate(self, ious: Mapping[str, float], failed: tuple[str, ...] = (), **more: Any) -> Verdict:
        limits = replace(USUAL, **more)
        halves = [Slice("half=a", tuple(IDS[:55])), Slice("half=b", tuple(IDS[55:]))]
        return judge_run(
            scored(self.tmp / "new", ious, failed), self.baseline, limits, halves, {}, ""
        )


def failing(verdict: Verdict) -> list[str]:
    return [criterion.name for criterion in verdict.criteria if not criterion.passed]
