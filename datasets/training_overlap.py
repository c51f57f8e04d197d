"""The public datasets that published weights were trained on, according to their authors.

A score on training photos does not predict the score on new photos. Each entry names its source.
Weights whose training data are unpublished, such as IS-Net general-use, have no entry.
"""

import re
from typing import NamedTuple


class Trained(NamedTuple):
    """The datasets that some weights were trained on, and the source of that."""

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
    """The public dataset that a path names; its last folders take precedence.

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
    """The notice under a table of scores on the dataset at this path."""
    name = recognised(folders)
    if name is None:
        return "Which shipped weights trained on these photos is not recorded here."
    trained = "; ".join(f"{e.weights} ({e.source})" for e in TRAINED if name in e.sets)
    return (
        f"Weights that trained on {name}, whose scores here say nothing of new photos: {trained}."
    )
