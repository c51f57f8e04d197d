"""InSPyReNet by transparent-background: ``Remover(…).process(photo, type="map")``.

Recipe (transparent-background 1.3.4): Pillow's bilinear resize, divided by 255, ImageNet's mean and
deviation, sigmoid, stretched to 0..1 per photo, bilinear back, times 255 and cut to whole numbers.
Code and weights MIT.

Upstream's own download never runs: it does not verify what came, nor replace what is damaged.
"""

import io
import os
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image
from models.inspyrenet_size import Sizes
from models.runtime.nan_guard import guard_network
from models.runtime.out_of_memory import out_of_memory
from models.runtime.pytorch import make_room, torch_device
from models.segmenter import Prediction, Unavailable
from models.weights.checkpoint import load_state
from models.weights.weight_file import WeightFile, fetch, home


class InSPyReNet:
    """``mode`` is upstream's: base, fast or base-nightly. The sizes are in ``inspyrenet_size``.

    ``jit`` is upstream's TorchScript, traced by every load: the file that upstream keeps is named
    by the device alone, and so outlives the size and the weights it was traced with.
    """

    def __init__(
        self,
        *,
        device: str,
        mode: str,
        preset: str | None,
        resize: str | None,
        size: int | str | None,
        jit: bool,
        weights: Mapping[str, Any],
    ) -> None:
        self._sizes = Sizes.of(mode, preset, resize, size)
        px = self._sizes.px
        if jit and (self._sizes.dynamic or px is None):
            raise Unavailable("model.jit=true is for one static size; leave out what makes it vary")
        self.device = torch_device(device)
        (file,) = self.weights_of({"weights": weights})
        self._remover = _load(mode, fetch(file), self.device)
        self.weights = {file.name: file.known_hash}
        self._resizer = self._remover.transform.transforms[0]  # its target is set for each photo
        self._network = self._remover.model
        self._traced = {px: _trace(self._network, px, self.device)} if jit and px else {}
        for network in (self._network, *self._traced.values()):
            guard_network(network)

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The checkpoint, under upstream's name."""
        weights = options["weights"]
        name = weights["url"].rpartition("/")[2]
        return [WeightFile(f"transparent-background/{name}", **weights)]

    def predict(self, image: Image) -> Alpha | Prediction:
        """Upstream's map; where memory did not suffice, ``fell_back_to_px`` is what did.

        Raises:
            MemoryError: the smallest size did not fit either.
        """
        height, width = image.shape[:2]
        for axis in (0, 1):
            if image.shape[axis] == 1:  # upstream loses a side of 1 px
                image = image.repeat(2, axis)
        photo = Pillow.fromarray(image)
        reason = ""
        for px, sides in self._sizes.tries(width, height):
            try:
                alpha = self._map(photo, px, sides)[:height, :width]
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                reason = f"{type(error).__name__}: {error}"
            else:
                return Prediction(alpha, {"fell_back_to_px": px}) if reason else alpha
            make_room(self.device)  # only here, where no traceback holds the tensors any more
        raise MemoryError(reason)

    def _map(self, photo: Pillow.Image, px: int, sides: tuple[int, int]) -> Alpha:
        self._resizer.size = sides
        self._remover.model = self._traced.get(px, self._network)
        return np.asarray(self._remover.process(photo, type="map").getchannel(0))


def _load(mode: str, path: Path, device: str) -> Any:
    """Upstream's ``Remover`` with the checkpoint at ``path``; it says nothing.

    Raises:
        Unavailable: it is not this network's checkpoint.
    """
    load_state(path)  # upstream unpickles no code either, but does not say what it was given
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # else it asks the internet for its version
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # for pymatting, as in models.rembg
    with (
        tempfile.TemporaryDirectory(dir=home()) as notes,
        redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # that it cannot open windows, that PyTorch will change
        os.environ["TRANSPARENT_BACKGROUND_FILE_PATH"] = notes  # it leaves a config.yaml there
        from transparent_background import Remover

        try:
            return Remover(mode=mode, device=device, ckpt=str(path))
        except RuntimeError as error:
            if "state_dict" not in str(error):
                raise
            reason = " ".join(str(error).split())[:200]
            raise Unavailable(f"{path}: not this network's checkpoint ({reason})") from error


def _trace(network: Any, px: int, device: str) -> Any:
    """``network`` as TorchScript for squares of ``px``."""
    import torch

    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # that this hangs on the size, that TorchScript will end
        example = torch.rand(1, 3, px, px, device=device)
        return torch.jit.trace(network, example, check_trace=False)  # type: ignore[no-untyped-call]
