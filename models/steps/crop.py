"""Crop steps: functions from an Image to the Box that the model sees; None is the whole photo."""

import cv2
import numpy as np

from datasets.arrays import Box, Image

GRAY_ABOVE = 170
SATURATION_UP_TO = 60
LEAST_SHARE = 0.1
LEAST_PAPER_SIDE_PX = 100


def paper(image: Image) -> Box | None:
    """The box of the sheet of paper in an upright photo (uint8 H×W×3), by tracefinity's rule.

    ``backend/app/services/ai_tracer.py`` in github.com/tracefinity/tracefinity, May to August 2026:
    paper is bright and gray. Its pixels are eroded 9×9 twice and closed 25×25 three times; the
    largest outline is the sheet if it covers a tenth of the photo and is 100 px on each side.
    tracefinity takes the largest result of gray levels 200, 190, 180 and 170; a lower level only
    enlarges the result, so 170 alone gives the same.

    A tool that spans the sheet splits it, and the box is the larger part; gray paper is not found.
    Later versions of tracefinity join the parts and enlarge the box where a mask touches it, with
    up to three model calls per photo.
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
    return None if min(width, height) < LEAST_PAPER_SIDE_PX else (x, y, width, height)
