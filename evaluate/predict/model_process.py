"""A model kept running: its process is started, asked, and replaced when it dies or hangs."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluate.predict.worker_process import Worker, WorkerDied
from evaluate.store.run_folder import LOAD_FAILED, OK
from models.segmenter import find


class CannotRun(Exception):
    """The model cannot run here.

    The text says which package, weights, key or device is missing, and what to do.
    """


@dataclass(frozen=True)
class Model:
    """A model as configured.

    ``row`` names its folder, ``label`` its line in the table, ``target`` its class; ``options`` are
    its keyword arguments, ``steps`` what surrounds it, ``licence`` that of its code, ``extra`` its
    optional packages, ``command`` how to run it again.
    """

    row: str
    label: str
    target: str
    options: Mapping[str, Any]
    steps: Mapping[str, Mapping[str, Any]]
    licence: str | None
    extra: str | None
    warmup: int
    command: str

    def usd(self, photos: int) -> float:
        """What so many photos may cost, by ``usd_per_photo``; 0 for what is not paid for."""
        return photos * float(self.options.get("usd_per_photo", 0))

    def agree_on_costs(self, photos: int, allowed_usd: float) -> None:
        """Refuse so many photos where they might cost more than is allowed.

        Raises:
            CannotRun: they might.
        """
        if (cost := self.usd(photos)) > allowed_usd:
            raise CannotRun(
                f"{self.label}: {photos} photos may cost about ${cost:.2f}, above "
                f"cost_limit_usd={allowed_usd:g}; nothing was asked; add yes=true to go on"
            )


@dataclass(frozen=True)
class Conditions:
    """What surrounds the model and shows in its times."""

    device: str
    threads: int
    timeout_s: float


def missing_package(model: Model, name: str | None) -> CannotRun:
    """The line for a package that is not installed."""
    how = f"run: make install extra={model.extra}" if model.extra else "install it into .venv"
    return CannotRun(f"{model.label}: package '{name}' is not installed; {how}")


def class_of(model: Model) -> type:
    """The model's class.

    Raises:
        CannotRun: it cannot be imported.
    """
    try:
        found: type = find(model.target)
    except ModuleNotFoundError as error:
        if error.name and not model.target.startswith(error.name):
            raise missing_package(model, error.name) from error
        raise CannotRun(f"{model.label}: there is no {model.target} ({error})") from error
    except Exception as error:  # a user's file may fail in any way when it is imported
        raise CannotRun(
            f"{model.label}: {model.target} cannot be imported ({type(error).__name__}: {error})"
        ) from error
    return found


class Host:
    """Asks one model, a request at a time. ``sessions`` describes each process it has had.

    ``stderr`` is a file descriptor for what the processes say, None for our own.
    """

    def __init__(self, model: Model, conditions: Conditions, stderr: int | None = None) -> None:
        self.model = model
        self.sessions: list[dict[str, Any]] = []
        self._conditions = conditions
        self._stderr = stderr
        self._worker: Worker | None = None
        self._broken: dict[str, Any] | None = None  # the answer, where no process can be had

    def start(self) -> None:
        """Load the model; a failure to load becomes the answer to every request.

        Raises:
            CannotRun: a package, weights or the device is missing.
        """
        try:
            self._worker = Worker(
                {
                    "target": self.model.target,
                    "options": dict(self.model.options),
                    "steps": dict(self.model.steps),
                    "device": self._conditions.device,
                    "threads": self._conditions.threads,
                },
                self._stderr,
            )
            loaded = self._worker.loaded()
        except WorkerDied as death:
            loaded = {"status": LOAD_FAILED, "error": f"{death} while loading"}
        self._raise_if_unavailable(loaded)
        if loaded["status"] != OK:
            self._broken = loaded
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
        """The answer to a request; a crash or a time-out is an answer too.

        Raises:
            CannotRun: nothing could be answered; what has been stays.
        """
        if self._worker is None and self._broken is None:
            self.start()
        answer = self._broken or self._exchange(request)
        self._raise_if_unavailable(answer)
        return answer

    def close(self) -> None:
        """End the process."""
        if self._worker is not None:
            self._worker.close()

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._worker is not None  # noqa: S101 - narrows the type
        limit = self._conditions.timeout_s
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
            raise CannotRun(f"{self.model.label}: {loaded['error']}")
        if loaded["status"] == "missing-package":
            raise missing_package(self.model, loaded["error"])
