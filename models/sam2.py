"""SAM 2 and 2.1, Meta's Segment Anything, through ultralytics' ``SAM2Predictor``.

N. Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024. Recipe (ultralytics 8.4.190):
padded to a square of ``size``, ImageNet's mean and deviation; of the masks that it holds better
than 0.25 (with ``everything``: ultralytics' grid, 0.88 and stable), cut at 0, grown to the photo
bilinearly.

The weights are Meta's own files, whose hashes are known and whose keys are those of ultralytics'
networks. ultralytics itself hands out copies of half the size, whose hashes are not.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from datasets.arrays import Image
from models.prompting.prompts import prompted, rule_for
from models.runtime.pytorch import torch_device
from models.runtime.ultralytics import bgr, check_size, quiet, selected
from models.segmenter import Prediction, Unavailable
from models.weights.checkpoint import load_state
from models.weights.weight_file import WeightFile, fetch, home

GRID = 32  # points a side of everything, as ultralytics has it


class Sam2:
    """``variant`` is ultralytics' name of the network, ``weights`` describes its file.

    ``prompt`` is one of ``models.prompting.prompts``, ``select`` a rule of
    ``models.prompting.selection``, None for the one that suits the prompt. With ``multimask`` a
    prompt gives three masks to select from, else one. ``size`` is the side of the network's input.
    ``grid`` is for everything alone: the points a side that it asks about, None for ``GRID``.
    """

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
            raise Unavailable("model.multimask is for prompts; prompt=everything has none")
        if grid is not None and not everything:
            raise Unavailable(f"model.grid is for prompt=everything; prompt={prompt} has none")
        asking = {"points_stride": GRID if grid is None else grid}
        check_size(size)
        self._how = asking if everything else {"multimask_output": multimask}
        self.device = torch_device(device)
        with quiet():
            from ultralytics.models.sam import SAM2Predictor

            (file,) = self.weights_of({"weights": weights})
            path = fetch(file)
            self.weights = {file.name: file.known_hash}
            load_state(path)  # ultralytics would run whatever code is in it
            options = {"imgsz": size, "device": self.device, "conf": 0.25}
            self._predictor = SAM2Predictor(overrides={**options, "save": False, "verbose": False})
            self._predictor.setup_model(model=_network(path, variant), verbose=False)

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The checkpoint, by Meta's name."""
        weights = options["weights"]
        return [WeightFile(f"sam2/{PurePosixPath(weights['url']).name}", **weights)]

    def predict(self, image: Image) -> Prediction:
        """The selected mask, with the others."""
        asked = prompted(self._prompt, image)
        (result,) = self._predictor(source=bgr(image), **asked, **self._how)
        return selected(result, self._rule)


def _network(path: Path, variant: str) -> Any:
    """The network with the file's weights, all of them; ultralytics goes by the file's name."""
    from ultralytics.models.sam.build import build_sam

    with TemporaryDirectory(dir=home()) as folder:
        named = Path(folder) / f"{variant}.pt"
        named.symlink_to(path.resolve())
        try:
            return build_sam(named)
        except (RuntimeError, FileNotFoundError) as error:
            reason = " ".join(str(error).split())[:200]
            raise Unavailable(f"{path}: not the checkpoint of {variant} ({reason})") from error
