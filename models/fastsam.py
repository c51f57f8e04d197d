"""FastSAM through ultralytics' ``FastSAMPredictor``: a YOLOv8 that segments everything at once.

X. Zhao et al., "Fast Segment Anything", 2023. Recipe (ultralytics 8.4.190): long side resized to
``size`` and padded, divided by 255; masks with a confidence above ``conf`` after non-maximum
suppression at ``iou``, at the photo's own size (``retina_masks``; otherwise they are padded). These
are the authors' values, not ultralytics' defaults. With any prompt everything is segmented; the
prompt then selects: a point all masks that contain it, a box the one that fits best.

The file is a pickled network, which is code. It is loaded only if its hash is known, or trusted.
"""

from collections.abc import Mapping
from typing import Any

from datasets.arrays import Image
from models.prompting.prompts import prompt_arguments, rule_for
from models.runtime.pytorch import torch_device
from models.runtime.ultralytics import check_input_size, quiet_ultralytics, select_mask, to_bgr
from models.segmenter import Prediction, Unavailable, one_line
from models.weights.weight_file import WeightFile, fetch_single


class FastSam:
    """``weights`` describes the file. ``prompt`` is one of ``models.prompting.prompts``, ``select``
    a rule of ``models.prompting.selection``; None means the prompt's default rule.
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
        check_input_size(size)
        self.device = torch_device(device)
        with quiet_ultralytics():
            from ultralytics.models.fastsam import FastSAMPredictor

            path, self.weights = fetch_single(self.weights_of({"weights": weights}))
            options = {"model": str(path), "imgsz": size, "conf": conf, "iou": iou}
            self._predictor = FastSAMPredictor(
                overrides={
                    **options,
                    "retina_masks": True,
                    "rect": True,  # minimal padding, as in ultralytics' FastSAM class
                    "device": self.device,
                    "save": False,
                    "verbose": False,
                }
            )
            try:
                self._predictor.setup_model(model=None, verbose=False)
            except TypeError as error:
                raise Unavailable(f"{path}: not a FastSAM network ({one_line(error)})") from error

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The pickled network, under its upstream name."""
        return [WeightFile.from_settings("fastsam", options["weights"])]

    def predict(self, image: Image) -> Prediction:
        """The selected mask (uint8 H×W, 0 or 255), with all masks that match the prompt.

        Raises:
            NoMask: nothing was found, or the rule rejects all masks.
        """
        self._predictor.set_prompts(prompt_arguments(self._prompt, image))
        (result,) = self._predictor(source=to_bgr(image))
        return select_mask(result, self._rule)
