"""Two runs on a folder of photos, for ``make compare runs=A,B``."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
from PIL import Image as Pillow

from tests.support.commands import run_command
from tests.support.photos import opened
from tests.support.projects import ROOT
from tests.support.runs import rewrite

IDS = [f"p{i}" for i in range(8)]
DIM, SHADED = IDS[:2], IDS[2:5]  # threshold=100 misses the tool; Otsu takes the shade for tool
A, B = "otsu", "otsu+threshold=100"


def stored(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


def change(path: Path, **changes: object) -> None:
    """Change values in a stored JSON file."""
    path.write_text(json.dumps(stored(path) | changes))


class Reports:
    """A folder of photos, and two runs on it with a baseline."""

    def __init__(self, place: Path) -> None:
        self.photos, self.reports = place / "photos", place / "reports"
        self.folder = self.reports / "photos"
        self.own = ("dataset=folder", f"dataset.root={self.photos}", f"reports={self.reports}")

    def run(self, name: str) -> Path:
        return self.folder / "runs" / name

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        given = {word.partition("=")[0] for word in words}
        quiet = [f"{name}=false" for name in ("html", "plots") if name not in given]
        return run_command(*words, *self.own, *quiet)

    def compare(self, a: str, b: str, *more: str) -> subprocess.CompletedProcess[str]:
        return self.command("compare", f"runs={a},{b}", *more)

    def found(self, folder: str) -> tuple[dict[str, Any], str]:
        """comparison.json and comparison.md of two runs."""
        place = self.folder / "ab" / folder
        comparison = stored(place / "comparison.json")
        jsonschema.validate(comparison, stored(ROOT / "docs" / "comparison.schema.json"))
        return comparison, (place / "comparison.md").read_text()


def older(reports: Reports, place: Path) -> None:
    """A copy of a run that looks as if made by another version on another machine."""
    shutil.copytree(reports.run(A), place)
    parts = stored(place / "run.json")["identity"]
    parts["code"]["packages"]["numpy"] = "1.26.4"
    parts["code"]["sources"] = "e" * 64
    parts["machine"]["cpu"] = "Another CPU"
    change(place / "run.json", key="f" * 64, identity=parts)


def erase(mask: Path) -> None:
    Pillow.new("L", opened(mask).size).save(mask)
    rewrite(mask.parents[1])
