"""Whether another mask of a photo goes on where the truth stops, as if a piece had been erased.

A shadow, a sheet of paper or a filled hole shares a long border with the truth. A tool's lost piece
hangs on it by a narrow neck: that tells them apart, whoever made the other mask.
"""

import cv2
import numpy as np

from datasets.arrays import Mask, to_mask
from datasets.pictures import shrink_to
from evaluate.metrics.working_scale import View

# A lost piece is worth naming from a quarter of the truth, and beyond one and a half times its
# area it is likelier the table than the tool.
PIECE_SHARES = (0.25, 1.5)
NECK_SHARE = 0.18  # of the piece's perimeter; lost halves reach 0.16, grounds begin at 0.21
COLOUR_PX = 320  # long side at which colours are followed
COLOUR_ROUNDS = 3


def lost_piece(view: View, other: Mask) -> float:
    """The area of the piece that ``other`` (bool H×W, working scale) adds by a neck.

    In shares of the truth's area; 0 where there is none.
    """
    reach = 2 * max(2, round(view.slack_px)) + 1
    ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    near = cv2.dilate(view.truth.astype(np.uint8), ring) > 0
    square = np.ones((3, 3), np.uint8)
    beyond = cv2.morphologyEx((other & ~near).astype(np.uint8), cv2.MORPH_OPEN, square)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(beyond)
    area = max(int(np.count_nonzero(view.truth)), 1)
    found = 0.0
    for label, piece in enumerate(stats[1:], 1):
        share = float(piece[cv2.CC_STAT_AREA]) / area
        if PIECE_SHARES[0] <= share <= PIECE_SHARES[1] and share > found:
            inside = labels == label
            rim = (cv2.dilate(inside.astype(np.uint8), square) > 0) & ~inside
            neck = int(np.count_nonzero(rim & near)) / max(int(np.count_nonzero(rim)), 1)
            found = share if 0 < neck <= NECK_SHARE else found
    return found


def by_colour(view: View) -> Mask:
    """Where the photo's colours are the truth's (bool, working scale): GrabCut begun from it.

    Rother, Kolmogorov and Blake, 2004, through OpenCV. The truth itself stays inside.
    """
    height, width = view.truth.shape
    image = shrink_to(view.image, COLOUR_PX)
    truth = to_mask(shrink_to(view.truth.astype(np.uint8) * 255, COLOUR_PX))
    sure = cv2.erode(truth.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    labels = np.where(truth, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD))
    labels[sure] = cv2.GC_FGD
    if not truth.any() or truth.all():
        return view.truth
    cv2.setRNGSeed(0)  # GrabCut draws its first clusters
    models = np.zeros((1, 65)), np.zeros((1, 65))
    labels, *_ = cv2.grabCut(image, labels, None, *models, COLOUR_ROUNDS, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    tool = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    whole = cv2.resize(tool, (width, height), interpolation=cv2.INTER_NEAREST)
    return whole > 0
