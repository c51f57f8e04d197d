"""Puts predictions.jsonl in the order of its photos, which several workers finish in any order."""

from collections.abc import Sequence

from evaluate.store.atomic import atomic_file
from evaluate.store.run_folder import Run, parse_prediction


def sort_lines(run: Run, ids: Sequence[str]) -> None:
    """Sort a run's lines by the place of their photos in ``ids``; the latest line of each stays.

    So the file is that of a run with one worker. Nobody else may write it.
    """
    if not run.lines.is_file():
        return
    places: dict[str, tuple[int, int]] = {}
    start, in_order = 0, []
    with run.lines.open("rb") as file:
        for line in file:
            id_ = parse_prediction(line.rstrip(b"\n")).id
            places[id_] = start, len(line)
            in_order.append(id_)
            start += len(line)
        known = set(ids)
        wanted = [*(i for i in ids if i in places), *(i for i in places if i not in known)]
        if wanted == in_order:
            return
        with atomic_file(run.lines) as target:
            for id_ in wanted:
                start, length = places[id_]
                file.seek(start)
                target.write(file.read(length))
