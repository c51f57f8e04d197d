"""Times the metrics against their peers, one thread, interleaved; prints medians and ratios.

    python -m tests.tools.bench_metrics [ORACLE/bin/python]

The peers are OpenCV, and PySODMetrics 1.6.2 where its environment's Python is given
(``tests/tools/compare_pysodmetrics.py`` has how to make one). A prediction is a soft mask that is
moved a little (good), one that is cut off (part), a sheet of paper (sheet), or clouds (clouds).
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext

import cv2
import numpy as np
import scipy

from datasets.arrays import Alpha, Mask
from evaluate.metrics.boundary import boundary_distances
from evaluate.metrics.iou import iou, pack, packed_iou
from evaluate.metrics.outline_distances import outline_pixels
from evaluate.metrics.paper.hce import hce
from evaluate.metrics.paper.level_counts import level_counts
from evaluate.metrics.paper.overlap import iou_curve
from evaluate.metrics.paper.saliency import saliency
from evaluate.metrics.paper.skeleton import skeleton
from evaluate.metrics.paper.weighted_f import truth_field, weighted_f
from tests.evaluate.metrics.mask_pairs import Pair, drawn_truth, soft
from tests.tools.pysod import PySODMetrics

SIZES = {"1 MP": (866, 1155), "12 MP": (3000, 4000)}
ROUNDS = 7

Work = Callable[[], object]


def scenes() -> dict[str, Pair]:
    """A prediction and its truth by size and kind."""
    found = dict[str, Pair]()
    for size, (height, width) in SIZES.items():
        truth = drawn_truth(height, width)
        part = truth.copy()
        part[:, width // 2 :] = False
        sheet = np.zeros((height, width), np.uint8)
        corners = [(0.03, 0.05), (0.95, 0.02), (0.98, 0.97), (0.05, 0.95)]
        cv2.fillPoly(sheet, [(np.array(corners) * (width, height)).astype(np.int32)], 1)
        coarse = np.random.default_rng(1).standard_normal((height // 100, width // 100))
        clouds = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) > 0.3
        kinds = {
            "good": soft(truth, height / 300, height // 300),
            "part": soft(part, 2),
            "sheet": soft(sheet.astype(bool), 2),
            "clouds": soft(np.asarray(clouds), 2),
        }
        found |= {f"{size} {kind}": (alpha, truth) for kind, alpha in kinds.items()}
    return found


def main() -> None:
    """Print one line per job: medians in ms, and the peer's time divided by ours."""
    cv2.setNumThreads(1)
    pairs = scenes()
    print(platform.processor() or platform.machine(), f"{os.cpu_count()} cores,", end=" ")
    print(f"NumPy {np.__version__}, OpenCV {cv2.__version__}, scipy {scipy.__version__}")
    python = sys.argv[1] if len(sys.argv) > 1 else None
    with PySODMetrics(python, pairs) if python else nullcontext() as oracle:
        if oracle:
            print(f"PySODMetrics 1.6.2 with {oracle.versions}")
        for name, (alpha, truth) in pairs.items():
            if name.endswith("good"):
                _iou(name, alpha, truth)
            _outlines(name, alpha >= 128, truth)
            if oracle:
                _against(oracle, name, alpha, truth)


def _iou(name: str, alpha: Alpha, truth: Mask) -> None:
    levels = truth.astype(np.uint8) * 255
    mask, packed = alpha >= 128, pack(truth)

    def opencv() -> float:
        cut = [cv2.threshold(p, 127, 255, cv2.THRESH_BINARY)[1] for p in (alpha, levels)]
        both, either = cv2.bitwise_and(*cut), cv2.bitwise_or(*cut)
        return cv2.countNonZero(both) / cv2.countNonZero(either)

    reading = "reading both planes"
    times = _interleaved(
        {
            "OpenCV": opencv,
            reading: lambda: (cv2.norm(alpha, cv2.NORM_INF), cv2.norm(levels, cv2.NORM_INF)),
            "IoU of 8-bit planes": lambda: packed_iou(pack(alpha), pack(levels)),
            "IoU of 8-bit, truth kept": lambda: packed_iou(pack(alpha), packed),
            "IoU of bool masks": lambda: iou(mask, truth),
        }
    )
    for job in list(times)[2:]:
        more = f"; {times[job] / times[reading]:.1f} × reading both planes"
        _line(name, job, times["OpenCV"], times[job], "OpenCV", more)


def _outlines(name: str, mask: Mask, truth: Mask) -> None:
    def transforms() -> object:
        ours, theirs = outline_pixels(mask), outline_pixels(truth)
        planes = [
            cv2.distanceTransform((~p).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            for p in (ours, theirs)
        ]
        return planes[0][theirs], planes[1][ours]

    ours = "outline distances"
    times = _interleaved(
        {"peer": transforms, ours: lambda: boundary_distances(mask, truth, 3)}, ROUNDS // 2
    )
    _line(name, ours, times["peer"], times[ours], "cv2's precise transform of both planes")


def _against(oracle: PySODMetrics, name: str, alpha: Alpha, truth: Mask) -> None:
    counts, field, bones = level_counts(alpha, truth), truth_field(truth), skeleton(truth)
    mask = alpha >= 128

    def everything() -> object:
        found = level_counts(alpha, truth)
        return saliency(found, stretched=True), iou_curve(found)

    jobs: dict[str, tuple[str, Work]] = {
        "MAE, S, E, F, IoU": ("everything", everything),
        "weighted F": (
            "weighted_f",
            lambda: weighted_f(
                alpha, level_counts(alpha, truth), truth_field(truth), stretched=True
            ),
        ),
        "weighted F, truth kept": (
            "weighted_f",
            lambda: weighted_f(alpha, counts, field, stretched=True),
        ),
        "HCE": ("hce", lambda: hce(mask, truth)),
        "HCE, truth kept": ("hce", lambda: hce(mask, truth, bones)),
    }
    for job, (metric, work) in jobs.items():
        theirs, here = [], []
        for _ in range(3):
            theirs.append(oracle.ask(metric, name)[1])
            here.append(_seconds(work))
        _line(name, job, statistics.median(theirs), statistics.median(here), "PySODMetrics")


def _interleaved(jobs: Mapping[str, Work], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each job; all jobs take turns."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(rounds + 1):
        for name, work in jobs.items():
            seconds = _seconds(work)
            if turn:  # the first warms up
                times[name].append(seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _line(name: str, job: str, peer: float, ours: float, whose: str, more: str = "") -> None:
    print(
        f"{name:14} {job:26} {ours * 1e3:9.3f} ms; {whose} {peer * 1e3:9.3f} ms: "
        f"{peer / ours:6.1f} ×{more}",
        flush=True,
    )


if __name__ == "__main__":
    main()
