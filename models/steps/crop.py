"""What of a photo the model is shown. A crop is a function from an Image to a Box, None for all."""

import cv2
import numpy as np

from datasets.arrays import Box, Image

GRAY_ABOVE = 170
SATURATION_UP_TO = 60
LEAST_SHARE = 0.1
LEAST_SIDE_PX = 100


def paper(image: Image) -> Box | None:
    """The box of the sheet in an upright photo (uint8 H×W×3), by tracefinity's rule.

    ``backend/app/services/ai_tracer.py`` in github.com/tracefinity/tracefinity, May to August 2026:
    paper is bright and gray; eroded 9×9 twice and closed 25×25 three times, its largest outline
    counts from a tenth of the photo and 100 px a side. tracefinity takes the largest over gray
    levels 200, 190, 180 and 170; each step only grows with a lower level, so that is 170's.

    A tool that spans the sheet splits it, and the larger part is the box; gray paper is none. Later
    versions join the parts and grow the box where a mask touches it, at up to three calls a photo.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    saturation = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)[:, :, 1]
    light = ((gray > GRAY_ABOVE) & (saturation <= SATURATION_UP_TO)).astype(np.uint8)
    inner = cv2.erode(light, np.ones((9, 9), np.uint8), iterations=2)
    sheet = cv2.morphologyEx(inner, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8), iterations=3)
    outlines, _ = cv2.findContours(sheet, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(outlines, key=cv2.contourArea, default=None)
    if largest is None or cv2.contourArea(largest) < LEAST_SHARE * gray.size:
        return None
    x, y, width, height = cv2.boundingRect(largest)
    return None if min(width, height) < LEAST_SIDE_PX else (x, y, width, height)
