"""Models that predict at once: a thread for each asks it for one photo at a time.

A model is a ``ModelProcess`` of this machine or of another, so time and memory limits, crashes and
giving up are those of a run with one model. The threads store nothing: the command takes the
answers in the order in which they come, and commits them.
"""

import contextlib
import itertools
import logging
import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from datasets.dataset import Sample
from evaluate.errors import CannotRun
from evaluate.predict.model_process import MOST_DEATHS
from evaluate.predict.pool.photo_queue import PhotoQueue
from evaluate.store.atomic import UNFINISHED

MOST_ATTEMPTS = 3  # at a photo whose model is lost each time
ENDING_LIMIT_S = 30.0  # for threads whose model was stopped

log = logging.getLogger(__name__)


class ModelLost(Exception):
    """A model and its process have vanished, as with their machine; the text says how."""


class PooledModel(Protocol):
    """A model as a thread asks it: a ``ModelProcess``, or one on another machine.

    ``sessions`` and ``load_error`` are those of ``ModelProcess``.
    """

    sessions: list[dict[str, Any]]

    @property
    def load_error(self) -> str | None: ...

    def start(self) -> None:
        """Load the model; raises CannotRun, or ModelLost."""

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request; raises CannotRun, or ModelLost."""

    def stop(self) -> None:
        """End the process while another thread waits for its answer."""

    def close(self) -> None:
        """End the process and all that it has started."""


Ask: TypeAlias = Callable[[PooledModel, Sample, Sample | None, Path], dict[str, Any]]


@dataclass(frozen=True)
class Answered:
    """The answer for a photo, and where its model wrote the mask.

    ``session`` describes the process, as run.json stores it; None where none has loaded the model.
    """

    sample: Sample
    answer: dict[str, Any]
    session: dict[str, Any] | None
    mask: Path


class WorkerPool:
    """Loads ``models`` and lets them predict.

    A model that cannot be loaded leaves the pool, unless it is the only one: then its failure is
    the answer to every photo. A photo whose model is lost goes to another, ``MOST_ATTEMPTS`` times.
    """

    def __init__(self, label: str, models: list[PooledModel]) -> None:
        self._label = label
        self._models = models
        self._staying = len(models)
        self._leaving = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._photos = PhotoQueue(())
        self._ready: queue.Queue[Answered | BaseException] = queue.Queue(2 * len(models))
        self._attempts: Counter[str] = Counter()  # that ended with a loss, by photo
        self._numbers = itertools.count()
        self._folder: Path | None = None

    @property
    def sessions(self) -> list[dict[str, Any]]:
        """The processes of the model that was loaded first."""
        return self._models[0].sessions

    def start(self) -> None:
        """Load the first model; the others follow in ``answers``.

        Raises:
            CannotRun: a package, weights or the device is missing.
        """
        first = self._models[0]
        try:
            first.start()
        except ModelLost as lost:
            raise CannotRun(f"{self._label}: {lost}") from lost
        if first.load_error is not None:
            self._models, self._staying = [first], 1

    def answers(
        self, samples: Iterable[Sample], count: int, ask: Ask, folder: Path
    ) -> Iterator[Answered]:
        """The answers for ``count`` samples, as they come; masks are written to ``folder``.

        Raises:
            CannotRun: a model can answer no further request.
        """
        self._photos, self._folder = PhotoQueue(samples), folder
        for model in self._models:
            thread = threading.Thread(target=self._work, args=(model, ask, folder), daemon=True)
            self._threads.append(thread)
            thread.start()
        for _ in range(count):
            ready = self._ready.get()
            if isinstance(ready, BaseException):
                raise ready
            yield ready

    def close(self) -> None:
        """End all models."""
        self._photos.end()
        end = time.monotonic() + ENDING_LIMIT_S
        while any(thread.is_alive() for thread in self._threads) and time.monotonic() < end:
            for model in self._models:
                model.stop()
            for thread in self._threads:
                thread.join(0.1 / len(self._threads))
        for model in self._models:
            model.close()
        if self._folder is not None:
            for left in self._folder.glob(f"{UNFINISHED}{os.getpid()}-*"):
                left.unlink(missing_ok=True)

    def _work(self, model: PooledModel, ask: Ask, folder: Path) -> None:
        try:
            if model is self._models[0] or self._loads(model):
                self._serve(model, ask, folder)
        except BaseException as error:  # the command raises it
            self._hand_over(error)

    def _serve(self, model: PooledModel, ask: Ask, folder: Path) -> None:
        following: Sample | None = None
        losses = 0
        while (sample := following or self._photos.take(wait=True)) is not None:
            following = self._photos.take(wait=False)
            mask = folder / f"{UNFINISHED}{os.getpid()}-{next(self._numbers)}.png"
            try:
                answer = ask(model, sample, following, mask)
            except ModelLost as lost:
                losses += 1
                _remove_unfinished(mask)
                self._photos.give_back(following)
                following = None
                self._repeat(sample, lost, mask)
                if losses >= MOST_DEATHS:
                    raise CannotRun(
                        f"{self._label}: given up, as a worker was lost {losses} times in a row, "
                        f"the last time: {lost}; finished photos are kept, the same command "
                        "continues after them"
                    ) from lost
                if not self._loads(model):
                    return
                continue
            if model.load_error is not None and self._leaves(model.load_error):
                self._photos.give_back(sample, following)
                return
            losses = 0
            session = model.sessions[-1] if model.sessions else None
            self._hand_over(Answered(sample, answer, session, mask))
            self._photos.answered()

    def _repeat(self, sample: Sample, lost: ModelLost, mask: Path) -> None:
        """Give a photo to another model, or let it fail."""
        self._attempts[sample.id] += 1  # one thread has it at a time
        if self._attempts[sample.id] < MOST_ATTEMPTS:
            self._photos.give_back(sample)
            return
        error = f"its worker was lost {MOST_ATTEMPTS} times, the last time: {lost}"
        self._hand_over(Answered(sample, {"status": "crashed", "error": error}, None, mask))
        self._photos.answered()

    def _loads(self, model: PooledModel) -> bool:
        """Load a model; False if it leaves the pool.

        Raises:
            CannotRun: it is the only one, and a package, weights or the device is missing.
        """
        losses = 0
        while not self._photos.has_ended:
            try:
                model.start()
            except ModelLost as lost:
                losses += 1
                if losses < MOST_DEATHS:
                    continue
                if not self._leaves(str(lost)):
                    raise CannotRun(f"{self._label}: {lost}") from lost
                return False
            except CannotRun as error:
                if not self._leaves(str(error)):
                    raise
                return False
            return model.load_error is None or not self._leaves(model.load_error)
        return False

    def _leaves(self, reason: str) -> bool:
        """Let a model leave, if another stays."""
        with self._leaving:
            if self._photos.has_ended or self._staying == 1:
                return self._photos.has_ended
            self._staying -= 1
            staying = self._staying
        log.warning("%s: a worker ended, %d go on: %s", self._label, staying, reason)
        return True

    def _hand_over(self, ready: Answered | BaseException) -> None:
        while not self._photos.has_ended:
            with contextlib.suppress(queue.Full):
                self._ready.put(ready, timeout=0.5)
                return


def _remove_unfinished(mask: Path) -> None:
    for path in (mask, mask.with_suffix(".json")):
        path.unlink(missing_ok=True)
