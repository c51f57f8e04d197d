"""Small photos with their masks, as many as wanted, each another one."""

from pathlib import Path

import cv2
import numpy as np

SIZE_PX = (120, 160)  # height and width; tall ones are turned


def render_photos(folder: Path, count: int) -> None:
    """Write ``count`` photos of a dark bar on light, uneven, noisy paper, and their masks."""
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        height, width = SIZE_PX if number % 3 else SIZE_PX[::-1]
        mask = np.zeros((height, width), np.uint8)
        middle = (width / 2 + rng.uniform(-15, 15), height / 2 + rng.uniform(-15, 15))
        bar = (middle, (rng.uniform(40, 80), rng.uniform(12, 30)), rng.uniform(0, 180))
        cv2.fillConvexPoly(mask, cv2.boxPoints(bar).astype(np.int32), 255)
        light = np.linspace(200, 245, width, dtype=np.float32)[None].repeat(height, axis=0)
        grey = np.where(mask > 0, rng.uniform(20, 80), light)[:, :, None]
        image = np.clip(grey + rng.normal(0, 4, (height, width, 3)), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / f"p{number:05}.jpg"), image)
        cv2.imwrite(str(folder / "masks" / f"p{number:05}.png"), mask)
