"""FastSAM through ultralytics' ``FastSAMPredictor``: a YOLOv8 that segments everything at once.

X. Zhao et al., "Fast Segment Anything", 2023. Recipe (ultralytics 8.4.190): padded to ``size``
along the long side, divided by 255; masks of a confidence above ``conf`` that overlap no better one
by more than ``iou``, at the photo's own size (``retina_masks``; without it they come padded). These
are the authors' values; ultralytics' class sets none of them. Whatever the prompt, all is
segmented, and the prompt picks: a point all masks that hold it, a box the one that fits it best.

Its file is a pickled network, which is code: it is loaded for its hash's sake, or where trusted.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from datasets.arrays import Image
from models.prompting.prompts import prompted, rule_for
from models.runtime.pytorch import torch_device
from models.runtime.ultralytics import bgr, check_size, quiet, selected
from models.segmenter import Prediction, Unavailable
from models.weights.weight_file import WeightFile, fetch


class FastSam:
    """``weights`` describes the file. ``prompt`` is one of ``models.prompting.prompts``, ``select``
    a rule of ``models.prompting.selection``, None for the one that suits the prompt.
    """

    def __init__(
        self,
        *,
        device: str,
        weights: Mapping[str, Any],
        prompt: str,
        select: str | None,
        size: int,
        conf: float,
        iou: float,
    ) -> None:
        self._prompt, self._rule = prompt, rule_for(prompt, select)
        check_size(size)
        self.device = torch_device(device)
        with quiet():
            from ultralytics.models.fastsam import FastSAMPredictor

            (file,) = self.weights_of({"weights": weights})
            path = fetch(file)
            self.weights = {file.name: file.known_hash}
            options = {"model": str(path), "imgsz": size, "conf": conf, "iou": iou}
            self._predictor = FastSAMPredictor(
                overrides={
                    **options,
                    "retina_masks": True,
                    "rect": True,  # as ultralytics' FastSAM has it: padded no more than it must
                    "device": self.device,
                    "save": False,
                    "verbose": False,
                }
            )
            try:
                self._predictor.setup_model(model=None, verbose=False)
            except TypeError as error:
                reason = " ".join(str(error).split())[:200]
                raise Unavailable(f"{path}: no FastSAM network ({reason})") from error

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The pickled network, by its name upstream."""
        weights = options["weights"]
        return [WeightFile(f"fastsam/{PurePosixPath(weights['url']).name}", **weights)]

    def predict(self, image: Image) -> Prediction:
        """The selected mask, with the others that the prompt left."""
        self._predictor.set_prompts(prompted(self._prompt, image))
        (result,) = self._predictor(source=bgr(image))
        return selected(result, self._rule)
