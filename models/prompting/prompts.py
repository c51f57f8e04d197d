"""Automatic prompts for promptable models; conf/prompt/ has one yaml for each name.

centre      the point in the middle of the photo
box         the box around the objects on the paper (``models.prompting.object_box``)
box-centre  that box, and the point in its middle
everything  no prompt: the model segments everything it finds
"""

from typing import Any

from datasets.arrays import Image
from models.prompting.object_box import object_box
from models.prompting.selection import checked_rule
from models.segmenter import NoMask, Unavailable

PROMPTS = ("centre", "box", "box-centre", "everything")


def rule_for(prompt: str, select: str | None) -> str:
    """The selection rule (``models.prompting.selection``): ``select``, or the prompt's default.

    Raises:
        Unavailable: the prompt or the rule is unknown.
    """
    if prompt not in PROMPTS:
        raise Unavailable(f"prompt={prompt}: use {', '.join(PROMPTS)}")
    return checked_rule(select or ("largest" if prompt == "everything" else "score"))


def prompt_arguments(prompt: str, image: Image) -> dict[str, Any]:
    """ultralytics' arguments for prompting one object in ``image`` (uint8 H×W×3), in px.

    Raises:
        NoMask: no object on the paper was found, so there is no box.
    """
    if prompt == "everything":
        return {}
    if prompt == "centre":
        return _point(image.shape[1] / 2, image.shape[0] / 2)
    box = object_box(image)
    if box is None:
        raise NoMask(f"prompt={prompt}: no object on the paper was found, so there is no box")
    x, y, width, height = box
    box_prompt = {"bboxes": [[x, y, x + width, y + height]]}
    return box_prompt if prompt == "box" else box_prompt | _point(x + width / 2, y + height / 2)


def _point(x: float, y: float) -> dict[str, Any]:
    return {"points": [[x, y]], "labels": [1]}
