"""Measure whole commands against a bare loop of the library: ``python -m tests.tools.bench_whole``.

python -m tests.tools.bench_whole [--photos N] [--megapixels N] [--rounds N] [--model NAME]

The bare loop opens each photo, calls ``rembg.remove`` and saves the mask. The commands are started
as a user starts them, on the same photos, in turns with it, so that other load affects all alike.
Wall and processor seconds are medians of the rounds; ratios are of one round each, their median.
The last column compares the model's own clock: the seconds of each photo with those of the bare
call for it, from an array in memory to one, in a process of its own; the median over the photos.
Exit code 2 if the model's weights are not stored here.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from datasets.folder import load
from datasets.parallel import available_cores
from evaluate.display.text import align_table
from evaluate.store.identity import ROOT
from evaluate.store.run_folder import Run
from models.weights.weight_file import home
from tests.tools.machine import about_machine

BARE = """
import sys
from pathlib import Path
from PIL import Image
from rembg import new_session, remove
session = new_session(sys.argv[1])
for path in sorted(Path(sys.argv[2]).glob("images/*")):
    mask = remove(Image.open(path), session=session, only_mask=True)
    mask.save(Path(sys.argv[3]) / f"{path.stem}.png")
"""
BARE_CALLS = """
import json, sys, time
from pathlib import Path
import numpy as np
from PIL import Image
from rembg import new_session, remove
session, seconds = new_session(sys.argv[1]), {}
for path in sorted(Path(sys.argv[2]).glob("images/*")):
    photo = np.array(Image.open(path).convert("RGB"))
    start = time.perf_counter()
    np.asarray(remove(Image.fromarray(photo), session=session, only_mask=True))
    seconds[path.stem] = time.perf_counter() - start
(Path(sys.argv[3]) / "seconds.json").write_text(json.dumps(seconds))
"""
HEADER = ("command", "wall s", "processor s", "peak MiB", "wall, of the bare loop", "a call")
# Commands that call the model, and the ends of their reports' names.
CALLING = {"run": "", "eval": "-eval", "eval timing=throughput": "-throughput"}


@dataclass(frozen=True)
class Cost:
    """Of one process and its children: seconds, and the peak memory of the largest, in bytes.

    ``calls`` are the model's seconds by photo, where the command called it.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int
    calls: dict[str, float] = field(default_factory=dict)


def main(arguments: list[str]) -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--megapixels", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="u2net")
    given = parser.parse_args(arguments)
    weights = home() / "rembg" / "models" / given.model / f"{given.model}.onnx"
    if not weights.is_file():
        print(f"{weights} is not stored; run: make weights model={given.model}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        photos = place / "photos"
        large_set(photos, given.photos, given.megapixels)
        print(f"{given.photos} photos of {given.megapixels:g} megapixels, {given.model}")
        print(about_machine("rembg", "onnxruntime"))
        show(measured(place, photos, given.model, weights, given.rounds))
    return 0


def large_set(folder: Path, photos: int, megapixels: float) -> None:
    """Enlarge the sample photos, with noise as a camera has, and their masks."""
    samples = load(str(ROOT / "datasets" / "sample"), "sample", "auto")
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(photos):
        sample = samples.samples[number % len(samples.samples)]
        image, truth = samples.photo_and_truth(sample)
        scale = (megapixels * 1e6 / truth.size) ** 0.5
        size = round(truth.shape[1] * scale), round(truth.shape[0] * scale)
        large = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC).astype(np.int16)
        large += np.random.default_rng(number).integers(-6, 7, large.shape, np.int16)
        bgr = cv2.cvtColor(large.clip(0, 255).astype(np.uint8), cv2.COLOR_RGB2BGR)
        mask = cv2.resize(truth.astype(np.uint8) * 255, size, interpolation=cv2.INTER_NEAREST)
        cv2.imwrite(str(folder / "images" / f"p{number:03d}.jpg"), bgr)
        cv2.imwrite(str(folder / "masks" / f"p{number:03d}.png"), mask)


def measured(
    place: Path, photos: Path, model: str, weights: Path, rounds: int
) -> dict[str, list[Cost]]:
    """The costs of every command, one of each a round."""
    (place / "u2net").mkdir()
    (place / "u2net" / weights.name).symlink_to(weights)
    threads = str(available_cores())
    bare = {"U2NET_HOME": str(place / "u2net"), "NUMBA_DISABLE_JIT": "1"}
    costs: dict[str, list[Cost]] = {}
    for number in range(rounds):
        masks = place / f"bare-{number}"
        masks.mkdir()
        loop = [sys.executable, "-c", BARE, model, str(photos), str(masks)]
        cost = costs_of(loop, bare | {"OMP_NUM_THREADS": threads})
        costs_of([*loop[:1], "-c", BARE_CALLS, *loop[3:]], bare | {"OMP_NUM_THREADS": threads})
        calls = json.loads((masks / "seconds.json").read_text())
        costs.setdefault("bare loop of rembg.remove", []).append(replace(cost, calls=calls))
        reports = place / f"reports-{number}"
        for name, command in commands(reports, photos, model).items():
            cost = costs_of(command, {})
            if name in CALLING:
                cost = replace(cost, calls=seconds_in(Path(f"{reports}{CALLING[name]}"), model))
            costs.setdefault(name, []).append(cost)
        shutil.rmtree(masks)
    return costs


def seconds_in(reports: Path, model: str) -> dict[str, float]:
    """The seconds of every photo in the only dataset's reports."""
    (folder,) = reports.glob(f"*/runs/{model}")
    return {id_: one.seconds or 0.0 for id_, one in Run(folder).predictions().items()}


def commands(reports: Path, photos: Path, model: str) -> dict[str, list[str]]:
    """Command lines by what they are, in the order in which they need each other's results."""
    start = [sys.executable, "-m", "evaluate"]
    own = ["dataset=folder", f"dataset.root={photos}", f"reports={reports}"]
    other = [*own[:2], f"reports={reports}{CALLING['eval timing=throughput']}"]
    chosen = f"model={model}"
    return {
        "run": [*start, "run", chosen, *own],
        "score, the first time": [*start, "score", chosen, *own],
        "compare, with page": [*start, "compare", *own],
        "eval with nothing to do": [*start, "eval", chosen, *own],
        "eval": [*start, "eval", chosen, *own[:2], f"reports={reports}{CALLING['eval']}"],
        "eval timing=throughput": [*start, "eval", chosen, "timing=throughput", *other],
    }


def costs_of(command: Sequence[str], environment: dict[str, str]) -> Cost:
    """Run a command, which must succeed, and measure it."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=-3, stderr=-3
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * scale)


def show(costs: dict[str, list[Cost]]) -> None:
    """Print the medians and the ratios to the bare loop of the same round."""
    bare = next(iter(costs.values()))
    table: list[tuple[str, ...]] = [HEADER]
    for name, found in costs.items():
        ratios = [one.wall_s / other.wall_s for one, other in zip(found, bare, strict=True)]
        calls = [
            statistics.median(one.calls[id_] / other.calls[id_] for id_ in one.calls)
            for one, other in zip(found, bare, strict=True)
            if one.calls
        ]
        table.append(
            (
                name,
                f"{statistics.median(one.wall_s for one in found):.2f}",
                f"{statistics.median(one.cpu_s for one in found):.2f}",
                f"{max(one.peak_bytes for one in found) / 2**20:.0f}",
                f"{statistics.median(ratios):.2f}",
                f"{statistics.median(calls):.3f}" if calls else "",
            )
        )
    print(align_table(table, str.rjust))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
