"""RMBG-1.4 as its model card says.

Recipe (card of briaai/RMBG-1.4, ``example_inference.py``): squashed to a square bilinearly, without
antialiasing, in floats; minus a half; the first of its six maps grown bilinearly, stretched to 0..1
and cut to whole levels.
"""

import numpy as np

from datasets.arrays import Alpha, Image, finite
from models.runtime.huggingface import Hub


class Rmbg(Hub):
    """``size`` is the side of the square it sees."""

    def predict(self, image: Image) -> Alpha:
        """The network's finest map as an Alpha (uint8 H×W); one that is flat has no foreground."""
        import torch
        from torch.nn.functional import interpolate

        with torch.inference_mode():
            planes = torch.tensor(image, dtype=torch.float32).permute(2, 0, 1)[None]
            small = interpolate(planes, size=[self._side, self._side], mode="bilinear")
            maps, *_ = self._network((small / 255 - 0.5).to(self.device))
            level = maps[0].cpu()
            finite(level.numpy())
            whole = interpolate(level, size=image.shape[:2], mode="bilinear")[0, 0]
            least, most = whole.aminmax()
            whole -= least
            if most > least:
                whole /= most - least
            return np.asarray((whole * 255).numpy().astype(np.uint8))
