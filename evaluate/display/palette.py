"""The colours of outlines and areas on photos, one meaning each.

They are distinguishable with every kind of colour vision, on white paper and on dark tools. The
page of a report has them too (evaluate/report/html/assets/1-base.css).
"""

from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]

TRUTH: Colour = (18, 183, 106)  # green: the ground truth
MASK: Colour = (23, 99, 255)  # blue: a row's mask, and areas that it adds to the ground truth
SECOND_MASK: Colour = (214, 36, 159)  # magenta: the mask that it is compared with
MISSED_AREA: Colour = (240, 82, 15)  # orange: areas that a mask misses
