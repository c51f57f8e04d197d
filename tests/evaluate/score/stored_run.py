"""A run written by hand on photos of 20×10 px, for scores that are known to the pixel."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from datasets import folder
from datasets.dataset import Dataset
from evaluate.score.stage import score_run
from evaluate.store.run_folder import PredictionRecord, Run
from evaluate.store.scores import Measuring, Score
from models.prompting.candidates import write_candidates
from models.segmenter import Candidate
from tests.support.runs import stored_about

HEIGHT, WIDTH = 10, 20


def columns(first: int, last: int, level: int = 255) -> npt.NDArray[np.uint8]:
    """A picture (uint8 10×20) of this level in the columns from ``first`` up to ``last``."""
    levels = np.zeros((HEIGHT, WIDTH), np.uint8)
    levels[:, first:last] = level
    return levels


class StoredRun:
    """Photos with truths, and a run with masks and candidates."""

    def __init__(self, root: Path) -> None:
        self.root = root / "photos"
        self.run = Run(root / "runs" / "x")
        self.run.masks.mkdir(parents=True)
        (self.run.folder / "candidates").mkdir()
        self.settings: dict[str, Any] = {}

    def photo(self, id_: str, truth: npt.NDArray[np.uint8] | None) -> None:
        """A photo with its truth; None is a file that cannot be read."""
        for kind in ("images", "masks"):
            (self.root / kind).mkdir(parents=True, exist_ok=True)
        seed = int.from_bytes(id_.encode())
        image = np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
        Pillow.fromarray(image).save(self.root / "images" / f"{id_}.png")
        path = self.root / "masks" / f"{id_}.png"
        if truth is None:
            path.write_bytes(b"no picture")
        else:
            Pillow.fromarray(truth).save(path)

    def predict(self, id_: str, alpha: npt.NDArray[np.uint8] | None, **more: Any) -> None:
        """A mask, or a photo that failed."""
        if alpha is not None:
            Pillow.fromarray(alpha).save(self.run.mask(id_))
        status = "ok" if alpha is not None else "error"
        self.run.append(
            PredictionRecord(id_, **{"status": status, "size": (HEIGHT, WIDTH), **more})
        )

    def propose(self, id_: str, *masks: npt.NDArray[np.uint8]) -> None:
        candidates = [Candidate(mask > 0, 0.5) for mask in masks]
        write_candidates(self.run.candidates(id_), candidates)

    @property
    def dataset(self) -> Dataset:
        return folder.load(str(self.root), "set", **{"foreground": "white", **self.settings})

    def scores(self, threshold: int = 128) -> dict[str, Score]:
        dataset = self.dataset
        about = stored_about("x")
        about["identity"]["photos"] = dataset.photos_hash
        self.run.write_about(about)
        found = score_run(self.run, dataset, Measuring(0.5, threshold))
        return {score.id: score for score in found}
