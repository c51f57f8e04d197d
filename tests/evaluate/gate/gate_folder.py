"""A run and its baseline, for the gate to compare."""

import subprocess
from pathlib import Path

from tests.support.commands import make, run_command
from tests.support.photos import opened
from tests.support.runs import rewrite


class Gate:
    """Ten photos, a run of Otsu on them and its baseline, in a folder that a test may change."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.reports = root / "reports"
        self.folder = root / "photos"
        self.masks = self.reports / "photos" / "runs" / "otsu" / "masks"
        self.baseline = self.reports / "photos" / "baselines" / "otsu.json"
        self.own = (
            "dataset=folder", f"dataset.root={self.folder}", f"reports={self.reports}",
            "html=false", "plots=false",
        )  # fmt: skip

    def command(self, name: str, *more: str) -> subprocess.CompletedProcess[str]:
        return run_command(*self._words(name, more))

    def make(self, target: str, *more: str) -> subprocess.CompletedProcess[str]:
        return make(*self._words(target, more))

    def _words(self, name: str, more: tuple[str, ...]) -> list[str]:
        model = () if name == "score" else ("model=otsu",)
        settings = (*model, *self.own, *more)
        return [name, *sorted(settings, key=lambda word: word.partition("=")[0])]  # as make does

    def erase(self, count: int) -> None:
        """Blank half of the stored mask of some photos, and score again."""
        for i in range(count):
            path = self.masks / f"p{i}.png"
            mask = opened(path).convert("L")
            mask.paste(0, (0, 60, 90, 120))
            mask.save(path)
        rewrite(self.masks.parent)
        assert self.command("score").returncode == 0
