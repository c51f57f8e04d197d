"""Truth by a model that runs here, and the outlines of any truth."""

import json
from pathlib import Path

import cv2
import ezdxf
import numpy as np
import pytest
from PIL import Image as Pillow

from tests.support.commands import Command
from tests.support.photos import opened

SHEET = (1400, 1000)


def photos(root: Path, *names: str) -> Path:
    (root / "images").mkdir(parents=True)
    for i, name in enumerate(names):
        image = np.full((*SHEET, 3), 225, np.uint8)
        cv2.rectangle(image, (300 + 20 * i, 200), (500 + 20 * i, 1200), (50, 50, 60), -1)
        Pillow.fromarray(image).save(root / "images" / f"{name}.png")
    return root


def test_a_model_here_makes_masks_and_outlines(command: Command, tmp_path: Path) -> None:
    root = photos(tmp_path / "set", "a", "b")
    (root / "metadata.csv").write_text("id,mm_per_px\na,0.2\n")
    own = ("trace", "model=otsu", "dataset=folder", f"dataset.root={root}")
    done = command(*own)
    assert done.returncode == 0, done.stderr
    made = {"images", "masks", "alphas", "outlines", "metadata.csv", "traced.json"}
    assert {path.name for path in root.iterdir()} == made
    assert "2 masks made" in done.stdout
    assert "outlines of 2 photos, 1 of them in mm" in done.stdout
    mask = np.asarray(opened(root / "masks" / "a.png"))
    assert set(np.unique(mask)) == {0, 255}
    assert (mask > 0).sum() == 201 * 1001
    about = json.loads((root / "traced.json").read_text())["a"]
    assert about["model"] == "Otsu"
    drawn = json.loads((root / "outlines" / "a.json").read_text())
    assert drawn["units"] == "mm"
    assert np.ptp(drawn["polygons"][0]["outer"], axis=0).tolist() == [40.2, 200.2]
    assert json.loads((root / "outlines" / "b.json").read_text())["units"] == "px"
    assert ezdxf.readfile(root / "outlines" / "a.dxf").modelspace()[0].dxf.layer == "OUTLINE"  # type: ignore[attr-defined]
    assert (root / "outlines" / "a.svg").read_text().startswith("<svg")
    assert opened(root / "outlines" / "b.jpg").size == SHEET[::-1]

    before = (root / "masks" / "a.png").stat().st_mtime_ns
    done = command(*own)
    assert "2 photos, 2 with a mask already, kept as it is" in done.stdout
    assert "Otsu was not run: there are masks of all 2 (2 by Otsu); move one away" in done.stdout
    assert (root / "masks" / "a.png").stat().st_mtime_ns == before
    scored = command("eval", "model=otsu", "dataset=folder", f"dataset.root={root}")
    assert "traced by Otsu: scoring that model against it is circular" in scored.stderr


def test_a_clearance_is_no_part_of_an_outline_unless_it_is_asked_for(
    command: Command, tmp_path: Path
) -> None:
    root = photos(tmp_path / "set", "a", "b,c", "d")
    (root / "metadata.csv").write_text('id,mm_per_px\na,0.2\n"b,c",0.2\n')
    own = ("trace", "model=otsu", "dataset=folder", f"dataset.root={root}")
    refused = command(*own, "clearance_mm=2")
    assert refused.returncode == 2
    assert "to add it to them: trace.clearance_mm=2" in refused.stderr
    plain = command(*own, "trace.id=b,c")
    assert "1 photo, 0 with" in plain.stdout
    assert "Each is the outline of the tool, without clearance; trace.clear" in plain.stdout
    assert [path.stem for path in (root / "masks").iterdir()] == ["b,c"]
    wider = command(*own, "trace.clearance_mm=2")
    assert "Each is the outline of the tool, widened by a clearance of 2 mm" in wider.stdout
    assert "1 outline without trace.clearance_mm" in wider.stderr  # of the photo without a scale
    assert wider.returncode == 3
    drawn = json.loads((root / "outlines" / "b,c.json").read_text())
    assert np.ptp(drawn["polygons"][0]["outer"], axis=0) == pytest.approx([44.2, 204.2])
    assert "no photo is called x" in command(*own, "trace.id=a,x").stderr


def test_a_stored_row_is_exported_as_it_was_scored(command: Command, tmp_path: Path) -> None:
    root = photos(tmp_path / "set", "a", "b")
    (root / "masks").mkdir()
    for name in "ab":
        Pillow.fromarray(np.tri(*SHEET, dtype=np.uint8) * 255).save(root / "masks" / f"{name}.png")
    own = ("dataset=folder", f"dataset.root={root}", f"reports={tmp_path / 'reports'}")
    command("eval", "model=otsu", "html=false", "plots=false", *own)
    done = command("trace", "rows=otsu", "trace.id=a", *own)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "reports" / "set" / "outlines" / "otsu"
    assert f"{folder}: outlines of 1 photo, 0 of them in mm" in done.stdout
    drawn = json.loads((folder / "a.json").read_text())
    assert np.ptp(drawn["polygons"][0]["outer"], axis=0).tolist() == [201, 1001]
    assert not (root / "outlines").exists()
    assert "leave out model=" in command("trace", "rows=otsu", "model=otsu", *own).stderr


def test_the_threshold_cuts_traced_masks_and_their_outlines(
    command: Command, tmp_path: Path
) -> None:
    root = photos(tmp_path / "set", "a")
    own = ("trace", "model=otsu", "refine=guided", "dataset=folder", f"dataset.root={root}")
    done = command(*own, "threshold=200")
    assert done.returncode == 0, done.stderr
    alpha = np.asarray(opened(root / "alphas" / "a.png"))
    assert ((np.asarray(opened(root / "masks" / "a.png")) > 0) == (alpha >= 200)).all()
    assert json.loads((root / "traced.json").read_text())["a"]["threshold"] == 200


def test_what_gets_no_mask_is_named_and_nothing_is_left_behind(
    command: Command, tmp_path: Path
) -> None:
    root = photos(tmp_path / "set", "a")
    Pillow.new("RGB", SHEET, (200, 200, 200)).save(root / "images" / "blank.png")
    (root / "images" / "torn.png").write_bytes(b"\x89PNG")
    done = command("trace", "model=background", "dataset=folder", f"dataset.root={root}")
    assert done.returncode == 3
    assert "blank.png: no mask: it found nothing" in done.stderr
    assert "torn.png" in done.stderr
    assert not list((root / "masks").iterdir())
    assert not (root / "outlines").exists()


def test_a_persons_masks_are_drawn_too(command: Command, tmp_path: Path) -> None:
    root = photos(tmp_path / "set", "a", "b")
    (root / "masks").mkdir()
    mask = np.full(SHEET, 255, np.uint8)
    Pillow.fromarray(mask).save(root / "masks" / "b.png")
    mask[100:400, 100:400] = 0
    mask[900:910, 100:110] = 0
    Pillow.fromarray(mask).save(root / "masks" / "a.png")
    own = ("dataset=folder", f"dataset.root={root}", "dataset.foreground=black")
    done = command("trace", "model=otsu", *own)
    assert done.returncode == 3
    assert "b.png: no outline: it is empty; draw the mask again" in done.stderr
    assert "Otsu was not run: there are masks of all 2 (2 yours)" in done.stdout
    drawn = json.loads((root / "outlines" / "a.json").read_text())
    assert [polygon["area"] for polygon in drawn["polygons"]] == [90000]


def test_where_no_one_is_named_inspyrenet_traces_unless_there_is_a_key(
    command: Command, tmp_path: Path
) -> None:
    root = photos(tmp_path / "set", "a")
    own = ("trace", "dataset=folder", f"dataset.root={root}", "weights.offline=true")
    home = {"CUTOUTBENCH_HOME": str(tmp_path / "home")}
    assert "InSPyReNet" in command(*own, env={**home, "GOOGLE_API_KEY": ""}).stderr
    away = ("model.base_url=http://127.0.0.1:9", "model.attempts=1")
    done = command(*own, *away, env={**home, "GOOGLE_API_KEY": "x"})
    assert "Gemini" in done.stdout + done.stderr
