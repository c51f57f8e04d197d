"""The answers for a run's photos: of one model in their order, or of several at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from datasets.dataset import Sample
from datasets.pictures import PictureError
from evaluate.predict.model import Conditions, Model
from evaluate.predict.model_process import ModelProcess, photo_request, photo_to_read
from evaluate.predict.pool.engine import RAY, Engine
from evaluate.predict.pool.worker_pool import Answered, PooledModel, WorkerPool
from evaluate.store.run_folder import SEVERAL_AT_ONCE


class Predictor:
    """The models of one run, as its engine has them."""

    def __init__(self, model: Model, conditions: Conditions, engine: Engine, folder: Path) -> None:
        """``folder`` is that of the dataset's runs, on a disk that all workers share."""
        self._model = model
        self._conditions = conditions
        self._engine = engine
        self._folder = folder
        self._models: ModelProcess | WorkerPool | None = None
        self._close_engine: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Load the first model.

        Raises:
            CannotRun: the engine, a package, weights or the device is missing.
        """
        model, conditions, engine = self._model, self._conditions, self._engine
        if engine.name == RAY:
            from evaluate.predict.pool.ray_models import open_ray  # needs the extra package

            models, self._close_engine = open_ray(model, conditions, engine, self._folder)
            self._models = WorkerPool(model.label, models)
        elif engine.workers > 1:
            here: list[PooledModel] = [
                ModelProcess(model, conditions) for _ in range(engine.workers)
            ]
            self._models = WorkerPool(model.label, here)
        else:
            self._models = ModelProcess(model, conditions)
        self._models.start()

    @property
    def spare_cores(self) -> int:
        """Cores of this machine that may decode and score beside the models.

        One at least where no photo's seconds are a latency that it could lengthen.
        """
        shared = int(self._engine.scenario == SEVERAL_AT_ONCE)
        if self._engine.name == RAY:  # what else this machine does is not known
            return shared
        if self._models is None or not self._models.sessions:
            return 0
        device = self._models.sessions[-1]["device"]
        return max(shared, self._conditions.spare_cores(device, self._engine.workers))

    def answers(
        self, ahead: Iterable[Sample], samples: Sequence[Sample], unfinished: Path
    ) -> Iterator[Answered]:
        """Each sample's answer; a mask lies at ``Answered.mask``, in the folder of ``unfinished``.

        ``ahead`` are the ``samples`` too, as they become readable (``Dataset.ahead``).

        Raises:
            CannotRun: the model can answer no further request.
        """
        if self._models is None:  # as nothing is to be predicted
            return
        if isinstance(self._models, WorkerPool):
            folder = unfinished.parent
            yield from self._models.answers(ahead, len(samples), photo_answer, folder)
            return
        for sample, following in zip_longest(ahead, islice(samples, 1, None)):
            answer = photo_answer(self._models, sample, following, unfinished)
            session = self._models.sessions[-1] if self._models.sessions else None
            yield Answered(sample, answer, session, unfinished)

    def close(self) -> None:
        """End every process."""
        try:
            if self._models is not None:
                self._models.close()
        finally:
            self._close_engine()


def photo_answer(
    model: PooledModel, sample: Sample, following: Sample | None, mask: Path
) -> dict[str, Any]:
    """Ask a model for a photo; its mask goes to ``mask``, candidates beside it as JSON.

    It is not asked where there is no photo to read.
    """
    try:
        image = sample.image_path
    except PictureError as error:
        return {"status": "unreadable", "error": str(error)}
    request = photo_request(sample.id, image, mask, drop_alpha=sample.drop_alpha)
    request["candidates"] = str(mask.with_suffix(".json").absolute())
    if following is not None and (ahead := following.image_at_hand) is not None:
        request["next"] = photo_to_read(ahead, following.drop_alpha)
    return model.ask(request)
