"""Reports folders of any size, as `make eval` leaves them, without a photo or a model."""

import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from evaluate.store.formats.checked_lines import sealed

MODELS, POOL = 10, 4096
HASH = hashlib.sha256(b"synthetic").hexdigest()
VERSION = "0.1.0"
COLUMNS = (
    "id,status,iou,mean_px,hd95_px,inside_px,outside_px,surface_dice,edge_px,pieces,holes,vertices,"
    "as_truth,area_ratio,fit_px,mm_per_px,tags,error"
)


def write_reports(folder: Path, photos: int, models: int = MODELS, described: bool = True) -> Path:
    """Write ``folder/synthetic`` with finished and scored runs; returns it.

    ``described``: photos have tags and traits, which make slices.
    """
    place = folder / "synthetic"
    rng = np.random.default_rng(photos)
    hardness = rng.beta(2, 8, photos)
    tags = _tags() if described else [""] * POOL
    for number in range(models):
        noise = rng.beta(1.2, 12 - number / 2, photos)
        ious = np.where(rng.random(photos) < 0.03, 0.0, 1 - np.minimum(1, hardness * noise * 6))
        _write_run(place / "runs" / f"model-{number:02}", number, ious.tolist(), tags)
    if described:
        _write_traits(place / "traits.json", photos)
    return place


def _tags() -> list[str]:
    chance = Random(1)
    return [
        f"light={chance.choice(('lamp', 'office', 'window'))};paper={chance.choice('abcd')};"
        f"stratum={chance.choice(('chrome', 'matte', 'wood'))}"
        for _ in range(POOL)
    ]


def _write_run(folder: Path, number: int, ious: list[float], tags: list[str]) -> None:
    folder.mkdir(parents=True)
    chance = Random(number)
    measures = [_measures(chance) for _ in range(POOL)]
    rest = [_rest(chance) for _ in range(POOL)]
    scores, predictions = [COLUMNS], []
    for i, iou in enumerate(ious):
        j, k = (i * 7) % POOL, i % POOL
        scores.append(f"photo-{i:07},ok,{iou!r},{measures[j]},{tags[k]},")
        predictions.append(sealed(f'{{"id": "photo-{i:07}", {rest[j]}'.encode()))
    data = "".join(f"{line}\r\n" for line in scores).encode()
    (folder / "scores.csv").write_bytes(data)
    (folder / "predictions.jsonl").write_bytes(b"".join(predictions))
    scoring = {
        "cutoutbench": VERSION, "dataset": "synthetic", "dataset_hash": HASH,
        "foreground": "white", "notices": [], "threshold": 128, "clearance_mm": 0.3,
        "inverse_iou": None, "scores_sha256": hashlib.sha256(data).hexdigest(),
        "scored": f"2026-01-01T00:00:{number:02}.000+00:00",
    }  # fmt: skip
    (folder / "scores.json").write_text(json.dumps(scoring))
    (folder / "run.json").write_text(json.dumps(_about(number)))


def _measures(chance: Random) -> str:
    px = [f"{chance.expovariate(0.1):.6g}" for _ in range(4)]
    rest = (chance.random(), chance.uniform(1, 4))
    counts = [str(chance.randrange(1, 9)) for _ in range(2)]
    shape = (str(chance.randrange(20, 900)), str(chance.randrange(2)))
    return ",".join(
        [*px, *(f"{x:.6g}" for x in rest), *counts, *shape, f"{chance.uniform(0.8, 1.2):.6g}",
         f"{chance.expovariate(0.3):.6g}", "0.19143"]
    )  # fmt: skip


def _rest(chance: Random) -> str:
    seconds = float(f"{chance.lognormvariate(-1, 0.2):.6g}")
    record = {
        "status": "ok", "seconds": seconds, "error": None, "traceback": None,
        "size": [3648, 5472], "box": None, "model_seconds": seconds * 0.9, "facts": {},
        "candidates": None, "peak_rss_bytes": 10**9 + chance.randrange(10**6),
        "rss_bytes": 9 * 10**8 + chance.randrange(10**6), "session": 0,
        "mask_sha256": f"{chance.randrange(16**64):064x}", "candidates_sha256": None,
    }  # fmt: skip
    return json.dumps(record)[1:-1]


def _about(number: int) -> dict[str, Any]:
    return {
        "cutoutbench": VERSION, "row": f"model-{number:02}", "label": f"Model {number}",
        "command": f"make eval model=model-{number:02}", "licences": {"code": "MIT"},
        "key": hashlib.sha256(str(number).encode()).hexdigest(),
        "identity": {
            "config": {"target": f"models.m{number}.M", "options": {}, "warmup": 1},
            "files": HASH, "code": {"sources": HASH, "packages": {}}, "photos": HASH,
            "machine": {"system": "Linux x86_64", "cpu": "any", "cores": 2, "python": "3.11.7"},
            "conditions": {"device": "auto", "threads": 2, "timeout_s": 600.0},
        },
        "sessions": [{
            "started": "2026-01-01T00:00:00+00:00", "load_s": 1.5 + number, "device": "cpu",
            "weights": {}, "warmup_s": [0.6],
        }],
    }  # fmt: skip


def _write_traits(path: Path, photos: int) -> None:
    chance = Random(2)
    names = ("brightness", "contrast", "glare", "width", "size")
    pool = [
        {
            **{name: round(chance.uniform(0, 200), 4) for name in names},
            "parts": chance.randrange(1, 4),
            "holes": chance.randrange(3),
            "touches_edge": chance.random() < 0.2,
        }
        for _ in range(POOL)
    ]
    stored = {f"photo-{i:07}": pool[(i * 11) % POOL] for i in range(photos)}
    traits = {"of": HASH, "dataset_hash": HASH, "photos": stored}
    path.write_text(json.dumps(traits, indent=1))
