"""``make run``: predict every photo with the chosen model."""

from datasets.dataset import Dataset
from evaluate.commands.session import Session
from evaluate.config.options import RETRY, SHARD, STORE
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.exit_codes import ATTENTION, DONE
from evaluate.predict.stage import Beside, predict
from evaluate.store.run_folder import OK
from evaluate.store.sweeps.unable import forget_unable


def run(session: Session, settings: Settings) -> int:
    """Predict what is not finished yet, and name the command that comes next."""
    code = predict_all(session, settings, None)
    row, line = settings.model.row, settings.dataset_line
    following = f"make score {line}".rstrip()
    if settings[SHARD] is not None:
        following = f"{f'make merge {line}'.rstrip()}, once all shards are done"
    elif settings.dataset.is_photos_only:
        following = f"make next {line}, of two rows or more; outlines: make trace rows={row} {line}"
    say(f"Masks are in {settings.runs / row}; next: {following}", stdout=True)
    return code


def predict_all(
    session: Session,
    settings: Settings,
    dataset: Dataset | None,
    beside: Beside = lambda *_: None,
) -> int:
    """Predict the photos of ``dataset``, which is loaded where it is None."""
    model, files = session.model(settings)
    dataset = dataset or session.dataset(settings)
    model.agree_on_costs(len(dataset.samples), settings.allowed_usd)
    conditions, retry = settings.conditions, settings[RETRY]
    stored = predict(
        model,
        dataset,
        conditions,
        files,
        settings.runs,
        retry,
        beside,
        settings[STORE],
        settings.engine,
        settings.allowed_usd,
    )
    forget_unable(settings.folder, settings.model.row)
    failed = any(p.status != OK for p in stored.predictions().values())
    return ATTENTION if failed else DONE
