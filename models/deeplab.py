"""DeepLabV3 with a ResNet-101 from torchvision: every class but background is foreground.

Recipe: torchvision's own transforms for these weights (shorter side to ``size``, ImageNet mean and
std), the softmax over the 21 classes of Pascal VOC, bilinear to the photo's size. The Alpha is
1 − P(background), the probability of any foreground class. Thresholded at 128 it covers slightly
more than an argmax, which keeps a pixel as background until a single class exceeds it.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image, finite
from models.runtime.pytorch import check_precision, prepare_network, torch_device
from models.segmenter import Unavailable
from models.weights.checkpoint import fill, load_state
from models.weights.weight_file import WeightFile, fetch_single

LONGEST_RATIO = 4  # input px of the long side over size: 1×300 would become 520×156000


class DeepLab:
    """``size`` is the shorter side of the input; ``precision``: ``prepare_network``."""

    def __init__(
        self, *, device: str, size: int, weights: Mapping[str, Any], precision: str | None = None
    ) -> None:
        self.device = torch_device(device)
        check_precision(self.device, precision)
        from torchvision.models.segmentation import DeepLabV3_ResNet101_Weights as Known
        from torchvision.models.segmentation import deeplabv3_resnet101

        if size < 1:
            raise Unavailable(f"model.size={size}: give pixels from 1")
        path, self.weights = fetch_single(self.weights_of({"weights": weights}))
        classes = len(Known.DEFAULT.meta["categories"])  # the first is the background
        network = deeplabv3_resnet101(
            weights=None, weights_backbone=None, num_classes=classes, aux_loss=True
        )
        fill(network, load_state(path), path)
        self._network = network.to(self.device).eval()
        self.runtime = prepare_network(self._network, self.device, precision)
        self._transforms, self._size = Known.DEFAULT.transforms, size

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The one checkpoint."""
        return [WeightFile.from_settings("torchvision", options["weights"])]

    def predict(self, image: Image) -> Alpha:
        """1 − P(background) of each pixel as an Alpha (uint8 H×W)."""
        import torch

        with torch.inference_mode():
            foreground = 1 - self._classes(image).softmax(dim=1)[:, :1]
            finite(foreground.cpu().numpy())
            whole = torch.nn.functional.interpolate(
                foreground, size=image.shape[:2], mode="bilinear", align_corners=False
            )
        alpha = cv2.convertScaleAbs(whole[0, 0].cpu().numpy(), alpha=255)  # rounds, in one pass
        return alpha.astype(np.uint8, copy=False)

    def _classes(self, image: Image) -> Any:
        """The class logits (1×21×h×w) from torchvision's transforms and network."""
        short, long = sorted(image.shape[:2])
        resize_px = min(self._size, max(1, LONGEST_RATIO * self._size * short // long))
        # At 20 megapixels a Pillow image takes a third of the time of a tensor.
        planes = self._transforms(resize_size=resize_px)(Pillow.fromarray(image))
        return self._network(planes[None].to(self.device))["out"]
