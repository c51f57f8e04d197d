"""Opt-in (``log=mlflow``, ``log=wandb``): log a comparison's rows as runs in MLflow or W&B.

Neither package is a dependency. Their own environment variables say where the runs go; W&B's
default is its public server. Every logged comparison makes new runs.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.row import LEVELS, Row
from evaluate.display.text import printable
from evaluate.errors import SettingsError

PROJECT = "cutoutbench"
_LONGEST = 500  # characters of a parameter: the limit of older MLflow servers

Params = Mapping[str, str | int]
Metrics = Mapping[str, float]


def track(where: str | None, comparison: Comparison, files: Sequence[Path]) -> None:
    """Log one run per row, each with ``files``; do nothing if ``where`` is None.

    Raises:
        SettingsError: as ``tracking_package``, or logging fails.
    """
    if (library := tracking_package(where)) is None:
        return
    try:
        for row in comparison.rows:
            name = printable(row.label)[:_LONGEST]
            WAYS[str(where)](library, name, params(comparison, row), metrics(row), files)
    except Exception as error:  # a third-party package or server may raise anything
        raise SettingsError(f"log={where}: {type(error).__name__}: {error}") from error


def tracking_package(where: str | None) -> Any:
    """The package for ``log=where``; None for None.

    Raises:
        SettingsError: ``where`` is unknown, or its package is not installed.
    """
    if where is None:
        return None
    if where not in WAYS:
        raise SettingsError(f"log={where}: use {', '.join(WAYS)} or null")
    try:
        return importlib.import_module(where)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"log={where}: package '{error.name}' is not installed; "
            f"run: .venv/bin/python -m pip install {where}"
        ) from error


def params(comparison: Comparison, row: Row) -> Params:
    """What a row's numbers depend on: its model, device, settings and dataset."""
    scoring = comparison.scoring
    texts = {
        "row": row.row,
        "label": row.label,
        "device": row.device,
        "crop": row.crop,
        "command": row.command,
        "dataset": scoring.dataset,
        "dataset_hash": scoring.dataset_hash,
        "cutoutbench": scoring.version,
    }
    short = {name: printable(text)[:_LONGEST] for name, text in texts.items()}
    threshold = "unknown" if scoring.threshold is None else scoring.threshold
    return {**short, "threads": row.threads, "threshold": threshold}


def metrics(row: Row) -> Metrics:
    """A row's numbers; missing ones are left out."""
    found: dict[str, float | None] = {
        "photos": len(row.ious),
        "failed": row.failed,
        "load_s": row.load_s,
        "first_call_s": row.first_call_s,
        "peak_rss_bytes": row.peak_rss_bytes,
    }
    if row.times:
        found |= {"seconds_p50": row.times.median, "seconds_p90": row.times.p90}
    if row.has_quality:
        found |= _ious(row)
    return {name: float(value) for name, value in found.items() if value is not None}


def _ious(row: Row) -> dict[str, float]:
    shares = {f"share_iou_above_{at:g}": row.above(at) / len(row.ious) for at in LEVELS}
    ends = row.interval
    return {
        "median_iou": row.median,
        **({"median_iou_low": ends.low, "median_iou_high": ends.high} if ends else {}),
        "mean_iou": row.mean,
        "p10_iou": row.p10,
        "worst_iou": row.worst,
        **shares,
    }


def _mlflow(mlflow: Any, name: str, given: Params, found: Metrics, files: Sequence[Path]) -> None:
    mlflow.set_experiment(PROJECT)
    with mlflow.start_run(run_name=name):
        mlflow.log_params(given)
        mlflow.log_metrics(found)
        for file in files:
            mlflow.log_artifact(str(file))


def _wandb(wandb: Any, name: str, given: Params, found: Metrics, files: Sequence[Path]) -> None:
    run = wandb.init(project=PROJECT, name=name, config=dict(given))
    try:
        run.log(dict(found))
        artifact = wandb.Artifact(f"comparison-{given['dataset_hash']:.12}", type="comparison")
        for file in files:
            artifact.add_file(str(file))
        run.log_artifact(artifact)
    finally:
        run.finish()


WAYS: dict[str, Callable[[Any, str, Params, Metrics, Sequence[Path]], None]] = {
    "mlflow": _mlflow,
    "wandb": _wandb,
}
