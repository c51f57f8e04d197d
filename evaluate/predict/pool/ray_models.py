"""The models of a run as actors of a Ray cluster: each has a ``ModelProcess`` on its machine.

Only paths, requests and answers are sent. So the project with its environment, the photos and the
folder of reports must have the same paths on every machine, as on a shared disk. The actors belong
to the command: Ray ends them when it ends, however it does.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluate.display.text import say
from evaluate.errors import CannotRun, NoWeights
from evaluate.predict.model import Conditions, Model
from evaluate.predict.model_process import ModelProcess
from evaluate.predict.pool.engine import Engine
from evaluate.predict.pool.worker_pool import ModelLost, PooledModel
from evaluate.store import identity

ROOM_WAIT_S = 30.0  # for room in the cluster, before it is said
HAS_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # that the command handles itself


class ActorModel:
    """What runs on the cluster: one model's process.

    Errors of a command are returned and not raised, as Ray would raise them as others.
    """

    def __init__(self, model: Model, conditions: Conditions, at: str) -> None:
        """``at`` is the folder that the command was started in, to which its paths are relative.

        Python looks for modules there first, so another copy of the project must not be found.
        """
        os.chdir(at if Path(at).is_dir() else identity.ROOT)
        self._process = ModelProcess(model, conditions)
        self._told = 0  # how many sessions the command knows

    def start(self, folder: str) -> dict[str, Any]:
        """Load the model; ``folder`` is that of the run."""
        if not Path(folder).is_dir():
            text = f"{folder} is not there on a machine of the cluster; give reports= on a disk"
            return {"cannot": f"{self._process.model.label}: {text} that all share"}
        return self._guarded(self._process.start)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer for a request."""
        return self._guarded(lambda: self._process.ask(request))

    def _guarded(self, call: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
        try:
            answer = call()
        except CannotRun as error:
            return {"cannot": str(error), "weights": isinstance(error, NoWeights)}
        new = self._process.sessions[self._told :]
        self._told += len(new)
        machine = identity.machine()
        sessions = [{**session, "machine": machine} for session in new]
        return {"answer": answer, "sessions": sessions, "load_error": self._process.load_error}


class RayModel:
    """A model on the cluster, as a thread of the command asks it."""

    def __init__(
        self, ray: Any, make: Callable[[], Any], label: str, folder: Path, waits: threading.Event
    ) -> None:
        """``make`` starts an actor; ``waits`` is set once it was said that one waits for room."""
        self.sessions: list[dict[str, Any]] = []
        self.load_error: str | None = None
        self._ray = ray
        self._make = make
        self._label = label
        self._folder = folder
        self._waits = waits
        self._actor: Any = None
        self._is_stopped = False

    def start(self) -> None:
        """Wait for room in the cluster, and load the model there."""
        self._end()
        self._actor = self._make()
        started = self._actor.start.remote(str(self._folder.absolute()))
        with self._losses():
            ready, _ = self._ray.wait([started], timeout=ROOM_WAIT_S)
            if not ready and not self._is_stopped and not self._waits.is_set():
                self._waits.set()
                say(f"{self._label}: a worker waits for room in the cluster")
            told = self._ray.get(started)
        self._note(told)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer of the model's process."""
        with self._losses():
            told = self._ray.get(self._actor.ask.remote(request))
        answer: dict[str, Any] = self._note(told)
        return answer

    def stop(self) -> None:
        """End the actor while a thread waits for it."""
        self._is_stopped = True
        self._end()

    def close(self) -> None:
        """End the actor, and with it the model's process."""
        self._end()

    def _end(self) -> None:
        if self._actor is not None:
            with contextlib.suppress(self._ray.exceptions.RayError):
                self._ray.kill(self._actor)

    @contextlib.contextmanager
    def _losses(self) -> Any:
        try:
            yield
        except self._ray.exceptions.RayActorError as error:
            raise ModelLost(_first_line(error)) from error
        except self._ray.exceptions.RayError as error:
            raise CannotRun(f"{self._label}: Ray failed ({_first_line(error)})") from error

    def _note(self, told: dict[str, Any]) -> Any:
        """Keep what an actor told of its process.

        Raises:
            CannotRun: a package, weights, a key or the device is missing there.
        """
        if "cannot" in told:
            raise (NoWeights if told.get("weights") else CannotRun)(told["cannot"])
        self.sessions += told["sessions"]
        self.load_error = told["load_error"]
        return told["answer"]


def open_ray(
    model: Model, conditions: Conditions, engine: Engine, folder: Path
) -> tuple[list[PooledModel], Callable[[], None]]:
    """The models of a run, not loaded yet, and a function that leaves the cluster.

    Raises:
        CannotRun: Ray is not installed, or the cluster cannot be reached.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        raise CannotRun(
            "engine=ray: package 'ray' is not installed; run: make install extra=ray"
        ) from error
    handlers = {number: signal.getsignal(number) for number in HAS_SIGNALS}
    try:
        ray.init(
            address=engine.ray_address or "local",
            log_to_driver=False,
            logging_level="ERROR",
            **({} if engine.ray_address else {"include_dashboard": False}),
        )
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise CannotRun(f"engine=ray: no cluster to use ({_first_line(error)})") from error
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    weights = {n: v for n, v in os.environ.items() if n.startswith("CUTOUTBENCH_")}
    kind = ray.remote(ActorModel).options(
        num_cpus=conditions.threads,
        num_gpus=engine.num_gpus_per_model,
        max_restarts=0,
        runtime_env={"env_vars": {"PYTHONPATH": str(identity.ROOT), **weights}},
    )
    folder.mkdir(parents=True, exist_ok=True)

    def make() -> Any:
        return kind.remote(model, conditions, str(Path.cwd()))

    waits = threading.Event()
    models: list[PooledModel] = [
        RayModel(ray, make, model.label, folder, waits) for _ in range(engine.workers)
    ]
    return models, ray.shutdown


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
