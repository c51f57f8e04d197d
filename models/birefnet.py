"""BiRefNet as its model card says.

Recipe (card of ZhengPeng7/BiRefNet): squashed to a square by torchvision's resize, ImageNet,
sigmoid of the last output, not stretched, Pillow's bicubic back; here always in 32-bit floats.
"""

import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image, finite
from models.runtime.huggingface import Hub

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class BiRefNet(Hub):
    """``size`` is the side of the square it sees."""

    def predict(self, image: Image) -> Alpha:
        """The sigmoid of the network's last output as an Alpha (uint8 H×W)."""
        import torch
        from torchvision.transforms import functional

        photo = Pillow.fromarray(image)
        with torch.inference_mode():
            small = functional.to_tensor(functional.resize(photo, [self._side, self._side]))
            planes = functional.normalize(small, MEAN, STD)[None].to(self.device)
            level = self._network(planes)[-1].sigmoid().cpu()
        finite(level.numpy())
        return np.asarray(functional.to_pil_image(level[0].squeeze()).resize(photo.size))
