"""``make baseline``: store a run's scores as the baseline of the gate."""

import shutil
from dataclasses import replace
from pathlib import Path

from evaluate.commands.gate import fresh_run, limits_of
from evaluate.commands.session import Session
from evaluate.config.options import KEEP_MASKS, REPEATS
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.errors import ReportsError
from evaluate.exit_codes import DONE
from evaluate.gate.baseline import baseline_of, failures_text, noise_of
from evaluate.gate.judge import p50_ratio
from evaluate.predict.stage import predict
from evaluate.score.stage import score_run
from evaluate.store.baseline import write_baseline, write_masks
from evaluate.store.run_folder import OK


def run(session: Session, settings: Settings) -> int:  # noqa: ARG001 - as every command
    """Store the chosen run, and with ``repeats`` the noise between runs."""
    limits, path = limits_of(settings), settings.baseline
    stored = fresh_run(settings, settings.dataset.load())
    ratios = {limits.reference: p50_ratio(stored, limits.reference)} if limits.reference else {}
    found = baseline_of(stored, ratios, None, limits.rises)
    counts = f"{stored.row}: {len(found.failed)} of {len(found.ious)} photos failed"
    if found.has_no_mask:
        raise ReportsError(
            f"{counts} ({failures_text(stored)}), so no run could be worse and no baseline is "
            f"stored; solve that and run: {stored.about()['command']} retry=true"
        )
    if (repeats := settings[REPEATS] or 1) > 1:
        masked = {id_: iou for id_, iou in found.ious.items() if id_ not in found.failed}
        found = replace(
            found, noise=noise_of([masked, *(_repeat(settings) for _ in range(repeats - 1))])
        )
    keep_masks = settings[KEEP_MASKS]
    write_baseline(replace(found, masks=keep_masks), path)
    masks = path.with_suffix("")
    if keep_masks:
        write_masks(stored, masks)
    else:
        shutil.rmtree(masks, ignore_errors=True)
    print(f"{path}: {len(found.ious)} photos; commit it; make gate compares with it", flush=True)
    if found.failed:
        say(f"{counts} ({failures_text(stored)}); the gate allows as many")
    if noise := found.noise:
        largest = max(noise.photos.values(), default=0)
        text = f"noise of {noise.repeats} runs: median IoU {noise.median:g}, "
        print(f"{text}any one photo {largest:g}", flush=True)
    return DONE


def _repeat(settings: Settings) -> dict[str, float]:
    """Predict and score once more, in another folder; the IoUs of the photos that got a mask."""
    model, files = settings.model.build()
    dataset = settings.dataset.load()
    place: Path = settings.folder / "repeats"
    try:
        again = predict(model, dataset, settings.conditions, files, place, retry=False)
        scores = score_run(again, dataset, settings.measuring)
        return {s.id: s.iou for s in scores if s.status == OK and s.iou is not None}
    finally:
        shutil.rmtree(place, ignore_errors=True)
