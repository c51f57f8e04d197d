"""Meta's Segment Anything networks through ultralytics' predictors; each wrapper names its own.

The weights are the authors' own files: their hashes are known, and their keys match ultralytics'
networks.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from datasets.arrays import Image
from models.prompting.prompts import prompt_arguments, rule_for
from models.runtime.pytorch import torch_device
from models.runtime.ultralytics import check_input_size, quiet_ultralytics, select_mask, to_bgr
from models.segmenter import Prediction, Unavailable, one_line
from models.weights.checkpoint import load_state
from models.weights.weight_file import WeightFile, fetch_single, home

GRID = 32  # points per side with prompt=everything, ultralytics' default


class SegmentAnything:
    """``variant`` is ultralytics' name of the network, ``weights`` describes its file.

    ``prompt`` is one of ``models.prompting.prompts``, ``select`` a rule of
    ``models.prompting.selection``; None means the prompt's default rule. With ``multimask`` a
    prompt gives three masks to select from, else one. ``size`` is the side of the network's input.
    ``grid`` is for ``everything`` only: the number of points per side; None means ``GRID``.
    """

    predictor: ClassVar[str]  # a class in ultralytics.models.sam.predict
    variants: ClassVar[tuple[str, ...]]  # ultralytics' names of the networks that it runs
    folder: ClassVar[str]  # of the weights, below ``home()``

    def __init__(
        self,
        *,
        device: str,
        variant: str,
        weights: Mapping[str, Any],
        prompt: str,
        select: str | None,
        multimask: bool,
        size: int,
        grid: int | None,
    ) -> None:
        self._prompt, self._rule = prompt, rule_for(prompt, select)
        everything = prompt == "everything"
        if everything and multimask:
            raise Unavailable("model.multimask needs another prompt than everything")
        if grid is not None and not everything:
            raise Unavailable(f"model.grid is for prompt=everything only, not prompt={prompt}")
        check_input_size(size)
        if variant not in self.variants:
            raise Unavailable(f"model.variant={variant}: use {', '.join(self.variants)}")
        by_grid = {"points_stride": GRID if grid is None else grid}
        self._call_options = by_grid if everything else {"multimask_output": multimask}
        self.device = torch_device(device)
        with quiet_ultralytics():
            from ultralytics.models.sam import predict

            path, self.weights = fetch_single(self.weights_of({"weights": weights}))
            load_state(path)  # refuses code, which ultralytics would run
            options = {"imgsz": size, "device": self.device, "conf": 0.25}
            build = getattr(predict, self.predictor)
            self._predictor = build(overrides={**options, "save": False, "verbose": False})
            self._predictor.setup_model(model=_network(path, variant), verbose=False)

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The checkpoint, under its authors' name."""
        return [WeightFile.from_settings(cls.folder, options["weights"])]

    def predict(self, image: Image) -> Prediction:
        """The selected mask (uint8 H×W, 0 or 255), with all candidates.

        Raises:
            NoMask: nothing was found, or the rule rejects all masks.
        """
        arguments = prompt_arguments(self._prompt, image)
        (result,) = self._predictor(source=to_bgr(image), **arguments, **self._call_options)
        return select_mask(result, self._rule)


def _network(path: Path, variant: str) -> Any:
    """The network with all of the file's weights.

    ultralytics chooses the network by the file's name, hence the symbolic link.

    Raises:
        Unavailable: the file is the checkpoint of another network.
    """
    from ultralytics.models.sam.build import build_sam

    with TemporaryDirectory(dir=home()) as folder:
        link = Path(folder) / f"{variant}.pt"
        link.symlink_to(path.resolve())
        try:
            return build_sam(link)
        except (RuntimeError, FileNotFoundError) as error:
            raise Unavailable(
                f"{path}: not the checkpoint of {variant} ({one_line(error)})"
            ) from error
