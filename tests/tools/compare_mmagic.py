"""Compare the matting errors with MMagic 1.2.0, in an environment of its own.

    python3 -m venv ORACLE && ORACLE/bin/pip install numpy opencv-python-headless
    ORACLE/bin/pip install --no-deps mmagic==1.2.0
    python -m tests.tools.compare_mmagic ORACLE/bin/python [--write] [PREDICTIONS TRUTHS]

Without folders the pairs of ``tests/evaluate/metrics/matting_pairs.py`` are compared, and
``--write`` stores MMagic's values for the tests. With two folders, files of one name are compared:
8-bit alphas. Each pair is compared over the whole photo and over the truth's unknown region. The
exit code is 1 if a value differs by more than 1e-9 for a reason other than these:

known pixels  MMagic wants the truth's levels in a prediction where the trimap is not unknown. Both
              get such predictions here.
stretching    MMagic stretches alphas to 0..1 before the gradient. Gradients are compared only where
              that changes nothing.
level 153     is 0.6 exactly. MMagic's threshold there is 0.1 added up, which is larger by 1e-16. So
              153 is replaced by 154 here; what it changes is printed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from datasets.arrays import Alpha, Mask
from datasets.pictures import read_mask_png
from evaluate.metrics.paper.matting import matting_differences, unknown_region
from tests.evaluate.metrics.matting_pairs import MattingPair, matting_pairs

WORKER = Path(__file__).with_name("mmagic_worker.py")
GOLDEN = Path(__file__).parents[1] / "evaluate/metrics/paper/mmagic_1_2_0.json"
METRICS = ("sad", "mse", "gradient", "connectivity")
REGIONS = ("whole", "unknown")
AT_THRESHOLD = 153


def prepared(pair: MattingPair, region: str) -> tuple[Alpha, Alpha, Mask | None]:
    """Prediction, truth and region as both implementations can take them."""
    alpha, truth = (np.where(a == AT_THRESHOLD, np.uint8(AT_THRESHOLD + 1), a) for a in pair)
    unknown = unknown_region(truth) if region == "unknown" else None
    return alpha if unknown is None else np.where(unknown, alpha, truth), truth, unknown


def ours(alpha: Alpha, truth: Alpha, unknown: Mask | None) -> dict[str, float]:
    """This project's errors; no gradient where MMagic would stretch an alpha first."""
    found = vars(matting_differences(alpha, truth).over(unknown))
    whole = all(a.min() == a.max() or (a.min(), a.max()) == (0, 255) for a in (alpha, truth))
    return {name: found[name] for name in METRICS if whole or name != "gradient"}


def theirs(
    python: str, every: Mapping[str, tuple[Alpha, Alpha, Mask | None]]
) -> tuple[dict[str, str], dict[str, dict[str, float]]]:
    """MMagic's versions and errors; ``python`` is its environment's interpreter."""
    planes = dict[str, Any]()
    for name, (alpha, truth, unknown) in every.items():
        where = np.ones(truth.shape, np.bool_) if unknown is None else unknown
        planes[f"{name}/alpha"], planes[f"{name}/truth"] = alpha, truth
        planes[f"{name}/trimap"] = np.where(where, np.uint8(128), truth)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.npz"
        np.savez(file, **planes)
        done = subprocess.run(
            [python, str(WORKER), str(file)], stdout=subprocess.PIPE, text=True, check=True
        )
    answer = json.loads(done.stdout)
    return answer["versions"], answer["errors"]


def _folders(predictions: Path, truths: Path) -> dict[str, MattingPair]:
    found = dict[str, MattingPair]()
    for file in sorted(truths.glob("*.png")):
        if (predictions / file.name).is_file():
            alpha, truth = read_mask_png(predictions / file.name), read_mask_png(file)
            if alpha is not None and truth is not None and alpha.shape == truth.shape:
                found[file.stem] = alpha, truth
    return found


def main() -> int:
    """Compare, and print the largest difference of each metric."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args()
    pairs = _folders(*given.folders) if given.folders else matting_pairs()
    every = {f"{n}, {r}": prepared(pair, r) for n, pair in pairs.items() for r in REGIONS}
    versions, found = theirs(given.python, every)
    unchanged = theirs(given.python, {n: (*pair, None) for n, pair in pairs.items()})[1]
    print(versions)
    worst = 0.0
    for metric in METRICS:
        here = {n: ours(*one)[metric] for n, one in every.items() if metric in ours(*one)}
        apart = {n: abs(value - found[n][metric]) for n, value in here.items()}
        worst = max(worst, *apart.values())
        largest = max(here.values())
        print(
            f"{metric:13} {len(apart)} values up to {largest:.4g}: "
            f"largest difference {max(apart.values()):.3g}, of {max(apart, key=apart.__getitem__)}"
        )
    for metric in ("gradient", "connectivity"):
        apart = {
            n: abs(vars(matting_differences(*pair).over(None))[metric] - unchanged[n][metric])
            for n, pair in pairs.items()
        }
        most = max(apart, key=apart.__getitem__)
        print(
            f"{metric:13} pairs as they are, whole photo: largest difference {apart[most]:.3g} "
            f"beside {unchanged[most][metric]:.4g}, of {most}"
        )
    if given.write:
        GOLDEN.write_text(json.dumps(found, indent=1) + "\n")
    return int(worst > 1e-9)


if __name__ == "__main__":
    sys.exit(main())
