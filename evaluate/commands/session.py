"""One command over one or, in a sweep, several models; which stage does what, and exit codes."""

import os
import sys
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from omegaconf import DictConfig, open_dict

from datasets.dataset import Dataset, DatasetError
from evaluate.audit import report as audit_report
from evaluate.audit.stage import audit
from evaluate.canary import Way, handful, judge
from evaluate.commands import weights
from evaluate.commands.gate import JUNIT, forget, hold, make_baseline
from evaluate.compare.comparison import Unable, compare
from evaluate.compare.licence_terms import binding
from evaluate.compare.run_pair import pair
from evaluate.config.settings import Settings
from evaluate.display.text import aligned, printable, say
from evaluate.errors import CannotRun, ReportsError, SettingsError
from evaluate.gate import report as gate_report
from evaluate.gate.judge import Verdict
from evaluate.predict.licences import licences
from evaluate.predict.model import Model
from evaluate.predict.stage import run
from evaluate.report import publish, tracking
from evaluate.report.changes import moved
from evaluate.score.photo_traits import traits_of
from evaluate.score.stage import score
from evaluate.store.atomic import write_atomic
from evaluate.store.run_folder import OK, Run, all_runs
from evaluate.store.traits import TRAITS
from evaluate.trace.stage import trace

DONE, REGRESSED, CANNOT, ATTENTION, INTERRUPTED = 0, 1, 2, 3, 130


class Session:
    """The command's state: what was done, and what is to be told at the end."""

    def __init__(self, command: str, named: bool) -> None:
        self.command = command
        self.named = named  # whether the person named a model
        self.codes: list[int] = []
        self.reported: dict[Path, Settings] = {}  # datasets to compare once all models are done
        self.problems: dict[str, None] = {}  # in order, each once
        self.unable: list[tuple[Path, Unable]] = []  # each with its dataset's folder
        self.files: list[tuple[str, ...]] = []  # what make weights shows
        self.verdicts: list[Verdict] = []  # the gate's
        self.refused: dict[str, str] = {}  # what it could not compare, and why

    def job(self, config: DictConfig) -> None:
        """One model's share of the command."""
        settings = Settings.of(config)
        if INTERRUPTED in self.codes:
            return
        if settings.swept and settings.missing:  # such as precomputed, among all there are
            if self.named:
                say(f"{settings.choice}: passed over, it wants {' and '.join(settings.missing)}")
            return
        self._guard(lambda: self._stage(settings))

    def _stage(self, settings: Settings) -> int:
        settings = fitting(settings)
        if self.command == "gate":
            forget(settings)
        settings.check()
        tracking.package(settings.config.log)
        predicts = self.command in ("eval", "run")
        if self.command not in ("canary", "trace", "weights"):
            settings.check_root(claim=predicts)
        os.environ.update(settings.downloads)  # for this process and those of the models
        try:
            return STAGES[self.command](self, settings)
        except CannotRun as error:
            if not (predicts and settings.swept):
                raise
            say(str(error))
            unable = Unable(settings.row, settings.label, str(error))
            self.unable.append((settings.folder, unable))
            if self.command == "eval":
                self.reported.setdefault(settings.folder, settings)
            return ATTENTION

    def finish(self) -> int:
        """Compare what was evaluated; the exit code."""
        if len(self.unable) == len(self.codes):  # no model did anything
            self.codes.append(CANNOT)
        for settings in self.reported.values():
            self._guard(lambda s=settings: self._compare(s))  # type: ignore[misc]
        if self.files:
            print(aligned([weights.HEADER, *self.files], str.ljust))
            print(weights.note(), flush=True)
        for problem in self.problems:
            say(problem)
        if self.problems:
            self.codes.append(ATTENTION)
        order = [INTERRUPTED, CANNOT, REGRESSED, ATTENTION]
        return next((code for code in order if code in self.codes), DONE)

    def _guard(self, action: Callable[[], int]) -> int:
        """Run an action, say what stopped it, and keep and return its exit code."""
        code = CANNOT
        try:
            code = action()
        except (CannotRun, DatasetError, ReportsError, SettingsError) as error:
            say(str(error))
        except BrokenPipeError:  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = DONE
        except OSError as error:
            say(f"{error.filename or 'reports'}: {error.strerror}; mend that and run again")
        except KeyboardInterrupt:
            say("interrupted; finished photos are kept, the same command goes on from here")
            code = INTERRUPTED
        self.codes.append(code)
        return code

    def _dataset(self, settings: Settings) -> Dataset:
        dataset = settings.dataset()
        self.problems.update(dict.fromkeys(dataset.problems))
        if dataset.foreground == "auto" and settings.folder not in self.reported:
            say(f"{dataset.name}: by its masks' borders, {dataset.polarity} is the tool in them")
        return dataset

    def _model(self, settings: Settings) -> tuple[Model, list[Path]]:
        model, files = settings.model()
        if text := binding(licences(model)):
            say(f"{model.label}: licences: {text}")
        return model, files

    def _predict(self, settings: Settings, dataset: Dataset | None = None) -> int:
        model, files = self._model(settings)
        dataset = dataset or self._dataset(settings)
        model.agree_on_costs(len(dataset.samples), settings.allowed_usd)
        stored = run(model, dataset, settings.conditions, files, settings.runs, settings.retry)
        failed = any(p.status != OK for p in stored.predictions().values())
        return ATTENTION if failed else DONE

    def _evaluate(self, settings: Settings) -> int:
        dataset = self._dataset(settings)
        code = self._predict(settings, dataset)
        self.reported.setdefault(settings.folder, settings)
        score(Run(settings.runs / settings.row), dataset, settings.clearance_mm)
        traits_of(dataset, settings.folder / TRAITS)
        return code

    def _score(self, settings: Settings) -> int:
        dataset = self._dataset(settings)
        traits_of(dataset, settings.folder / TRAITS)
        runs = all_runs(settings.runs)
        if settings.choice is not None:
            runs = [r for r in runs if r.row == settings.row]
        if not runs:
            raise ReportsError(f"{settings.runs}: no run to score; run: make eval model=NAME")

        def score_one(stored: Run) -> int:
            score(stored, dataset, settings.clearance_mm)
            self.reported.setdefault(settings.folder, settings)
            return DONE

        return max(self._guard(lambda r=r: score_one(r)) for r in runs)  # type: ignore[misc]

    def _compare(self, settings: Settings) -> int:
        unable = tuple(one for folder, one in self.unable if folder == settings.folder)
        comparison = replace(compare(settings.runs, settings.margin_iou), unable=unable)
        runs = [Run(settings.runs / row.row) for row in comparison.rows]
        publish.publish(settings, comparison, settings.folder, runs)
        return ATTENTION if comparison.left_out or comparison.without_truth else DONE

    def _compare_two(self, settings: Settings) -> int:
        """Compare the two runs that are named; every run where none is."""
        if settings.config.runs is None:
            return self._compare(settings)
        two = pair(settings.folder, settings.config.runs, settings.margin_iou)
        more = moved(two, settings.margin_iou)
        publish.publish(settings, two.comparison, two.folder, two.runs, more)
        return ATTENTION if two.comparison.without_truth else DONE

    def _audit(self, settings: Settings) -> int:
        found = audit(self._dataset(settings), settings.runs, settings.margin_iou)
        audit_report.publish(found, settings.folder, settings.margin_iou)
        return ATTENTION if found.suspects else DONE

    def _baseline(self, settings: Settings) -> int:
        print(make_baseline(settings), flush=True)
        return DONE

    def _gate(self, settings: Settings) -> int:
        try:
            found = hold(settings)
            self.verdicts.append(found)
        except (CannotRun, DatasetError, ReportsError, SettingsError) as error:
            self.refused[settings.row] = str(error)
            raise
        finally:
            cases = gate_report.junit(self.verdicts, self.refused)
            write_atomic(settings.folder / "gate" / JUNIT, cases)
        return self._judged(found.passed, gate_report.lines(found))

    def _canary(self, settings: Settings) -> int:
        dataset = self._dataset(settings)
        samples = dataset.samples if settings.limit else handful(dataset.samples)
        way, *others = [Way(self._model(s)[0], s.conditions) for s in settings.both]
        for one in (way, *others):
            one.model.agree_on_costs(len(samples), settings.allowed_usd)
        found = judge(way, others[0] if others else None, samples, settings.agree_iou)
        return self._judged(found.agree, map(printable, found.lines))

    def _judged(self, good: bool, lines: Iterable[str]) -> int:
        """Tell a verdict; it counts even where nobody reads it to the end."""
        code = DONE if good else REGRESSED
        self.codes.append(code)
        print("\n".join(lines), flush=True)
        return code

    def _trace(self, settings: Settings) -> int:
        from evaluate.trace.export import draw  # and ezdxf, which takes long

        model, _ = self._model(settings)
        problems: list[str] = []
        try:
            trace(
                model,
                settings.conditions,
                settings.photos,
                settings.limit,
                settings.allowed_usd,
                settings.retry,
                problems,
            )
            if any((settings.photos / "masks").glob("*")):
                draw(settings.dataset(), settings.photos / "outlines", problems)
        finally:
            self.problems.update(dict.fromkeys(problems))
        return DONE

    def _weights(self, settings: Settings) -> int:
        """Fetch the chosen model's files; list those of all where none is chosen."""
        if settings.choice is None:
            every = settings.every_model()
            return max(self._guard(lambda s=one: self._files(s, fetching=False)) for one in every)  # type: ignore[misc]
        return self._files(settings, fetching=True)

    def _files(self, settings: Settings, *, fetching: bool) -> int:
        model, _ = settings.model()
        found = weights.rows(model, fetching=fetching)
        if fetching and not found:
            say(f"{model.label} has no weights to fetch")
        self.files += found
        return DONE


STAGES: dict[str, Callable[[Session, Settings], int]] = {
    "eval": Session._evaluate,
    "run": Session._predict,
    "score": Session._score,
    "compare": Session._compare_two,
    "audit": Session._audit,
    "baseline": Session._baseline,
    "canary": Session._canary,
    "gate": Session._gate,
    "trace": Session._trace,
    "weights": Session._weights,
}


def fitting(settings: Settings) -> Settings:
    """The settings without a prompt that several models were given, if this one takes none.

    Raises:
        SettingsError: it is the only one.
    """
    prompt = settings.choices.get("prompt")
    if prompt is None or settings.takes_prompt:
        return settings
    if not settings.swept:
        raise SettingsError(f"{settings.choice} takes no prompt; leave out prompt={prompt}")
    say(f"{settings.choice} takes no prompt; it runs without prompt={prompt}")
    config = deepcopy(settings.config)
    with open_dict(config):
        del config.model["prompt"]
    overrides = tuple(o for o in settings.overrides if not o.startswith("prompt="))
    return replace(settings, config=config, overrides=overrides)
