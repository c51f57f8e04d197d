"""Scales that change after scoring, and settings that a command takes no notice of, are named."""

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from tests.support.commands import Command

SIZE = (60, 90)


def test_a_comparison_names_changed_scales_and_settings_of_scoring(
    command: Command, tmp_path: Path
) -> None:
    root = tmp_path / "set"
    truth = np.zeros(SIZE, np.uint8)
    truth[20:40, 20:60] = 255
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
        for name in "ab":
            Pillow.fromarray(truth).save(root / part / f"{name}.png")
    (root / "metadata.csv").write_text("id,mm_per_px\na,0.123456789\nb,0.2\n")
    chosen = ("dataset=folder", f"dataset.root={root}")
    quick = ("plots=false", "html=false")
    scored = command("eval", "model=otsu", *chosen, *quick)
    assert "mm_per_px" not in scored.stderr
    same = command("compare", *chosen, *quick)
    assert "mm_per_px" not in same.stderr
    assert "does not use" not in same.stderr

    (root / "metadata.csv").write_text("id,mm_per_px\na,0.123456789\nb,0.3\n")
    done = command("compare", *chosen, *quick, "clearance_mm=3")
    assert "1 photo had another mm_per_px when scored (b)" in done.stderr
    remedy = f"make score dataset=folder dataset.root={root} "
    assert f"run: {remedy}" in done.stderr
    text = "make compare does not use clearance_mm=3; a command that does: "
    assert f"{text}{remedy}" in done.stderr
    assert done.stderr.endswith(" clearance_mm=3\n")

    command("eval", "model=otsu", "refine=morphology", *chosen, *quick)
    one = command("score", "model=otsu", "refine=morphology", "clearance_mm=3", *chosen, *quick)
    assert "Otsu was scored at a clearance of 0.3 mm; run: make eval model=otsu" in one.stderr
