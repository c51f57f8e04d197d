"""DeepLabV3 with a ResNet-101, as torchvision has it: what is not background is foreground.

Recipe: torchvision's own transforms for these weights (shorter side to ``size``, ImageNet), the
softmax over the 21 classes of Pascal VOC, bilinear to the photo's size. The Alpha is
1 − P(background), for that is what the probability of any foreground is. At 128 it takes a little
more than the usual argmax, which leaves a pixel to the background while no one class beats it.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image, finite
from models.runtime.pytorch import torch_device
from models.segmenter import Unavailable
from models.weights.checkpoint import fill, load_state
from models.weights.weight_file import WeightFile, fetch

LONGEST = 4  # times the shorter side: a strip of 1×300 would be seen as 520×156000


class DeepLab:
    """``size`` is what the shorter side is brought to."""

    def __init__(self, *, device: str, size: int, weights: Mapping[str, Any]) -> None:
        self.device = torch_device(device)
        from torchvision.models.segmentation import DeepLabV3_ResNet101_Weights as Known
        from torchvision.models.segmentation import deeplabv3_resnet101

        if size < 1:
            raise Unavailable(f"model.size={size}: give pixels from 1")
        (file,) = self.weights_of({"weights": weights})
        path = fetch(file)
        self.weights = {file.name: file.known_hash}
        classes = len(Known.DEFAULT.meta["categories"])  # the first is the background
        network = deeplabv3_resnet101(
            weights=None, weights_backbone=None, num_classes=classes, aux_loss=True
        )
        fill(network, load_state(path), path)
        self._network = network.to(self.device).eval()
        self._transforms, self._size = Known.DEFAULT.transforms, size

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The one checkpoint."""
        url = options["weights"]["url"]
        return [WeightFile(f"torchvision/{url.rpartition('/')[2]}", **options["weights"])]

    def predict(self, image: Image) -> Alpha:
        """How likely each pixel is anything but background, as an Alpha (uint8 H×W)."""
        import torch

        with torch.inference_mode():
            foreground = 1 - self._classes(image).softmax(dim=1)[:, :1]
            finite(foreground.cpu().numpy())
            whole = torch.nn.functional.interpolate(
                foreground, size=image.shape[:2], mode="bilinear", align_corners=False
            )
        alpha = cv2.convertScaleAbs(whole[0, 0].cpu().numpy(), alpha=255)  # rounded, in one pass
        return alpha.astype(np.uint8, copy=False)

    def _classes(self, image: Image) -> Any:
        """What torchvision's own two calls give."""
        short, long = sorted(image.shape[:2])
        fitting = min(self._size, max(1, LONGEST * self._size * short // long))
        # It takes tensors too; of 20 megapixels a Pillow image in a third of the time.
        planes = self._transforms(resize_size=fitting)(Pillow.fromarray(image))
        return self._network(planes[None].to(self.device))["out"]
