"""Detects a piece of the tool that is missing from the truth, by comparison with another mask.

The other mask may include a shadow, a sheet of paper or a filled hole; these share a long border
with the truth. A missing piece of the tool joins it by a narrow neck, which tells the two apart.
"""

import cv2
import numpy as np

from datasets.arrays import Mask, to_mask
from datasets.pictures import shrink_to
from evaluate.metrics.working_scale import View

# Areas of reported pieces, as shares of the truth's area; a larger piece is probably the table.
PIECE_SHARES = (0.25, 1.5)
NECK_SHARE = 0.18  # of the piece's perimeter; lost halves have up to 0.16, backgrounds from 0.21
COLOUR_PX = 320  # long side at which GrabCut runs
COLOUR_ROUNDS = 3


def lost_piece(view: View, other: Mask) -> float:
    """The area of the piece that ``other`` adds to the truth by a narrow neck.

    ``other`` is bool H×W at working scale. The area is a share of the truth's; 0 if there is none.
    """
    reach = 2 * max(2, round(view.slack_px)) + 1
    ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    near = cv2.dilate(view.truth.astype(np.uint8), ring) > 0
    square = np.ones((3, 3), np.uint8)
    beyond = cv2.morphologyEx((other & ~near).astype(np.uint8), cv2.MORPH_OPEN, square)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(beyond)
    area = max(int(np.count_nonzero(view.truth)), 1)
    largest = 0.0
    for label, piece in enumerate(stats[1:], 1):
        share = float(piece[cv2.CC_STAT_AREA]) / area
        if PIECE_SHARES[0] <= share <= PIECE_SHARES[1] and share > largest:
            inside = labels == label
            rim = (cv2.dilate(inside.astype(np.uint8), square) > 0) & ~inside
            neck = int(np.count_nonzero(rim & near)) / max(int(np.count_nonzero(rim)), 1)
            largest = share if 0 < neck <= NECK_SHARE else largest
    return largest


def by_colour(view: View) -> Mask:
    """The pixels of the tool's colours (bool, working scale), by GrabCut started from the truth.

    Rother, Kolmogorov and Blake, 2004, through OpenCV. The eroded truth stays foreground.
    """
    height, width = view.truth.shape
    image = shrink_to(view.image, COLOUR_PX)
    truth = to_mask(shrink_to(view.truth.astype(np.uint8) * 255, COLOUR_PX))
    sure = cv2.erode(truth.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    labels = np.where(truth, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD))
    labels[sure] = cv2.GC_FGD
    if not truth.any() or truth.all():
        return view.truth
    cv2.setRNGSeed(0)  # GrabCut initialises its clusters at random
    models = np.zeros((1, 65)), np.zeros((1, 65))
    labels, *_ = cv2.grabCut(image, labels, None, *models, COLOUR_ROUNDS, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    tool = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    whole = cv2.resize(tool, (width, height), interpolation=cv2.INTER_NEAREST)
    return whole > 0
