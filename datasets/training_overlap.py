"""Which shipped weights trained on which public set, as far as their authors say.

A score on photos that a network trained on says nothing of new photos. Each entry names its source;
weights whose training data are not published, such as IS-Net general-use, have none.
"""

import re
from typing import NamedTuple


class Trained(NamedTuple):
    """What the authors of some weights say they trained them on."""

    weights: str
    sets: frozenset[str]
    source: str


def _trained(weights: str, sets: str, source: str) -> Trained:
    return Trained(weights, frozenset(sets.split()), source)


BIREFNET = "ZhengPeng7/BiRefNet, README.md"
TRAINED = (
    _trained(
        "InSPyReNet of transparent-background, base and fast",
        "DUTS-TR DUTS-TE DUT-OMRON ECSSD HKU-IS PASCAL-S DAVIS-S HRSOD-TR HRSOD-TE UHRSD-TR "
        "UHRSD-TE FSS-1000 MSRA-10K DIS-TR DIS-VD DIS-TE1 DIS-TE2 DIS-TE3 DIS-TE4",
        "plemeri/InSPyReNet, docs/model_zoo.md",
    ),
    _trained(
        "BiRefNet general and general-lite",
        "DIS-TR DIS-TE1 DIS-TE2 DIS-TE3 DIS-TE4 DUTS-TR DUTS-TE HRSOD-TR HRSOD-TE UHRSD-TR "
        "UHRSD-TE",
        BIREFNET,
    ),
    _trained(
        "BiRefNet massive",
        "DIS-TR DIS-TE1 DIS-TE2 DIS-TE3 DIS-TE4 HRSOD-TR HRSOD-TE UHRSD-TR UHRSD-TE",
        "huggingface.co/ZhengPeng7/BiRefNet-massive, README.md",
    ),
    _trained("BiRefNet DIS", "DIS-TR", BIREFNET),
    _trained("BiRefNet HRSOD_DHU", "DUTS-TR HRSOD-TR UHRSD-TR", BIREFNET),
    _trained("IS-Net's academic isnet.pth", "DIS-TR", "xuebinqin/DIS, README.md"),
    _trained("U2-Net u2net and u2netp", "DUTS-TR", "xuebinqin/U-2-Net, issues 16 and 208"),
)
SETS = frozenset[str]().union(*(entry.sets for entry in TRAINED))
SPLITS = {"TEST": "TE", "TRAIN": "TR", "TRAINING": "TR"}


def recognised(folders: str) -> str | None:
    """The public set that a path stands for, its last folder first.

    ``TE-HRSOD/im``, ``HRSOD_test`` and ``HRSOD/Test`` are HRSOD-TE.
    """
    words: set[str] = set()
    for folder in reversed(folders.upper().split("/")):
        words |= {SPLITS.get(word, word) for word in re.split(r"[^A-Z0-9]+", folder)}
        for name in sorted(SETS):
            if set(name.split("-")) <= words or name.replace("-", "") in words:
                return name
    return None


def notice(folders: str) -> str:
    """What a reader of scores on that set must know."""
    name = recognised(folders)
    if name is None:
        return "Which shipped weights trained on these photos is not recorded here."
    told = "; ".join(f"{e.weights} ({e.source})" for e in TRAINED if name in e.sets)
    return f"Weights that trained on {name}, whose scores here say nothing of new photos: {told}."
