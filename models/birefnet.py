"""BiRefNet, run as its model card shows.

Recipe (card of ZhengPeng7/BiRefNet): squashed to ``size`` by torchvision's resize, ImageNet mean
and std, sigmoid of the last output, not stretched, resized back by Pillow's bicubic. In 32-bit
floats unless ``precision`` says otherwise, whatever the file has.

BiRefNet_dynamic was trained on inputs of any shape. At a photo's own one (``dataset.py`` of
github.com/ZhengPeng7/BiRefNet) both sides are cut down to multiples of 32, by Pillow's bicubic.
"""

import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image, finite
from models.runtime.huggingface import HubModel

STRIDE = 32  # px; sides of the network's input are multiples of it
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class BiRefNet(HubModel):
    """``size`` is the side of the network's input, or its height and width."""

    def predict(self, image: Image) -> Alpha:
        """The sigmoid of the network's last output as an Alpha (uint8 H×W)."""
        import torch
        from torchvision.transforms import functional

        photo = Pillow.fromarray(image)
        with torch.inference_mode():
            small = functional.to_tensor(self._shrunk(photo))
            planes = functional.normalize(small, MEAN, STD)[None].to(self.device)
            level = self._network(planes)[-1].sigmoid().cpu()
        finite(level.numpy())
        return np.asarray(functional.to_pil_image(level[0].squeeze()).resize(photo.size))

    def _shrunk(self, photo: Pillow.Image) -> Pillow.Image:
        from torchvision.transforms import functional

        small: Pillow.Image = functional.resize(photo, self._size)
        return small


class BiRefNetDynamic(BiRefNet):
    """``size`` is the longest side of the network's input, or its largest height and width.

    Photos that fit keep their size; larger ones are shrunk in proportion.
    """

    def _shrunk(self, photo: Pillow.Image) -> Pillow.Image:
        height, width = self._size
        scale = min(width / photo.width, height / photo.height, 1)
        columns, rows = (max(int(side * scale + 1e-6) // STRIDE, 1) * STRIDE for side in photo.size)
        return photo.resize((columns, rows), Pillow.Resampling.BICUBIC)
