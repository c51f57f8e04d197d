"""A scored run: without masks, or with those that its lines name, so that nothing is at fault."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from datasets.decoding.mask_png import encode_mask
from evaluate.store.run_folder import PredictionRecord, Run
from evaluate.store.scores import MEASURES, Score, Scoring, write_scores
from models.segmenter import Facts
from tests.support.photos import photo

IDS = ("a", "b", "c")


def scored(folder_: Path, iou: float) -> Run:
    """A scored run of three photos, the last of which failed."""
    run = Run(folder_)
    run.folder.mkdir(parents=True)
    session = {"started": "2026-11-28T05:09:08+00:00", "load_s": 0.1, "device": "cpu"}
    run.write_about(
        {
            "label": folder_.name,
            "command": "make eval",
            "key": "k" * 64,
            "row": folder_.name,
            "licences": {"code": "AGPL-3.0"},
            "git": {"commit": "0" * 40, "dirty": True},
            "identity": {
                "config": {
                    "target": "models.otsu.Otsu",
                    "options": {"a": {"b": 1}},
                    "warmup": 1,
                    "steps": {"crop": {"choice": "paper", "options": {}}},
                },
                "files": "0" * 64,
                "photos": "0" * 64,
                "code": {"sources": "0" * 64, "packages": {"numpy": "2.0"}},
                "machine": {"cpu": "x", "cores": 2},
                "conditions": {"threads": 2, "device": "auto", "timeout_s": 600.0},
            },
            "sessions": [{**session, "weights": {"w": "sha256:0"}, "warmup_s": [0.1, None]}],
        }
    )
    facts: Facts = {"tokens": 3, "cost_usd": 0.1, "fell_back_to_px": 512, "tier": "x"}
    for number, id_ in enumerate(IDS):
        run.append(
            PredictionRecord(
                id_, "ok" if number < 2 else "error", 0.1 + number, size=(120, 90),
                box=(0, 0, 50, 60), model_seconds=0.1, facts=facts, candidates=3,
                peak_rss_bytes=10**9, rss_bytes=10**9 + number, session=0,
            )
        )  # fmt: skip
    measures = dict.fromkeys(MEASURES, 1.5)
    write_scores(
        run,
        Scoring("0.1.0", "photos", "0" * 64, 128, "2026-11-28T05:09:08+00:00", ("a notice",)),
        "white",
        [
            Score(id_, "ok" if n < 2 else "error", iou * (n < 2), "light=dim", "", 0.9, measures)
            for n, id_ in enumerate(IDS)
        ],
    )
    return run


def run_with_masks(scratch: Path) -> tuple[Run, PredictionRecord]:
    """The run, and the record of its first photo."""
    run = scored(scratch / "run", 0.5)
    records = list(run.predictions().values())
    run.lines.unlink()
    run.masks.mkdir()
    for number, record in enumerate(records):
        encoded = encode_mask(photo(shift=number)[1].astype(np.uint8) * np.uint8(255))
        run.mask(record.id).write_bytes(encoded)
        digest = hashlib.sha256(encoded).hexdigest()
        run.append(replace(record, candidates=None, mask_sha256=digest))
    return run, run.predictions()[records[0].id]
