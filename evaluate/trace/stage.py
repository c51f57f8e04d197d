"""``make trace``: a model traces truth for photos that have none.

It writes ``ROOT/masks/<id>.png``, white tool on black, and records the model and date of each of
these masks in ``ROOT/traced.json``. The alphas they were cut from are in ``ROOT/alphas``. Existing
masks are kept. A model that traces over the network stores its answers too
(``evaluate.trace.remote_tracer``). Any other model runs locally, in a worker process.
"""

import datetime
import os
from collections.abc import Mapping
from pathlib import Path

from tqdm import tqdm

from datasets.arrays import to_mask
from datasets.listing.names import pairs
from datasets.listing.pairing import expect_folder, pictures_by_stem
from datasets.listing.shard import Shard
from evaluate.display.text import say
from evaluate.errors import ReportsError
from evaluate.predict.model import Conditions, Model
from evaluate.predict.model_process import ModelProcess, photo_request, read_answered_mask
from evaluate.store.atomic import UNFINISHED
from evaluate.store.run_folder import OK
from evaluate.store.run_versions import locked
from evaluate.trace.provenance import made_so_far, write_mask
from evaluate.trace.remote_tracer import ask_for
from models.segmenter import NoMask, Tracer, load_class


def trace(
    model: Model,
    conditions: Conditions,
    root: Path,
    limit: int | None,
    shard: Shard | None,
    allowed_usd: float,
    retry: bool,
    problems: list[str],
) -> None:
    """Trace a mask for each of the first ``limit`` photos of ``root/images`` that has none.

    Of these, those in ``shard``; None: all.

    ``problems`` receives a line for each photo that remains without a mask.

    Raises:
        CannotRun: the model cannot run, the cost limit is exceeded, or ``traced.json`` is damaged.
        DatasetError: ``root`` has no ``images`` folder.
    """
    place = expect_folder(root, "images", "dataset.root must hold images/")
    with locked(root, "traced"):
        photos, _ = pictures_by_stem(place, problems)
        masks, doubles = dict[str, Path](), set[str]()
        if (root / "masks").is_dir():
            masks, doubles = pictures_by_stem(root / "masks", problems)
        chosen = [id_ for id_ in sorted(photos)[:limit] if shard is None or shard.has(id_)]
        masked = pairs(photos, masks).keys() | doubles
        maskless = {id_: photos[id_] for id_ in chosen if id_ not in masked}
        kept = len(chosen) - len(maskless)
        say(f"{root}: {len(chosen)} photos, {kept} with a mask already, kept as it is", stdout=True)
        _remove_unfinished(root)
        if not maskless:
            return
        made_so_far(root)  # raises if it is damaged, before anything is paid for
        build: type = load_class(model.target)
        if isinstance(build, Tracer):
            ask_for(model, root, maskless, allowed_usd, retry, problems)
        else:
            model.agree_on_costs(len(maskless), allowed_usd)
            _predict(ModelProcess(model, conditions), root, maskless, problems)
    if made := sum((root / "masks" / f"{id_}.png").is_file() for id_ in maskless):
        say(f"{root / 'masks'}: {made} masks made; look at them before you trust them", stdout=True)


def _remove_unfinished(root: Path) -> None:
    for part in ("", "masks/", "alphas/", "traced/*/"):
        for leftover in root.glob(f"{part}{UNFINISHED}*"):
            leftover.unlink()


def _predict(
    process: ModelProcess, root: Path, photos: Mapping[str, Path], problems: list[str]
) -> None:
    """Predict ``photos`` (by id) and write the Alphas, cut at the threshold, as masks."""
    (root / "masks").mkdir(exist_ok=True)
    unfinished = root / "masks" / f"{UNFINISHED}{os.getpid()}.png"
    try:
        process.start()
        for id_, photo in tqdm(photos.items(), desc=process.model.label, unit="photo"):
            answer = process.ask(photo_request(id_, photo, unfinished))
            if answer["status"] == "disk":
                raise ReportsError(f"{root}: {answer['error']}; solve that and run again")
            try:
                if answer["status"] != OK:
                    raise NoMask(answer["error"])
                _finish(process, root, id_, unfinished)
            except NoMask as error:
                problems.append(f"{photo}: no mask: {error}")
    finally:
        process.close()
        unfinished.unlink(missing_ok=True)


def _finish(process: ModelProcess, root: Path, id_: str, written: Path) -> None:
    alpha = read_answered_mask(written)
    if not to_mask(alpha).any():
        raise NoMask("it found nothing")
    now = datetime.datetime.now(datetime.UTC)
    about = {
        "model": process.model.label,
        "made_on": now.isoformat(timespec="seconds"),
        "weights": process.sessions[-1]["weights"],
    }
    write_mask(root, id_, alpha, about)
