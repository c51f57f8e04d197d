"""Measure a wrapper's overhead over the library's own call: ``make bench [model=NAME …]``.

python -m tests.tools.bench [--megapixels N] [--rounds N] [--random] [SETTING …]

The wrapper is timed as in a run, with its checks, on one large photo; the library's call is timed
inside the wrapper's. So both are measured at the same moment, and other load affects both. The
overhead is the remaining time divided by the library's: the median of the rounds, with its exact
95 % interval. Exit code: 0 if the interval is below ``BAR``, 1 if it is above, 2 if it contains
``BAR`` or the model cannot run here.

``tests/tools/bare/`` names the library's call, in one module for each module of ``models/``.
Without ``model=…`` every model is measured that has such a module and whose weights are stored.
``--random`` uses the tests' networks instead, with random weights in the library's format. They are
as slow as the real ones if they are as large; the ONNX ones are not.
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
from datasets.decoding.mask_png import encode_mask
from datasets.parallel import available_cores
from datasets.pictures import read_levels, read_photo
from evaluate.compare.statistics import median_interval
from evaluate.config.model_choice import NOT_OPTIONS
from evaluate.config.overrides import quoted
from evaluate.metrics.iou import iou
from evaluate.predict.pipeline import Pipeline
from evaluate.predict.timing import timed
from evaluate.predict.worker_process import THREAD_VARIABLES
from evaluate.store.identity import ROOT
from models.segmenter import Unavailable, load_class

BAR = 0.02
EXIT_CODES = {"under": 0, "over": 1, "about": 2}


def main(arguments: list[str]) -> int:
    """Measure the chosen models; return the worst exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megapixels", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--random", action="store_true")
    given, settings = parser.parse_known_args(arguments)
    config = _config(settings)
    threads = available_cores() if config["threads"] == "auto" else int(config["threads"])
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))  # before libraries load
    cv2.setNumThreads(threads)
    weights = config["weights"]
    os.environ["CUTOUTBENCH_MIRROR"] = str(weights["mirror"] or "")
    # Without a model no download was requested.
    os.environ["CUTOUTBENCH_OFFLINE"] = "1" if weights["offline"] or "model" not in config else ""
    image = large_photo(given.megapixels)
    print(f"{image.shape[1]}×{image.shape[0]}, threads: {threads}, rounds: {given.rounds}")
    chosen = [settings] if "model" in config else [[*settings, f"model={n}"] for n in paired()]
    models = [_config(overrides)["model"] for overrides in chosen]
    with ExitStack() as stack:
        if given.random:
            models = stack.enter_context(random_weights(models))
        chosen_one = "model" in config
        codes = [measure(model, image, given.rounds, chosen_one) for model in models]
    stages(image)
    return max(codes)


def paired() -> list[str]:
    """The models whose library call is known."""
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
    """The same models with the networks of ``tests/models/prepared``, at their own input sizes."""
    with tempfile.TemporaryDirectory() as folder, HTTPServer(host="127.0.0.1") as server:
        os.environ["CUTOUTBENCH_HOME"] = folder
        found = []
        for model in models:
            module = import_module(f"tests.models.prepared.{model['_target_'].split('.')[1]}")
            options = {name: v for name, v in model.items() if name not in NOT_OPTIONS}
            prepared = module.prepare(options, Path(folder), server)
            size = {"size": model["size"]} if "size" in model else {}
            found.append({**model, **prepared, **size})
        yield found


def large_photo(megapixels: float) -> Image:
    """A built-in photo enlarged to that size, at 3:2."""
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    photo = read_photo(ROOT / "datasets" / "sample" / "images" / "crossing-4.jpg")
    return cv2.resize(photo, (round(1.5 * height), height)).astype(np.uint8, copy=False)


def measure(model: dict[str, Any], image: Image, rounds: int, named: bool) -> int:
    """Print one model's times and overhead, or if it was ``named`` why it cannot run here.

    Returns the exit code.
    """
    options = {name: value for name, value in model.items() if name not in NOT_OPTIONS}
    try:
        segmenter = load_class(model["_target_"])(device="auto", **options)
    except (Unavailable, ModuleNotFoundError) as error:
        if named:
            print(f"{model['label']}: {error}")
        return EXIT_CODES["about"]
    library = import_module(_bare(model["_target_"])).library
    library_seconds = clocked(segmenter, *library(segmenter))
    wrapped = Pipeline(segmenter, {})
    wrapped.predict(image)
    times = []
    for _ in range(rounds):
        library_seconds.clear()
        _, whole = timed(lambda: wrapped.predict(image), segmenter.device)
        times.append((sum(library_seconds), whole - sum(library_seconds)))
    within_s, around_s = (statistics.median(column) for column in zip(*times, strict=True))
    position, text = verdict([around / within for within, around in times])
    print(f"{model['label']} on {segmenter.device}, around {library.__doc__}")
    print(f"  within {within_s:.3f} s, around {around_s:.3f} s, {text}", flush=True)
    return EXIT_CODES[position]


class Clocked:
    """A proxy of a callable that records the seconds of each call."""

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
    """Record the seconds of each call of ``owner.name`` in the list that is returned."""
    clock = Clocked(getattr(owner, name), segmenter.device)
    setattr(owner, name, clock)
    return clock.seconds


def verdict(overheads: Sequence[float]) -> tuple[str, str]:
    """Whether the overhead is under, over or about the bar, and a line for the report."""
    middle, spread = statistics.median(overheads), median_interval(overheads)
    low, high = (spread.low, spread.high) if spread else (min(overheads), max(overheads))
    position = "under" if high < BAR else "over" if low > BAR else "about"
    hint = "; use a quiet machine or more --rounds" if position == "about" else ""
    return (
        position,
        f"overhead {middle:+.1%} ({low:+.1%} to {high:+.1%}): {position} {BAR:.0%}{hint}",
    )


def stages(image: Image) -> None:
    """Print what else a photo of this size takes, outside a model's seconds."""
    alpha = np.ascontiguousarray(image[:, :, 0])
    with tempfile.TemporaryDirectory() as folder:
        photo, mask = Path(folder) / "photo.jpg", Path(folder) / "mask.png"
        cv2.imwrite(str(photo), image, [cv2.IMWRITE_JPEG_QUALITY, 95])
        mask.write_bytes(encode_mask(alpha))
        work: dict[str, Callable[[], object]] = {
            "reading the photo": lambda: read_photo(photo),
            "writing the mask": lambda: mask.write_bytes(encode_mask(alpha)),
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
