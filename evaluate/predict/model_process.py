"""A model in a worker process, which is replaced when it dies or exceeds the time limit."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets.arrays import Alpha
from datasets.pictures import read_mask_png
from evaluate.errors import CannotRun, NoWeights
from evaluate.predict.model import Conditions, Model, missing_package
from evaluate.predict.worker_process import WorkerDied, WorkerProcess
from evaluate.store.run_folder import LOAD_FAILED, OK

# A model whose process dies at so many photos in a row is given up, as each of them costs a load,
# and a hang the whole time limit. Where one photo in ten is fatal, so many in a row come by chance
# once in 100,000 photos.
MOST_DEATHS = 5


def photo_to_read(image: Path, drop_alpha: bool) -> dict[str, Any]:
    """A photo as requests name it; ``drop_alpha``: see ``datasets.pictures.read_photo``."""
    return {"image": str(image.absolute()), "drop_alpha": drop_alpha}


def photo_request(id_: str, image: Path, mask: Path, *, drop_alpha: bool = False) -> dict[str, Any]:
    """A request to predict one photo, as ``evaluate.predict.worker`` reads it.

    The worker reads the photo ``image`` and writes the Alpha to ``mask``. A request may also have
    ``candidates``, a path to write them to, and ``next``, a photo to read once the clock has
    stopped, or ``beside`` the model.
    """
    return {"id": id_, "mask": str(mask.absolute()), **photo_to_read(image, drop_alpha)}


class ModelProcess:
    """Runs one model in a worker process and sends it one request at a time.

    ``sessions`` describes each process that has loaded the model, as run.json stores it. ``stderr``
    is the file descriptor that the processes write to; None means the parent's own. With
    ``batches`` the model is loaded so that ``ask_for_all`` works, or refused.
    """

    def __init__(
        self,
        model: Model,
        conditions: Conditions,
        stderr: int | None = None,
        *,
        batches: bool = False,
    ) -> None:
        self.model = model
        self._batches = batches
        self.sessions: list[dict[str, Any]] = []
        self._conditions = conditions
        self._stderr = stderr
        self._worker: WorkerProcess | None = None
        self._broken: dict[str, Any] | None = None  # the answer to every request, if loading failed
        self._deaths, self._last_death = 0, ""  # since the last mask

    def start(self) -> None:
        """Load the model; a failure to load becomes the answer to every request.

        Raises:
            CannotRun: a package, weights or the device is missing.
        """
        try:
            self._worker = WorkerProcess(
                {
                    "target": self.model.target,
                    "options": dict(self.model.options),
                    "steps": dict(self.model.steps),
                    "device": self._conditions.device,
                    "threads": self._conditions.threads,
                    "memory_limit_gb": self._conditions.memory_limit_gb,
                    "batches": self._batches,
                },
                self._stderr,
            )
            loaded = self._worker.loaded(self._conditions.load_timeout_s)
        except TimeoutError:
            limit = self._conditions.load_timeout_s
            error = f"not loaded in {limit:g} s; give load_timeout_s=… if it takes longer"
            loaded = {"status": LOAD_FAILED, "error": error}
        except WorkerDied as death:
            loaded = {"status": LOAD_FAILED, "error": f"{death} while loading"}
        self._raise_if_unavailable(loaded)
        if loaded["status"] != OK:
            self._broken = loaded
            self.close()
            return
        started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        session = {"started": started, **loaded, "warmup_s": []}
        del session["status"], session["peak_rss_bytes"], session["rss_bytes"]
        for _ in range(self.model.warmup):
            answer = self._exchange({"warmup": True})
            if answer["status"] in ("timeout", "crashed"):
                error = f"{answer['error']} in the warm-up call"
                self._broken = {"status": LOAD_FAILED, "error": error}
                return
            session["warmup_s"].append(answer.get("seconds"))
        self.sessions.append(session)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return the answer; a crash or a timeout is an answer too.

        Raises:
            CannotRun: the model can answer no request, for lack of a package, key or quota, or as
                its process keeps dying.
        """
        if self._deaths >= MOST_DEATHS:
            raise CannotRun(
                f"{self.model.label}: given up, as its process died at {self._deaths} photos in a "
                f"row, the last time: {self._last_death}; finished photos are kept, the same "
                "command continues after them, and retry=true repeats those that failed"
            )
        if self._worker is None and self._broken is None:
            self.start()
        answer = self._broken or self._exchange(request)
        self._raise_if_unavailable(answer)
        if self._worker is None and self._broken is None:
            self._deaths, self._last_death = self._deaths + 1, answer["error"]
        elif answer["status"] in (OK, "no-mask"):
            self._deaths = 0
        return answer

    def ask_for_all(self, requests: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Have several photos predicted in one call; one answer, whose seconds are those of all.

        Raises:
            CannotRun: as ``ask``.
        """
        return self.ask({"photos": list(requests)})

    @property
    def load_error(self) -> str | None:
        """Why the model could not be loaded, which is the answer to every request; else None."""
        return None if self._broken is None else str(self._broken["error"])

    def stop(self) -> None:
        """End the process while another thread waits for its answer, which is then a crash."""
        if (worker := self._worker) is not None:
            worker.stop()

    @property
    def _reads_beside(self) -> bool:
        return bool(self.sessions) and self._conditions.reads_beside(self.sessions[-1]["device"])

    def close(self) -> None:
        """End the process and all that it has started."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._worker is not None  # noqa: S101 - narrows the type
        limit = self._conditions.timeout_s * len(request.get("photos", [request]))
        request["beside"] = self._reads_beside
        try:
            return self._worker.ask(request, limit)
        except TimeoutError:
            self._worker = None
            return {"status": "timeout", "seconds": limit, "error": f"no answer in {limit:g} s"}
        except WorkerDied as death:
            self._worker = None
            return {"status": "crashed", "error": str(death)}

    def _raise_if_unavailable(self, loaded: dict[str, Any]) -> None:
        if loaded["status"] == "unavailable":
            kind = NoWeights if loaded.get("lacks") == "weights" else CannotRun
            raise kind(f"{self.model.label}: {loaded['error']}")
        if loaded["status"] == "missing-package":
            raise missing_package(self.model, loaded["error"])


def read_answered_mask(path: Path) -> Alpha:
    """The Alpha (uint8 H×W) that a process wrote to ``path`` for an answer whose status is ok."""
    alpha = read_mask_png(path)
    assert alpha is not None, path  # noqa: S101 - our own process has just written it
    return alpha
