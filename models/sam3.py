"""SAM 3, Meta's Segment Anything with a text as prompt, through transformers' ``Sam3Model``.

N. Carion et al., "SAM 3: Segment Anything with Concepts", 2025. Recipe (transformers 5.23.0):
``Sam3Processor`` squashes the photo to the network's size; masks of all instances of the text whose
score (times that of the text being present at all) is above ``conf``, resized bilinearly to the
photo as probabilities, thresholded at 0.5.

The weights are gated: their licence must be accepted by a person, so nothing is downloaded.
ultralytics' ``SAM3SemanticPredictor`` runs the same network, but needs the package clip, which is
in no registry, and loads a checkpoint even if keys are missing.
"""

import hashlib
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from datasets.arrays import Image, finite
from datasets.listing.typed_path import expanded
from models.prompting.selection import checked_rule, select
from models.runtime.huggingface import load_whole, offline_transformers
from models.runtime.pytorch import torch_device
from models.segmenter import Candidate, NoMask, Prediction, Unavailable, one_line

FILES = ("*.json", "*.txt", "*.safetensors")  # of facebook/sam3; sam3.pt has the weights once more


class Sam3:
    """``weights["folder"]`` has the files of huggingface.co/facebook/sam3.

    ``text`` names what to segment; only instances with a score above ``conf`` count. The mask is
    the union of all instances; with ``select``, a rule of ``models.prompting.selection``, it is one
    of them.
    """

    def __init__(
        self,
        *,
        device: str,
        weights: Mapping[str, Any],
        prompt: str,
        text: str,
        select: str | None,
        conf: float,
    ) -> None:
        if prompt != "text":
            raise Unavailable(f"prompt={prompt}: SAM 3 runs with prompt=text only")
        if not text.strip():
            raise Unavailable("model.text is empty; name what to segment, as in prompt.text=tool")
        folder = weights["folder"]
        if not folder:
            raise Unavailable(
                "the weights of SAM 3 are gated: accept their licence at "
                "huggingface.co/facebook/sam3, then run: hf download facebook/sam3 "
                "--local-dir DIR, and add model.weights.folder=DIR"
            )
        self._text, self._conf = text, conf
        self._rule = checked_rule(select) if select else None
        files = self.files({"weights": weights})
        if not any(path.suffix == ".safetensors" for path in files):
            raise Unavailable(
                f"{folder}: no *.safetensors in it; run: hf download facebook/sam3 "
                f"--local-dir {folder}"
            )
        self.device = torch_device(device)
        transformers = offline_transformers()
        where = expanded(folder)
        try:
            self._processor = transformers.Sam3Processor.from_pretrained(
                where, local_files_only=True
            )
            network = load_whole(transformers.Sam3Model, where)
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(
                f"{folder}: transformers cannot load it ({one_line(error)})"
            ) from error
        self.weights = {path.name: _sha256(path) for path in files}
        self._network = network.float().to(self.device).eval()

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """The weights, the settings and the vocabulary in ``folder``."""
        weights = config["weights"]
        if not isinstance(weights, Mapping) or not weights["folder"]:
            return []
        folder = expanded(weights["folder"])
        return sorted(path for pattern in FILES for path in folder.glob(pattern))

    def predict(self, image: Image) -> Prediction:
        """The mask of all instances, or of the selected one (uint8 H×W, 0 or 255).

        The candidates are the instances and, where there are several, their union.

        Raises:
            NoMask: no instance has a score above ``conf``, or the rule rejects all.
        """
        found = self._instances(image)
        masks = found["masks"].cpu().numpy().astype(np.bool_)
        pairs = zip(masks, found["scores"].cpu().tolist(), strict=True)
        candidates = [Candidate(mask, score) for mask, score in pairs]
        if not candidates:
            raise NoMask(f"no {self._text!r} with a score above {self._conf}", candidates=[])
        if len(candidates) > 1:
            union = reduce(np.logical_or, masks)
            candidates.append(Candidate(union, min(one.score for one in candidates)))
        chosen = select(candidates, self._rule) if self._rule else candidates[-1]
        return Prediction(chosen.mask.view(np.uint8) * np.uint8(255), candidates=candidates)

    def _instances(self, image: Image) -> Mapping[str, Any]:
        """Masks and scores (torch's tensors) by the library's three calls.

        Raises:
            ValueError: the network's scores contain NaN or inf.
        """
        import torch

        given = self._processor(images=image, text=self._text, return_tensors="pt")
        with torch.inference_mode():
            answer = self._network(**given.to(self.device))
        finite(answer.pred_logits.cpu().numpy())  # NaN would be no instance
        (found,) = self._processor.post_process_instance_segmentation(
            answer, threshold=self._conf, mask_threshold=0.5, target_sizes=[image.shape[:2]]
        )
        instances: Mapping[str, Any] = found
        return instances


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
