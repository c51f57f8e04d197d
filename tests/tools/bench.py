"""What a wrapper costs around the library's call: ``make bench [model=NAME …]``.

python -m tests.tools.bench [--megapixels N] [--rounds N] [--random] [SETTING …]

The wrapper is timed as in a run, with the checks around it, on one large photo; the library's call
is timed within it. So both are of the same moment, and whatever else the machine does hits both.
The overhead is what remains, over the library's seconds: the median of the rounds, with its exact
95 % interval. Exit code: 0 it lies under ``BAR``, 1 it lies above, 2 the interval holds both, or
the model cannot run here.

Which call is the library's stands in ``tests/tools/bare/``, one module for each module of
``models/``. Without ``model=…`` every model is measured that has one and whose weights are here.
``--random`` takes the networks that the tests make instead, of random weights in the library's
format: as slow as the real ones where they are as large, which those in ONNX are not.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import hydra
import numpy as np
from omegaconf import OmegaConf
from pytest_httpserver import HTTPServer

from datasets.arrays import Image, to_mask
from datasets.pictures import read_levels, read_photo
from evaluate.compare.statistics import median_interval
from evaluate.config.model_choice import NOT_OPTIONS
from evaluate.config.overrides import quoted
from evaluate.metrics.iou import iou
from evaluate.predict.pipeline import Pipeline
from evaluate.predict.timing import timed
from evaluate.predict.worker import _write_png
from evaluate.predict.worker_process import THREAD_VARIABLES
from evaluate.store.identity import ROOT, available_cores
from models.segmenter import Unavailable, load_class

BAR = 0.02
CODES = {"under": 0, "over": 1, "about": 2}


def main(arguments: list[str]) -> int:
    """Measure what was asked for; the worst exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megapixels", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--random", action="store_true")
    given, settings = parser.parse_known_args(arguments)
    config = _config(settings)
    threads = available_cores() if config["threads"] == "auto" else int(config["threads"])
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))  # before libraries come
    cv2.setNumThreads(threads)
    weights = config["weights"]
    os.environ["CUTOUTBENCH_MIRROR"] = str(weights["mirror"] or "")
    # Who names no model has not asked for a download.
    os.environ["CUTOUTBENCH_OFFLINE"] = "1" if weights["offline"] or "model" not in config else ""
    image = large_photo(given.megapixels)
    print(f"{image.shape[1]}×{image.shape[0]}, threads: {threads}, rounds: {given.rounds}")
    chosen = [settings] if "model" in config else [[*settings, f"model={n}"] for n in paired()]
    models = [_config(one)["model"] for one in chosen]
    with ExitStack() as stack:
        if given.random:
            models = stack.enter_context(random_weights(models))
        codes = [measure(model, image, given.rounds) for model in models]
    stages(image)
    return max(codes)


def paired() -> list[str]:
    """The models whose bare call is known."""
    found = []
    for yaml in sorted((ROOT / "conf" / "model").glob("*.yaml")):
        content: Any = OmegaConf.load(yaml)
        if find_spec(_bare(content["_target_"])) and not OmegaConf.missing_keys(content):
            found.append(yaml.stem)
    return found


def _bare(target: str) -> str:
    return f"tests.tools.bare.{target.split('.')[1]}"


def _config(settings: list[str]) -> dict[str, Any]:
    with hydra.initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = hydra.compose("config", [quoted(setting) for setting in settings])
    return dict(OmegaConf.to_container(config, resolve=True))  # type: ignore[arg-type]


@contextmanager
def random_weights(models: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The same models with the networks of ``tests/prepared/``, at their own input sizes."""
    with tempfile.TemporaryDirectory() as folder, HTTPServer(host="127.0.0.1") as server:
        os.environ["CUTOUTBENCH_HOME"] = folder
        found = []
        for model in models:
            module = import_module(f"tests.models.prepared.{model['_target_'].split('.')[1]}")
            options = {name: v for name, v in model.items() if name not in NOT_OPTIONS}
            made = module.prepare(options, Path(folder), server)
            found.append({**model, **made, **({"size": model["size"]} if "size" in model else {})})
        yield found


def large_photo(megapixels: float) -> Image:
    """A photo of the built-in set grown to 3:2."""
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    photo = read_photo(ROOT / "datasets" / "sample" / "images" / "crossing-4.jpg")
    return cv2.resize(photo, (round(1.5 * height), height)).astype(np.uint8, copy=False)


def measure(model: dict[str, Any], image: Image, rounds: int) -> int:
    """Print one model's figures; the exit code."""
    options = {name: value for name, value in model.items() if name not in NOT_OPTIONS}
    try:
        segmenter = load_class(model["_target_"])(device="auto", **options)
    except (Unavailable, ModuleNotFoundError) as error:
        print(f"{model['label']}: {error}")
        return CODES["about"]
    where_it_is = import_module(_bare(model["_target_"])).library
    inside = clocked(segmenter, *where_it_is(segmenter))
    wrapped = Pipeline(segmenter, {})
    wrapped.predict(image)
    times = []
    for _ in range(rounds):
        inside.clear()
        _, whole = timed(lambda: wrapped.predict(image), segmenter.device)
        times.append((sum(inside), whole - sum(inside)))
    within_s, around_s = (statistics.median(column) for column in zip(*times, strict=True))
    where, text = verdict([around / within for within, around in times])
    print(f"{model['label']} on {segmenter.device}, around {where_it_is.__doc__}")
    print(f"  within {within_s:.3f} s, around {around_s:.3f} s, {text}", flush=True)
    return CODES[where]


class Clocked:
    """Stands before a callable and notes the seconds of each call; else it is that callable."""

    def __init__(self, call: Any, device: str) -> None:
        self.seconds: list[float] = []
        self._call, self._device = call, device

    def __call__(self, *args: object, **kwargs: object) -> object:
        answer, seconds = timed(lambda: self._call(*args, **kwargs), self._device)
        self.seconds.append(seconds)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


def clocked(segmenter: Any, owner: object, name: str) -> list[float]:
    """Have each call of ``owner.name`` add its seconds to the list that is returned."""
    clock = Clocked(getattr(owner, name), segmenter.device)
    setattr(owner, name, clock)
    return clock.seconds


def verdict(overheads: Sequence[float]) -> tuple[str, str]:
    """Whether overheads lie under, over or about the bar, and a line that says so."""
    middle, spread = statistics.median(overheads), median_interval(overheads)
    low, high = (spread.low, spread.high) if spread else (min(overheads), max(overheads))
    where = "under" if high < BAR else "over" if low > BAR else "about"
    hint = "; use a quiet machine or more --rounds" if where == "about" else ""
    return where, f"overhead {middle:+.1%} ({low:+.1%} to {high:+.1%}): {where} {BAR:.0%}{hint}"


def stages(image: Image) -> None:
    """Print what else a photo of this size costs, outside a model's seconds."""
    alpha = np.ascontiguousarray(image[:, :, 0])
    with tempfile.TemporaryDirectory() as folder:
        photo, mask = Path(folder) / "photo.jpg", Path(folder) / "mask.png"
        cv2.imwrite(str(photo), image, [cv2.IMWRITE_JPEG_QUALITY, 95])
        _write_png(mask, alpha)
        work: dict[str, Callable[[], object]] = {
            "reading the photo": lambda: read_photo(photo),
            "writing the mask": lambda: _write_png(mask, alpha),
            "reading mask and truth, IoU": lambda: iou(
                to_mask(read_levels(mask)[0]), to_mask(read_levels(mask)[0])
            ),
        }
        medians = {
            name: statistics.median(timed(call, "cpu")[1] for _ in range(5))
            for name, call in work.items()
        }
    shown = (f"{name} {seconds:.3f} s" for name, seconds in medians.items())
    print(f"Not in a model's seconds: {', '.join(shown)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
