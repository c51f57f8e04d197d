"""How many planted faults an audit finds: ``python -m tests.support.plant_faults ROOT…``.

Each ROOT (``images/``, ``masks/``, believed clean) is copied many times; each copy has faults in up
to a third of its photos, so that every photo gets every fault once. IS-Net predicts the photos
once, since predictions do not depend on truth. Prints for each fault how many were found as
suspect, and found for what they are, by the audit without models and with IS-Net, and how many
clean photos of the copies were accused.
"""

import csv
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from tqdm import tqdm

from datasets.arrays import Mask
from datasets.dataset import Dataset
from datasets.folder import load
from tests.support.commands import run_command

# What an audit should say of each fault, without models and with them.
KINDS = {
    "shifted 5 px": {"shift", "model-shift"},
    "shifted 20 px": {"shift", "model-shift"},
    "shifted 60 px": {"shift", "model-shift"},
    "inverted": {"inverted"},
    "swapped pair": {"outline", "consensus"},
    "dilated by 2 %": {"offset"},
    "half erased": {"lost-piece", "model-lost-piece"},
    "cropped by 15 %": {"aspect"},
}
BY_MODELS = {"consensus", "model-shift", "model-lost-piece"}
GOLDEN_ANGLE = 2.39996  # so that shifts go in every direction
MODEL = ("model=isnet", "model.source=npm")


def shifted(mask: Mask, distance_px: float, angle: float) -> Mask:
    """What is pushed out of the picture is lost."""
    move = np.array(
        [[1, 0, distance_px * np.cos(angle)], [0, 1, distance_px * np.sin(angle)]], np.float32
    )
    size = (mask.shape[1], mask.shape[0])
    return cv2.warpAffine(mask.astype(np.uint8), move, size, flags=cv2.INTER_NEAREST) > 0


def dilated(mask: Mask) -> Mask:
    """Grown by 2 % of the photo's long side."""
    side = 2 * round(0.02 * max(mask.shape)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(mask.astype(np.uint8), disc) > 0


def half_erased(mask: Mask) -> Mask:
    """Without the half of its pixels that lies farther along its longest direction."""
    points = np.argwhere(mask).astype(np.float64)
    centred = points - points.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    along = centred @ directions[:, -1]
    kept = mask.copy()
    kept[tuple(points[along > np.median(along)].astype(int).T)] = False
    return kept


def planted(fault: str, mask: Mask, partner: Mask, number: int) -> Mask:
    """The truth with a fault."""
    if fault == "swapped pair":  # at the photo's size, else its aspect would give it away
        size = (mask.shape[1], mask.shape[0])
        return cv2.resize(partner.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    if fault.startswith("shifted"):
        return shifted(mask, float(fault.split()[1]), number * GOLDEN_ANGLE)
    simple: dict[str, Callable[[Mask], Mask]] = {
        "inverted": np.logical_not,
        "dilated by 2 %": dilated,
        "half erased": half_erased,
        "cropped by 15 %": lambda whole: whole[:, : round(0.85 * whole.shape[1])],
    }
    return simple[fault](mask)


def copies(count: int) -> list[dict[int, str]]:
    """For each copy, the faults of some photos by number; swapped pairs are (2k, 2k + 1)."""
    pairs = max(1, count // 6)  # a third of the photos
    faults = list(KINDS)
    plan: list[dict[int, str]] = []
    for first in range(0, count // 2, pairs):
        group = range(first, min(first + pairs, count // 2))
        plan += [
            {2 * k + side: faults[(k + turn) % len(faults)] for k in group for side in (0, 1)}
            for turn in range(len(faults))
        ]
    return plan


def plant(dataset: Dataset, copy: Path, faults: dict[int, str]) -> None:
    """Write the masks of one copy; its photos are links."""
    for kind in ("images", "masks"):
        (copy / kind).mkdir(parents=True)
    masks = {}
    for sample in dataset.samples:
        _, masks[sample.id] = dataset.photo_and_truth(sample)
    ids = [sample.id for sample in dataset.samples]
    for number, sample in enumerate(dataset.samples):
        mask = masks[sample.id]
        if fault := faults.get(number):
            mask = planted(fault, mask, masks[ids[number ^ 1]], number)
        (copy / "images" / sample.image_path.name).symlink_to(sample.image_path.absolute())
        Pillow.fromarray(mask).save(copy / "masks" / f"{sample.id}.png")


def main(root: Path, scratch: Path) -> None:
    """Plant, audit, and print the table of one folder."""
    dataset = load(str(root), root.name, "auto")
    own = ("dataset=folder", "dataset.name=planted", f"reports={scratch / 'reports'}")
    done = run_command("run", *MODEL, f"dataset.root={root}", *own)
    if done.returncode:
        sys.exit(done.stderr)
    ids = [sample.id for sample in dataset.samples]
    counts: Counter[tuple[str, str]] = Counter()
    for number, faults in enumerate(tqdm(copies(len(ids)), desc=root.name, unit="copy")):
        copy = scratch / f"copy{number}"
        plant(dataset, copy, faults)
        for command in ("score", "audit"):
            done = run_command(command, f"dataset.root={copy}", *own)
        if done.returncode not in (0, 3):
            sys.exit(done.stderr)
        with (scratch / "reports/planted/audit.csv").open(newline="", encoding="utf-8") as file:
            found = {
                row["id"]: set(row["suspect_kinds"].split(";")) - {""}
                for row in csv.DictReader(file)
            }
        for i, sample_id in enumerate(ids):
            fault = faults.get(i, "clean")
            counts[fault, "planted"] += 1
            for audit, kinds in (
                ("files", found[sample_id] - BY_MODELS),
                ("isnet", found[sample_id]),
            ):
                counts[fault, f"{audit} found"] += bool(kinds)
                counts[fault, f"{audit} right"] += bool(kinds & KINDS.get(fault, set()))
            if fault == "clean" and found[sample_id]:
                tqdm.write(f"accused though clean: {sample_id} {sorted(found[sample_id])}")
            elif fault != "clean" and not found[sample_id]:
                tqdm.write(f"not found: {sample_id} {fault}")
    columns = ("planted", "files found", "files right", "isnet found", "isnet right")
    print("| " + " | ".join((root.name, *columns)) + " |")
    for fault in (*KINDS, "clean"):
        print("| " + " | ".join((fault, *(str(counts[fault, name]) for name in columns))) + " |")


if __name__ == "__main__":
    for given in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(given), Path(folder))
