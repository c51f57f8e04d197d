"""The commands that faults are put into, and what an undisturbed run of each gives.

Every trial of a stage runs in the same folder, as stored files name it.
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.commands import Commands, Ended
from tests.faults.state import State, difference, state_of
from tests.support.photos import make_folder
from tests.support.projects import ROOT

NAMES = ["a", "b", "c"]
OTSU, FLOOR = ("run", "model=otsu"), ("run", "model=background")
SCORED = (("eval", "model=otsu"), ("eval", "model=background"))
QUIET = ("html=false", "plots=false")


@dataclass(frozen=True)
class Stage:
    """A command, and the commands that were run before it.

    ``repeat`` is what is added to it where a model's process was killed; None: it has no such.
    """

    name: str
    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    shows: tuple[str, ...] = QUIET
    repeat: tuple[str, ...] | None = None
    timed: bool = False  # it measures times
    masks: bool = True  # the photos have ground truth


STAGES = {
    stage.name: stage
    for stage in (
        Stage("run", ("run", "model=otsu"), repeat=("retry=true",)),
        Stage("eval", ("eval", "model=otsu"), repeat=("retry=true",), timed=True),
        Stage(
            "eval of a changed model", ("eval", "model=otsu", "timeout_s=500"), SCORED,
            repeat=("retry=true",), timed=True,
        ),
        Stage("score", ("score",), (OTSU, FLOOR)),
        Stage("score with the page's files", ("score", "html=true", "plots=false"), (OTSU,), ()),
        Stage("paper metrics", ("score", "metrics=paper"), (OTSU,)),
        Stage("compare", ("compare",), SCORED),
        Stage("compare two", ("compare", "runs=otsu,background"), SCORED),
        Stage("compare with page and plots", ("compare",), SCORED, ()),
        Stage("audit", ("audit",), SCORED),
        Stage("baseline", ("baseline", "model=otsu", "keep_masks=true"), SCORED),
        Stage(
            "a baseline again", ("baseline", "model=otsu"),
            (*SCORED, ("baseline", "model=otsu", "keep_masks=true")),
        ),
        Stage("baseline of repeats", ("baseline", "model=otsu", "repeats=2"), SCORED, repeat=()),
        Stage("gate", ("gate", "model=otsu"), (*SCORED, ("baseline", "model=otsu"))),
        Stage("verify", ("verify",), SCORED),
        Stage("trace", ("trace", "model=otsu"), repeat=(), masks=False),
    )
}  # fmt: skip


@dataclass
class Prepared:
    """A stage's state before and after an undisturbed run, its points, and how long it took."""

    stage: Stage
    template: Path
    before: State
    after: State
    ended: Ended
    points: list[tuple[str, str, str]]
    seconds: float

    def of(self, role: str) -> list[tuple[str, str]]:
        """The points of a role in their order, each when and the call; numbered from 1."""
        return [(when, call) for each, when, call in self.points if each == role]


class Bench:
    """A folder of photos and reports, and the stages that were prepared in it."""

    def __init__(
        self,
        folder: Path,
        project: Path = ROOT,
        env: Mapping[str, str] | None = None,
        names: Sequence[str] = tuple(STAGES),
    ) -> None:
        self.folder = folder
        self.names = names  # of the stages that faults are put into
        self.project = project
        self.env = env or {}
        self.work = folder / "work"
        self.commands = Commands(folder)
        self._prepared: dict[str, Prepared] = {}
        self._templates: dict[object, Path] = {}

    @property
    def own(self) -> tuple[str, ...]:
        """The words for the bench's dataset and reports."""
        root = f"dataset.root={self.work / 'photos'}"
        return ("dataset=folder", root, f"reports={self.work / 'reports'}")

    @property
    def run_folder(self) -> Path:
        """Where otsu's run is stored."""
        return self.work / "reports/photos/runs/otsu"

    def words(self, stage: Stage, more: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The stage's command line."""
        command, *rest = stage.words
        return (command, *self.own, *stage.shows, *rest, *more)

    def begin(self, *, masks: bool = True) -> None:
        """Photos without reports."""
        shutil.rmtree(self.work, ignore_errors=True)
        make_folder(self.work / "photos", NAMES)
        if not masks:
            shutil.rmtree(self.work / "photos" / "masks")

    def prepare(self, name: str) -> Prepared:
        """Run a stage undisturbed, once; a second time to see that its result is always the same.

        Raises:
            RuntimeError: it is not, or the command failed.
        """
        return self.prepare_stage(STAGES[name])

    def prepare_stage(self, stage: Stage) -> Prepared:
        """The same for any stage."""
        name = stage.name
        if name in self._prepared:
            return self._prepared[name]
        template = self._template(stage)
        self.restore(template)
        before_it = self.state(stage)
        ended = self._succeed(self.words(stage))
        after = self.state(stage)
        self.restore(template)
        start = time.monotonic()  # not of the first, which may wait for the server's start
        points = self._points(self.words(stage))
        seconds = time.monotonic() - start
        for again in ("a second run", "the same command again"):
            if differs := difference(self.state(stage), after):
                raise RuntimeError(f"{name}: {again} gives another result: {differs}")
            if again == "a second run":
                self._succeed(self.words(stage))
        prepared = Prepared(stage, template, before_it, after, ended, points, seconds)
        self._prepared[name] = prepared
        return prepared

    def _template(self, stage: Stage) -> Path:
        """A copy of the work folder before the stage; several have the same."""
        key = (stage.before, stage.masks)
        if key not in self._templates:
            self.begin(masks=stage.masks)
            for command, *rest in stage.before:
                self._succeed((command, *self.own, *QUIET, *rest))
            template = self.folder / "templates" / str(len(self._templates))
            shutil.copytree(self.work, template)
            self._templates[key] = template
        return self._templates[key]

    def restore(self, template: Path) -> None:
        """Go back to a state that was kept."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(template, self.work)

    def state(self, stage: Stage) -> State:
        """What the work folder holds now."""
        return state_of(self.work, timed=stage.timed)

    def close(self) -> None:
        """End the processes and remove the files."""
        self.commands.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(
        self, words: tuple[str, ...], order: Mapping[str, Any] | None = None, **how: Any
    ) -> Ended:
        """Run a command of the bench's project."""
        return self.commands.run(words, order, project=self.project, env=self.env, **how)

    def _points(self, words: tuple[str, ...]) -> list[tuple[str, str, str]]:
        """Run a command; its points, each the role, when and the call."""
        log = self.folder / "points"
        log.unlink(missing_ok=True)
        self.run(words, {"log": str(log)})
        lines = log.read_text().splitlines() if log.exists() else []
        first: dict[str, str] = {}  # the first process of each role
        return [
            (role, when, call)
            for role, pid, when, call in map(str.split, lines)
            if first.setdefault(role, pid) == pid
        ]

    def _succeed(self, words: tuple[str, ...]) -> Ended:
        ended = self.run(words)
        if ended.code not in (0, 3):
            raise RuntimeError(f"{' '.join(words)}: {ended.code}\n{ended.text}")
        return ended
