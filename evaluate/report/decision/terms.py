"""What the words of the first lines mean, for people who read a report for the first time."""

from evaluate.compare.slices import SIGNIFICANT
from evaluate.compare.statistics import CONFIDENCE

IOU = "intersection over union: the area that mask and ground truth share, divided by their "
IOU += "joint area; 1 is perfect"


def terms(margin_iou: float, pairs: int) -> list[tuple[str, str]]:
    """Words and their meanings; those of the tests only where ``pairs`` were tested."""
    found = [("IoU", IOU)]
    if pairs:
        found += [
            ("tie", f"a difference in IoU of up to {margin_iou:g}"),
            ("p", "how probable wins and losses at least as uneven are if neither row is better"),
            (
                "Holm's p",
                f"p corrected for {pairs} tested pairs; it alone decides: below {SIGNIFICANT:g}, "
                "two rows are told apart",
            ),
            (
                "not told apart",
                "not shown to differ, which is not the same as equal: more photos may show a "
                "difference",
            ),
            (
                "in brackets",
                f"{CONFIDENCE:.0%} intervals; they are not corrected for several pairs, so that "
                "the interval of a difference may exclude 0 though the rows are not told apart",
            ),
        ]
    return found
