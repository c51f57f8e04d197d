"""Scenario *batch*: the seconds a photo where a call takes several, at the best number of photos.

That number is found by doubling: 1, 2, 4, 8 … until the seconds a photo fall no further, memory
ends, or ``MOST_IN_A_CALL`` is reached. All are timed in one process, in which a call with one photo
goes the same way as the others. Where there are fewer photos than a call takes, they are given
again.
"""

import itertools
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datasets.dataset import Sample
from evaluate.errors import CannotRun
from evaluate.predict.model import Conditions, Model
from evaluate.predict.model_process import ModelProcess, photo_request
from evaluate.store.run_folder import OK

MOST_IN_A_CALL = 64
CALLS = 3  # timed for each number of photos; a call before them is not
WORTH = 0.97  # of the seconds a photo: a larger batch must stay below that to be better


@dataclass(frozen=True)
class BatchTimes:
    """``seconds`` maps the number of photos in a call to the seconds a photo, median over calls.

    ``ended`` says why no larger number was tried: speed, memory, limit or an error. ``reason`` says
    why the model takes no batches; the rest is then empty.
    """

    seconds: dict[int, float]
    ended: str = ""
    device_bytes: int | None = None
    reason: str = ""

    @property
    def best(self) -> int | None:
        """The number of photos with the fewest seconds a photo."""
        return min(self.seconds, key=lambda number: self.seconds[number], default=None)


def time_batches(model: Model, conditions: Conditions, samples: Sequence[Sample]) -> BatchTimes:
    """Find the best number of photos in a call of a model, and time it."""
    process = ModelProcess(replace(model, warmup=0), conditions, batches=True)
    found: dict[int, float] = {}
    ended, on_device, number = "limit", None, 1
    with tempfile.TemporaryDirectory() as folder:
        try:
            while number <= MOST_IN_A_CALL:
                answers = [
                    process.ask_for_all(_requests(number, samples, Path(folder)))
                    for _ in range(1 + CALLS)
                ]
                failed = next((a for a in answers if a["status"] != OK), None)
                if failed is not None:
                    ended = _why(failed)
                    break
                on_device = answers[-1].get("peak_device_bytes") or on_device
                found[number] = statistics.median(a["seconds"] for a in answers[1:]) / number
                if number > 1 and found[number] > WORTH * found[number // 2]:
                    ended = "speed"
                    break
                number *= 2
        except CannotRun as error:
            reason = str(error).removeprefix(f"{model.label}: ")
            return BatchTimes(found, "", on_device, reason)
        finally:
            process.close()
    return BatchTimes(found, ended, on_device, "" if found else ended)


def _requests(number: int, samples: Sequence[Sample], folder: Path) -> list[dict[str, Any]]:
    return [
        photo_request(s.id, s.image_path, folder / f"{n}.png", drop_alpha=s.drop_alpha)
        for n, s in zip(range(number), itertools.cycle(samples), strict=False)
    ]


def _why(failed: dict[str, Any]) -> str:
    if failed["status"] == "out-of-memory":
        return "memory"
    return " ".join(str(failed.get("error", failed["status"])).split())[:200]
