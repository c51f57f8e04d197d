"""Files that the project stores, and reads again."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from evaluate.compare.analysis import analyse
from evaluate.compare.comparison import compare
from evaluate.compare.run_pair import compare_two
from evaluate.errors import ReportsError
from evaluate.report import comparison_csv
from evaluate.report.comparison_json import to_json
from evaluate.report.markdown import comparison_page
from evaluate.store.baseline import Baseline, Noise, read_baseline, reference_mask, write_baseline
from evaluate.store.formats.checked_lines import unchecked
from evaluate.store.masks.stored_masks import stored_alpha
from evaluate.store.paper_scores import (
    PAPER_METRICS,
    PaperScore,
    PaperScores,
    read_paper_scores,
    write_paper_scores,
)
from evaluate.store.prediction_table import read_predictions
from evaluate.store.run_folder import Run, parse_prediction
from evaluate.store.score_table import read_score_table, read_scoring
from evaluate.store.scores import Score, write_scores
from evaluate.store.traits import stored_traits, write_traits
from evaluate.store.verification import faults_of
from models.prompting.candidates import candidate_ious, read_candidates, write_candidates
from models.segmenter import Candidate, Unavailable
from models.stored.run_files import latest_lines
from tests.fuzz.target import Ready, Target, from_file, only, unchanged
from tests.fuzz.targets.stored_run import IDS, run_with_masks, scored
from tests.support.photos import photo


def _line(scratch: Path) -> Ready:
    whole = scored(scratch / "run", 0.5).lines.read_bytes().split(b"\n")[0]
    check = unchanged(parse_prediction, whole, TypeError, ValueError)
    content = json.loads(unchecked(whole))
    del content["mask_sha256"], content["candidates_sha256"]
    old = json.dumps(content).encode()  # as earlier versions wrote it

    def also_old(data: bytes) -> None:
        if b'"check"' in data or b'"mask_sha256"' in data:
            check(data)
        else:
            with suppress(TypeError, ValueError):
                parse_prediction(data)

    return Ready([whole, old], also_old)


def _predictions(scratch: Path) -> Ready:
    run = scored(scratch / "run", 0.5)
    whole = run.lines.read_bytes()
    expected = run.predictions()
    seconds = dict(zip(IDS, read_predictions(run).seconds.tolist(), strict=True))

    def check(data: bytes) -> None:
        run.lines.write_bytes(data)
        found, table = run.predictions(), read_predictions(run)
        assert set(table.ids) == found.keys()
        if all(b'"check"' in line for line in data.split(b"\n")[:-1]):  # no older version's line
            assert all(expected[id_] == record for id_, record in found.items())
            assert all(seconds[i] == s for i, s in zip(table.ids, table.seconds, strict=True))
        run.repair()
        assert run.predictions() == found

    return Ready([whole], check)


def _in_run(name: str, read: Callable[[Run], object]) -> Callable[[Path], Ready]:
    """A file of a run, of which only our own error may come."""

    def prepare(scratch: Path) -> Ready:
        run = scored(scratch / "run", 0.5)
        through = from_file(run.folder / name, lambda _: read(run))
        return Ready([(run.folder / name).read_bytes()], only(through, ReportsError))

    return prepare


def _about(run: Run) -> None:
    run.about()
    faults_of(run)


def _scoring(run: Run) -> None:
    with suppress(ReportsError):
        _ = run.scored_threshold
    read_scoring(run)
    read_score_table(run)


def _table_of(run: Run) -> list[Any]:
    return [
        value.tolist() if isinstance(value, np.ndarray) else value
        for value in [*vars(read_score_table(run)).values()]
        if not isinstance(value, dict)
    ]


def _score_table(scratch: Path) -> Ready:
    run = scored(scratch / "run", 0.5)
    whole = run.scores.read_bytes()
    read = from_file(run.scores, lambda _: _table_of(run))
    return Ready([whole], unchanged(read, whole, ReportsError))


def _rehashed_scores(scratch: Path) -> Ready:
    """The same with the hash of the damaged file, as of a person who edited both."""
    run = scored(scratch / "run", 0.5)
    about = json.loads(run.scoring.read_bytes())

    def read(data: bytes) -> None:
        digest = hashlib.sha256(data).hexdigest()
        run.scoring.write_text(json.dumps({**about, "scores_sha256": digest}))
        run.scores.write_bytes(data)
        read_score_table(run)

    return Ready([run.scores.read_bytes()], only(read, ReportsError))


def _scores_round_trip(scratch: Path) -> Ready:
    run = scored(scratch / "run", 0.5)
    scoring = read_scoring(run)

    def check(data: bytes) -> None:
        texts = data.decode("utf-8", "surrogateescape").split("|")
        ids = list(dict.fromkeys(texts))
        scores = [Score(i, "ok", 0.5, texts[0], i[::-1], None, {"mean_px": 1.5}) for i in ids]
        write_scores(run, scoring, "white", scores)
        found = read_score_table(run)
        assert (found.ids, found.tags) == (ids, [texts[0]] * len(ids))
        assert found.error == [i[::-1] for i in ids]
        assert found.iou.tolist() == [0.5] * len(ids)
        assert found.measures["mean_px"].tolist() == [1.5] * len(ids)

    return Ready([b"a|b,c|=cmd()|'=1|+5|\r\n|\xff", b"'|''=x|\t|\"|\xef\xbc\x9dx"], check)


def _paper(name: str) -> Callable[[Path], Ready]:
    def prepare(scratch: Path) -> Ready:
        run = scored(scratch / "run", 0.5)
        photos = tuple(PaperScore(id_, "ok", dict.fromkeys(PAPER_METRICS, 0.5)) for id_ in IDS)
        curves = {"iou": [0.5] * 256}
        write_paper_scores(run, PaperScores("0" * 64, 0.3, 128, curves, photos))
        path = run.folder / name
        whole = path.read_bytes()
        read = from_file(path, lambda _: read_paper_scores(run))
        if name == "paper.csv":
            return Ready([whole], unchanged(read, whole, ReportsError))
        return Ready([whole], only(read, ReportsError))

    return prepare


def _baseline(scratch: Path) -> Ready:
    path, ious = scratch / "otsu.json", dict.fromkeys(IDS, 0.5)
    noise, pixels = Noise(3, 0.001, {"a": 0.01}), {"inside": dict.fromkeys(IDS, 1.5)}
    failed, ratios = {"c": "error"}, {"x": 2.0}
    write_baseline(
        Baseline("otsu", "0.1", "photos", "0", 128, ious, failed, ratios, noise, pixels), path
    )

    def read(_: Path) -> None:
        found = read_baseline(path, "make baseline")
        assert all(0 <= value < float("inf") for value in found.ious.values())

    return Ready([path.read_bytes()], only(from_file(path, read), ReportsError))


def _reference(scratch: Path) -> Ready:
    from datasets.pictures import encode_png

    whole = encode_png(photo()[1].astype(np.uint8) * 255)
    read = from_file(scratch / "a.png", lambda _: reference_mask(scratch, "a"))
    return Ready([whole], only(read, ReportsError))


def _traits(scratch: Path) -> Ready:
    path = scratch / "traits.json"
    write_traits(path, "0" * 64, "x", {i: {"brightness": 0.5, "parts": 1} for i in IDS})
    read = from_file(path, lambda _: stored_traits(path, "0" * 64, "x"))
    return Ready([path.read_bytes()], only(read))


def _candidates(scratch: Path) -> Ready:
    path, mask = scratch / "a.json", photo()[1]
    candidates = [Candidate(mask, 0.5), Candidate(~mask, 0.25)]
    write_candidates(path, candidates)
    again = read_candidates(path)
    assert all(np.array_equal(a.mask, c.mask) for a, c in zip(again, candidates, strict=True))

    def read(data: bytes) -> None:
        path.write_bytes(data)
        assert all(0 <= iou <= 1 for iou in candidate_ious(path, mask))
        for one in read_candidates(path):
            assert one.mask.dtype == bool

    return Ready([path.read_bytes()], only(read, ValueError))


def _stored_mask(scratch: Path) -> Ready:
    run, record = run_with_masks(scratch)
    path = run.mask(record.id)
    whole = path.read_bytes()
    read = from_file(path, lambda _: stored_alpha(run, record).tolist())
    return Ready([whole], unchanged(read, whole, ReportsError))


def _verified(scratch: Path) -> Ready:
    """Any damage to a file with a check is told by ``make verify``: ``0``, ``1``, ``2`` + bytes."""
    run, record = run_with_masks(scratch)
    paths = [run.lines, run.scores, run.mask(record.id)]
    whole = [path.read_bytes() for path in paths]
    assert not faults_of(run)

    def check(data: bytes) -> None:
        number, content = data[:1], data[1:]
        which = number[0] % 3 if number else 0
        paths[which].write_bytes(content)
        assert content == whole[which] or faults_of(run)
        paths[which].write_bytes(whole[which])

    return Ready([bytes([n]) + content for n, content in enumerate(whole)], check)


def _comparison(name: str) -> Callable[[Path], Ready]:
    """A file that a comparison reads: of all runs with its reports, and of these two alone."""

    def prepare(scratch: Path) -> Ready:
        for row, iou in (("one", 0.5), ("two", 0.75)):
            scored(scratch / "runs" / row, iou)
        traits = {id_: {"brightness": 0.5, "touches_edge": False, "parts": 1} for id_ in IDS}
        write_traits(scratch / "traits.json", "0" * 64, "x", traits)

        def read(_: Path) -> None:
            with suppress(ReportsError):
                compare_two(scratch, "one,two", 0.01)
            comparison = compare(scratch / "runs", 0.01)
            comparison_page(comparison, "full", "", {})
            comparison_csv.to_csv(comparison, "full")
            to_json(analyse(comparison))

        path = scratch / name
        return Ready([path.read_bytes()], only(from_file(path, read), ReportsError))

    return prepare


def _selection(scratch: Path) -> Ready:
    """A run whose candidates another model selects from."""
    path = scored(scratch / "run", 0.5).lines
    read = from_file(path, lambda _: latest_lines(path.parent))
    return Ready([path.read_bytes()], only(read, Unavailable))


TARGETS = (
    Target("predictions.jsonl, a line", _line, share=4, guided=True),
    Target("predictions.jsonl", _predictions),
    Target("run.json", _in_run("run.json", _about)),
    Target("scores.json", _in_run("scores.json", _scoring)),
    Target("scores.csv", _score_table),
    Target("scores.csv, hash renewed", _rehashed_scores),
    Target("scores.csv, round trip", _scores_round_trip, share=0.5),
    Target("paper.csv", _paper("paper.csv"), share=0.5),
    Target("paper.json", _paper("paper.json"), share=0.5),
    Target("baselines", _baseline),
    Target("reference masks", _reference),
    Target("traits.json", _traits),
    Target("candidates", _candidates),
    Target("masks with a hash", _stored_mask),
    Target("make verify", _verified),
    Target("selection from predictions.jsonl", _selection),
    *(
        Target(f"comparison of {name}", _comparison(path), share=0.15)
        for name in ("run.json", "scores.json", "predictions.jsonl", "traits.json")
        for path in [name if name == "traits.json" else f"runs/two/{name}"]
    ),
)
