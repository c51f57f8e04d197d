"""Which photos the page shows of too many."""

from pathlib import Path

import numpy as np

from evaluate.report.html.shown_photos import shown_photos
from tests.support.commands import Command
from tests.support.comparisons import compared, photos, row
from tests.support.photos import make_folder


def test_the_worst_the_disputed_and_some_of_each_stratum_are_shown() -> None:
    rng = np.random.default_rng(0)
    first = photos(rng.uniform(0.5, 0.9, 400))
    second = dict(first)
    worst = [f"p{i:02}" for i in range(100, 110)]
    disputed = [f"p{i:02}" for i in range(200, 210)]
    first |= dict.fromkeys(worst, 0.1)
    second |= dict.fromkeys(worst, 0.1) | dict.fromkeys(disputed, 0.0)
    known = {id_: {"stratum": "rare" if i % 4 == 0 else "usual"} for i, id_ in enumerate(first)}
    comparison = compared([row("A", first), row("B", second)], known)
    shown = shown_photos(comparison, 30)
    assert shown.ids >= {*worst, *disputed}
    others = [known[id_]["stratum"] for id_ in shown.ids - {*worst, *disputed}]
    assert (others.count("rare"), len(others)) == (2, 10)
    assert "30 of 400 photos: the 10 with the lowest IoU of A" in shown.text
    assert "page_photos=400" in shown.text
    assert shown_photos(comparison, 30) == shown
    assert shown_photos(comparison, 400).text == ""
    assert len(shown_photos(comparison, 400).ids) == 400


def test_only_the_shown_photos_have_files(command: Command, tmp_path: Path) -> None:
    photos = make_folder(tmp_path / "photos", [f"p{i}" for i in range(7)])
    own = ("dataset=folder", f"dataset.root={photos}", "plots=false", "html=true")
    command("eval", "model=otsu", *own, "page_photos=3")
    report = tmp_path / "reports" / "photos"
    page = (report / "index.html").read_text()
    assert "Shown are 3 of 7 photos: the 1 with the lowest IoU of Otsu" in page
    assert len([*(report / "html").iterdir()]) == 3
    command("compare", *own)
    assert "Shown are" not in (report / "index.html").read_text()
    assert len([*(report / "html").iterdir()]) == 7
