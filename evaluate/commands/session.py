"""One command over one or several models: what was done, and which errors end it."""

import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from datasets.caching import cache
from datasets.errors import DatasetError
from evaluate.commands import MODULES
from evaluate.config.launchers import Launcher
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.errors import CannotRun, ReportsError, SettingsError
from evaluate.exit_codes import ATTENTION, CANNOT, DONE, INTERRUPTED, REGRESSED
from evaluate.store.atomic import sweep

if TYPE_CHECKING:
    from datasets.dataset import Dataset
    from evaluate.commands.steps.weights_table import WeightEntry
    from evaluate.gate.judge import Verdict
    from evaluate.predict.model import Model
    from evaluate.store.run_folder import Run
    from evaluate.store.scores import Measuring
    from evaluate.store.sweeps.unable import Unable
    from evaluate.timing.rounds import Subject

PREDICTS = ("eval", "run")
CLAIMS = (*PREDICTS, "merge")  # a folder of reports for a dataset
ONE_MODEL_AT_A_TIME = ("time", "parity", "canary", "trace")
TAKES_ALTERNATIVES = (*PREDICTS, "weights")
CACHE = ".cache.sqlite"  # in a dataset's folder of reports
NEEDS_NO_REPORTS = ("canary", "trace", "weights")


class Session:
    """The command's state over all of its models."""

    def __init__(
        self, command: str, named: bool, suite: bool = False, launcher: Launcher | None = None
    ) -> None:
        self.command = command
        self.launcher = launcher  # None: the jobs run in this process, one after another
        self.suite = suite  # whether a suite was asked for: its rows are one family of tests
        self.suites: dict[Path, list[Settings]] = {}  # its models, by their dataset's folder
        self.named = named  # whether model= or suite= was given
        self.codes: list[int] = []
        self.errors: list[str] = []  # those that were said
        self.reported: dict[Path, Settings] = {}  # datasets to compare once all models are done
        self.scored: dict[Path, list[str]] = {}  # rows of make eval, by their dataset's folder
        # Runs whose paper metrics are computed then, by their dataset's folder.
        self.paper_runs: dict[tuple[Path, Measuring], tuple[Dataset, list[Run]]] = {}
        self.problems: dict[str, None] = {}  # in order, without repeats
        self.warnings: dict[str, None] = {}  # the same; they do not show in the exit code
        self.swept: dict[Path, str] = {}  # each row so far, and the settings that made it
        self.unable: list[tuple[Path, Unable]] = []  # with their dataset's folder
        self.weight_entries: list[WeightEntry] = []  # of make weights
        self.to_time: list[tuple[Settings, Subject]] = []  # of make time
        self.verdicts: list[Verdict] = []  # of make gate
        self.staged: list[Settings] = []  # of each model so far
        self.refused: dict[str, str] = {}  # rows that make gate could not compare, and why

    def job(self, config: DictConfig) -> None:
        """One model's share of the command."""
        settings = Settings.of(config, self.launcher)
        if INTERRUPTED in self.codes:
            return
        if settings.swept and (missing := settings.model.missing):  # such as precomputed's root
            if self.named:
                say(f"{settings.model.name}: left out, it needs {' and '.join(missing)}")
            return
        self.guard(lambda: self._stage(settings))

    def plan(self, config: DictConfig) -> Settings | None:
        """Check a job that another process is to do; None, and the reason said, if it cannot be."""
        settings = Settings.of(config, self.launcher)

        def check() -> int:
            if not settings.model.missing:  # else the job says so
                self._check(settings.without_untaken_prompt())
            return DONE

        return settings if self.guard(check) == DONE else None

    def _stage(self, settings: Settings) -> int:
        given = settings
        settings = given.without_untaken_prompt()
        if settings is not given:
            prompt = given.choices["prompt"]
            say(f"{settings.model.name} takes no prompt; it runs without prompt={prompt}")
        module = import_module(f"evaluate.commands.{MODULES[self.command]}")
        self.staged.append(settings)
        if self.command == "gate":
            module.forget(settings)
        self._check(settings)
        if self.command not in NEEDS_NO_REPORTS:
            cache.use(settings.whole_folder / CACHE)  # shards share it
            sweep(settings.folder)
        os.environ.update(settings.weights_environment)  # for the models' processes too
        try:
            code: int = self._run(module.run, settings)
        except CannotRun as error:
            if not (self.command in PREDICTS and settings.swept):
                raise
            self._note_unable(settings, str(error))
            return ATTENTION
        return code

    def _check(self, settings: Settings) -> None:
        """Refuse what can be known to be wrong before anything is done."""
        # Listing weights is quick: it checks what was given, as some parsers import much.
        settings.check(given_only=self.command == "weights")
        if self.command in ONE_MODEL_AT_A_TIME and settings.is_shared_out:
            raise SettingsError(
                f"make {self.command} runs one model at a time here; leave out workers= and engine="
            )
        if self.command not in NEEDS_NO_REPORTS:
            settings.check_root(claim=self.command in CLAIMS)
        if self.command in PREDICTS:
            self._check_sweep(settings)
        if self.suite:
            self.suites.setdefault(settings.folder, []).append(settings)

    def _run(self, run: "Callable[[Session, Settings], int]", settings: Settings) -> int:
        if self.command not in TAKES_ALTERNATIVES:
            return run(self, settings)
        from evaluate.commands.steps.alternative import run_with_alternative

        return run_with_alternative(run, self, settings)

    def _check_sweep(self, settings: Settings) -> None:
        """Refuse a second run of a sweep that would replace the first one's row.

        Raises:
            SettingsError: both have the same row and folder.
        """
        place = settings.folder / settings.model.row
        before = self.swept.setdefault(place, settings.line)
        if before != settings.line:
            raise SettingsError(
                f"{settings.line}: has the row {place.name} in {settings.folder}, as this sweep's "
                f"{before} has, and would replace it; give each dataset.name=… or model.label=…"
            )

    def _note_unable(self, settings: Settings, reason: str) -> None:
        from evaluate.store.sweeps.unable import Unable, keep_unable

        self._say_error(f"Could not run: {reason}")
        unable = Unable(settings.model.row, settings.model.label, reason)
        self.unable.append((settings.folder, unable))
        if self.command == "eval":
            keep_unable(settings.folder, unable)
            self.reported.setdefault(settings.folder, settings)

    def guard(self, action: Callable[[], int]) -> int:
        """Run an action, print the error that stops it, keep and return its exit code.

        After Ctrl-C no action is run.
        """
        if INTERRUPTED in self.codes:
            return INTERRUPTED
        code = CANNOT
        try:
            code = action()
        except (CannotRun, DatasetError, ReportsError, SettingsError) as error:
            self._say_error(str(error))
        except BrokenPipeError:  # the reader closed the pipe, as head does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = DONE
        except OSError as error:
            place = error.filename or "reports"
            self._say_error(f"{place}: {error.strerror}; solve that and run again")
        except KeyboardInterrupt:
            say("interrupted; finished photos are kept, the same command continues")
            code = INTERRUPTED
        cache.flush()
        self.codes.append(code)
        return code

    def _say_error(self, text: str) -> None:
        self.errors.append(text)
        say(text)

    def dataset(self, settings: Settings) -> "Dataset":
        """The chosen dataset. Problems are printed at the end, how masks are read at once."""
        dataset = settings.dataset.load()
        self.problems.update(dict.fromkeys(dataset.problems))
        self.warnings.update(dict.fromkeys(dataset.warnings))
        if dataset.reading and settings.folder not in self.reported:
            say(f"{dataset.name}: {dataset.reading}")
        return dataset

    def model(self, settings: Settings) -> "tuple[Model, list[Path]]":
        """The chosen model, and the files beyond weights that its masks depend on.

        Prints its licences if they bind its users.
        """
        from evaluate.compare.licence_terms import restrictive_licences
        from evaluate.predict.licences import licences

        model, files = settings.model.build()
        if text := restrictive_licences(licences(model)):
            say(f"{model.label}: licences: {text}")
        return model, files

    def judged(self, good: bool, lines: Iterable[str]) -> int:
        """Print a verdict; its exit code counts even where nobody reads it to the end."""
        code = DONE if good else REGRESSED
        self.codes.append(code)
        print("\n".join(lines), flush=True)
        return code
