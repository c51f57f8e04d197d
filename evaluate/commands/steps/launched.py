"""A sweep whose jobs run in processes of a launcher of Hydra; this process compares at the end.

A job shares nothing with this process but files. What the session needs of it, it leaves in a file
of the sweep's folder, which lies under ``reports=`` as Slurm's machines need a shared disk.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from datasets.caching import cache
from evaluate.commands.session import CACHE, Session
from evaluate.commands.steps.paper import compute_paper_metrics
from evaluate.config.compose import for_each_job, job_number
from evaluate.config.launchers import CHOICE, SETTING, Launcher
from evaluate.config.options import REPORTS
from evaluate.config.settings import Settings
from evaluate.display.text import count_text, say
from evaluate.exit_codes import CANNOT, DONE
from evaluate.store.atomic import write_json
from evaluate.store.run_folder import read_json
from evaluate.store.sweeps.unable import Unable


@dataclass(frozen=True)
class LaunchedJob:
    """What a process needs to do its job, beside the configuration; ``folder`` is the sweep's."""

    command: str
    named: bool
    launcher: Launcher
    folder: Path

    def run(self, config: DictConfig) -> None:
        """Do one model's share of the command, and leave what the session needs of it."""
        session = Session(self.command, self.named, launcher=self.launcher)
        session.job(config)
        compute_paper_metrics(session)
        left = {
            "codes": session.codes,
            "errors": session.errors,
            "problems": list(session.problems),
            "warnings": list(session.warnings),
            "unable": [asdict(one) for _, one in session.unable],
            "reported": bool(session.reported),
            "scored": [row for rows in session.scored.values() for row in rows],
        }
        write_json(self.folder / f"{job_number()}.json", left)


def launch(session: Session, flags: Sequence[str], overrides: Sequence[str]) -> None:
    """Check every job here, run each by the session's launcher, and take up what they did.

    Raises:
        HydraException: an override fits no yaml, or none of the launcher.
    """
    launcher = session.launcher
    assert launcher is not None  # noqa: S101 - narrows the type
    flags = list({*flags, "-m"})
    planned: dict[int, Settings] = {}

    def plan(config: DictConfig) -> None:
        if (settings := session.plan(config)) is not None:
            planned[job_number()] = settings

    own = [word for word in overrides if not word.startswith((CHOICE, SETTING))]
    for_each_job(plan, flags, own)
    if set(session.codes) != {DONE}:  # said why
        return
    session.codes.clear()
    reports = next(iter(planned.values()))[REPORTS]
    reports.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".launched-", dir=reports)).absolute()
    job = LaunchedJob(session.command, session.named, launcher, folder)
    logs = "" if launcher.shares_terminal else f"; logs until they are done: {folder}"
    say(f"{CHOICE}{launcher.name}: {count_text(len(planned), 'job')}{logs}")
    if launcher.shares_terminal:  # bars of several jobs would overwrite each other
        os.environ["TQDM_DISABLE"] = "1"
    lost = True
    try:
        with _explained(launcher):
            for_each_job(job.run, flags, overrides, folder)
        lost = _take_up(session, planned, folder)
    finally:
        has_logs = not launcher.shares_terminal and any(folder.iterdir())
        if not (lost and has_logs):
            shutil.rmtree(folder)


@contextmanager
def _explained(launcher: Launcher) -> Iterator[None]:
    """Say what joblib and submitit raise of a job whose process has died."""
    try:
        yield
    except RuntimeError as error:
        say(f"{CHOICE}{launcher.name}: {error}")


def _take_up(session: Session, planned: dict[int, Settings], folder: Path) -> bool:
    """Add to the session what its jobs left; returns whether one left nothing, so has failed."""
    assert session.launcher is not None  # noqa: S101 - narrows the type
    lost = []
    for number, settings in planned.items():
        path = folder / f"{number}.json"
        if not path.is_file():
            lost.append(settings.model.label)
            continue
        left: dict[str, Any] = read_json(path)
        session.codes += left["codes"]
        session.problems.update(dict.fromkeys(left["problems"]))
        session.warnings.update(dict.fromkeys(left["warnings"]))
        session.unable += [(settings.folder, Unable(**one)) for one in left["unable"]]
        if left["reported"]:
            cache.use(settings.whole_folder / CACHE)
            session.reported.setdefault(settings.folder, settings)
            session.scored.setdefault(settings.folder, []).extend(left["scored"])
        if not session.launcher.shares_terminal:
            for line in left["errors"]:
                say(line)
    if lost:
        say(
            f"{', '.join(lost)}: no result, as the job's process has died or was ended; finished "
            "photos are kept, the same command continues"
        )
        session.codes.append(CANNOT)
    return bool(lost)
