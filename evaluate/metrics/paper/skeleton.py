"""The skeleton of a mask by Zhang and Suen's thinning, one pixel wide.

Zhang and Suen, A fast parallel algorithm for thinning digital patterns, CACM 1984. Two sub-steps
alternate until neither removes a pixel. A pixel with 2 to 6 foreground neighbours, which form one
run around it, is removed in the first if north·east·south = 0 and east·south·west = 0, in the
second if north·east·west = 0 and north·south·west = 0. All pixels of a sub-step are judged before
any is removed. Beyond the photo everything is background.

``skeletonize`` of scikit-image, which the human correction effort is defined by, decides
differently for 25 of the 256 neighbourhoods, so that less of its skeletons is two pixels wide. The
differences in ``ALTERED`` were inferred from its output, and the skeletons are equal.

Only pixels that may go are looked at: the outline at first, then neighbours of removed ones. So
the time depends on the outline's length and the mask's thickness, not on the photo's area.
"""

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Mask

# Neighbours (dy, dx) clockwise from north: bit n of a pixel's code is neighbour n.
AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))

# Neighbourhoods that scikit-image decides unlike the paper: codes removed in neither sub-step, in
# the first only, in the second only, and in both.
ALTERED = {
    (False, False): (24, 192),
    (True, False): (3, 5, 6, 7, 67, 97, 99, 129, 133, 193, 208),
    (False, True): (12, 13, 28, 48, 52, 54, 88, 96, 112),
    (True, True): (20, 65, 80),
}


def skeleton(mask: Mask) -> Mask:
    """Thin a Mask (bool H×W) to its skeleton (bool H×W)."""
    thin = np.zeros_like(mask, dtype=np.bool_)
    levels = np.ascontiguousarray(mask).view(np.uint8)
    x, y, width, height = cv2.boundingRect(levels)
    if not width:
        return thin
    plane = np.pad(levels[y : y + height, x : x + width], 1)
    _thin(plane)
    thin[y : y + height, x : x + width] = plane[1:-1, 1:-1]
    return thin


def _thin(plane: npt.NDArray[np.uint8]) -> None:
    """Thin a plane (uint8 0 or 1, with a border of 0) in place."""
    pixels = plane.reshape(-1)
    steps = np.array([dy * plane.shape[1] + dx for dy, dx in AROUND])
    outline = np.flatnonzero(cv2.subtract(plane, cv2.erode(plane, np.ones((3, 3), np.uint8))))
    # The code of each pixel's neighbours; that of background and of removed pixels is 0.
    codes = pixels * np.uint8(255)
    codes[outline] = sum(pixels.take(outline + step) << n for n, step in enumerate(steps))
    order, mark = np.arange(outline.size, dtype=np.int32), np.empty(plane.size, np.int32)
    # A pixel that stays can go only after a neighbour went. So a sub-step looks at the neighbours
    # of what it removed itself the last time, and of what the other one removed since.
    near = [outline[:0], outline]
    sub_step = 0
    while near[0].size or near[1].size:
        candidates = np.concatenate(near)
        gone = candidates[REMOVED[sub_step % 2].take(codes.take(candidates))]
        if gone.size > order.size:
            order = np.arange(2 * gone.size, dtype=np.int32)
        mark[gone] = order[: gone.size]
        gone = gone[mark.take(gone) == order[: gone.size]]  # each once
        codes[gone] = pixels[gone] = 0
        around = gone + steps[:, None]
        for neighbours, others in zip(around, OTHERS, strict=True):
            codes[neighbours] = codes.take(neighbours) & others
        neighbours = around.reshape(-1)
        near[sub_step % 2] = neighbours[REMOVED_IN_ANY.take(codes.take(neighbours))]
        sub_step += 1


def _removed() -> list[npt.NDArray[np.bool_]]:
    """Whether each sub-step removes a pixel, by the code of its neighbours: bool 256 each."""
    around = np.arange(256)[:, None] >> np.arange(8) & 1
    north, _, east, _, south, _, west, _ = around.T
    neighbours = around.sum(axis=1)
    runs = np.sum((around == 0) & (np.roll(around, -1, axis=1) == 1), axis=1)
    border = (neighbours >= 2) & (neighbours <= 6) & (runs == 1)
    removed = [
        border & (north * east * south == 0) & (east * south * west == 0),
        border & (north * east * west == 0) & (north * south * west == 0),
    ]
    for statuses, codes in ALTERED.items():
        for sub_step, status in zip(removed, statuses, strict=True):
            sub_step[list(codes)] = status
    return removed


REMOVED = _removed()
REMOVED_IN_ANY = REMOVED[0] | REMOVED[1]
OTHERS = [np.uint8(255 - (1 << (bit + 4) % 8)) for bit in range(8)]  # all but the opposite bit
