"""Two finished runs with a baseline, and a copy of them for each test."""

import shutil
from pathlib import Path

import pytest
from PIL import Image as Pillow

from tests.evaluate.compare.two_runs import DIM, IDS, SHADED, Reports
from tests.support.photos import photo


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("ab")
    reports = Reports(place)
    for kind in ("images", "masks"):
        (reports.photos / kind).mkdir(parents=True)
    for id_ in IDS:
        image, mask = photo()
        if id_ in DIM:
            image[mask] = 120
        if id_ in SHADED:
            image[:, :15] = 110
        Pillow.fromarray(image).save(reports.photos / "images" / f"{id_}.png")
        Pillow.fromarray(mask).save(reports.photos / "masks" / f"{id_}.png")
    rows = "".join(f"{i},{'shade' if i in SHADED else 'sun'}\n" for i in IDS)
    (reports.photos / "metadata.csv").write_text(f"id,light\n{rows}")
    sweep = ("-m", "model=otsu", "model.threshold=otsu,100", "runs=no,part")
    assert reports.command("eval", *sweep).returncode == 0
    assert reports.command("baseline", "model=otsu").returncode == 0
    return place


@pytest.fixture
def reports(finished: Path, tmp_path: Path) -> Reports:
    """A copy that a test may change."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    reports = Reports(tmp_path)
    (reports.folder / "runs" / ".root").write_text(str(reports.photos))
    return reports
