"""RMBG-1.4, run as its model card shows.

Recipe (card of briaai/RMBG-1.4, ``example_inference.py``): squashed to a square bilinearly, without
antialiasing, in floats; minus 0.5; the first of its six maps resized bilinearly to the photo,
stretched to 0..1 and truncated to whole levels.
"""

import numpy as np

from datasets.arrays import Alpha, Image, finite
from models.runtime.huggingface import HubModel


class Rmbg(HubModel):
    """``size`` is the side of the network's input, or its height and width."""

    def predict(self, image: Image) -> Alpha:
        """The network's finest map as an Alpha (uint8 H×W); a constant map gives an empty mask."""
        import torch
        from torch.nn.functional import interpolate

        with torch.inference_mode():
            planes = torch.tensor(image, dtype=torch.float32).permute(2, 0, 1)[None]
            small = interpolate(planes, size=self._size, mode="bilinear")
            maps, *_ = self._network((small / 255 - 0.5).to(self.device))
            level = maps[0].cpu()
            finite(level.numpy())
            whole = interpolate(level, size=image.shape[:2], mode="bilinear")[0, 0]
            lowest, highest = whole.aminmax()
            whole -= lowest
            if highest > lowest:
                whole /= highest - lowest
            return np.asarray((whole * 255).numpy().astype(np.uint8))
