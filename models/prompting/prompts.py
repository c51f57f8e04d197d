"""What a promptable model is asked about a photo, without any person: conf/prompt/ has the names.

centre      the point in the middle of the photo
box         the box of what differs from the paper (``models.prompting.object_box``)
box-centre  that box, and the point in its middle
everything  nothing: the model proposes all it finds
"""

from typing import Any

from datasets.arrays import Image
from models.prompting.object_box import object_box
from models.prompting.selection import checked_rule
from models.segmenter import NoMask, Unavailable

PROMPTS = ("centre", "box", "box-centre", "everything")


def rule_for(prompt: str, select: str | None) -> str:
    """The rule of ``models.prompting.selection`` by that name, else the prompt's usual one.

    Raises:
        Unavailable: there is no such prompt, or no such rule.
    """
    if prompt not in PROMPTS:
        raise Unavailable(f"prompt={prompt}: use {', '.join(PROMPTS)}")
    return checked_rule(select or ("largest" if prompt == "everything" else "score"))


def prompted(prompt: str, image: Image) -> dict[str, Any]:
    """The prompt for ``image`` (uint8 H×W×3) as ultralytics takes it: one object, in px.

    Raises:
        NoMask: nothing differs from the paper, so that there is no box.
    """
    if prompt == "everything":
        return {}
    if prompt == "centre":
        return _point(image.shape[1] / 2, image.shape[0] / 2)
    box = object_box(image)
    if box is None:
        raise NoMask(f"prompt={prompt}: nothing differs from the paper, so there is no box")
    x, y, width, height = box
    boxed = {"bboxes": [[x, y, x + width, y + height]]}
    return boxed if prompt == "box" else boxed | _point(x + width / 2, y + height / 2)


def _point(x: float, y: float) -> dict[str, Any]:
    return {"points": [[x, y]], "labels": [1]}
