"""BiRefNet, run as its model card shows.

Recipe (card of ZhengPeng7/BiRefNet): squashed to ``size`` by torchvision's resize, ImageNet mean
and std, sigmoid of the last output, not stretched, resized back by Pillow's bicubic. In 32-bit
floats unless ``precision`` says otherwise, whatever the file has.
"""

import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image, finite
from models.runtime.huggingface import HubModel

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class BiRefNet(HubModel):
    """``size`` is the side of the network's input, or its height and width."""

    def predict(self, image: Image) -> Alpha:
        """The sigmoid of the network's last output as an Alpha (uint8 H×W)."""
        import torch
        from torchvision.transforms import functional

        photo = Pillow.fromarray(image)
        with torch.inference_mode():
            small = functional.to_tensor(functional.resize(photo, self._size))
            planes = functional.normalize(small, MEAN, STD)[None].to(self.device)
            level = self._network(planes)[-1].sigmoid().cpu()
        finite(level.numpy())
        return np.asarray(functional.to_pil_image(level[0].squeeze()).resize(photo.size))
