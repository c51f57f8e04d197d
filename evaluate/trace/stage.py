"""``make trace``: a model traces truth for photos that have none.

It writes ``ROOT/masks/<id>.png``, white tool on black, and records the model and date of each of
these masks in ``ROOT/traced.json``. The alphas they were cut from are in ``ROOT/alphas``. Existing
masks are kept. A model that traces over the network stores its answers too
(``evaluate.trace.remote_tracer``). Any other model runs locally, in a worker process.
"""

import datetime
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from datasets.arrays import to_mask
from datasets.listing.names import pairs
from datasets.listing.pairing import expect_folder, pictures_by_stem
from datasets.messages import counted
from evaluate.display.text import say
from evaluate.errors import ReportsError
from evaluate.predict.model import Conditions, Model
from evaluate.predict.model_process import ModelProcess, photo_request, read_answered_mask
from evaluate.store.atomic import UNFINISHED
from evaluate.store.run_folder import OK
from evaluate.store.run_versions import locked
from evaluate.trace.photo_choice import PhotoChoice
from evaluate.trace.provenance import made_so_far, write_mask
from evaluate.trace.remote_tracer import ask_for
from models.segmenter import NoMask, Tracer, load_class


def trace(
    model: Model,
    conditions: Conditions,
    root: Path,
    choice: PhotoChoice,
    threshold: int,
    allowed_usd: float,
    retry: bool,
    problems: list[str],
) -> list[str]:
    """Trace a mask for each of the chosen photos of ``root/images`` that has none.

    Returns the ids of the chosen photos. Masks are cut at ``threshold``. ``problems`` receives a
    line for each photo that remains without a mask.

    Raises:
        CannotRun: the model cannot run, the cost limit is exceeded, or ``traced.json`` is damaged.
        DatasetError: ``root`` has no ``images`` folder.
        SettingsError: a chosen photo is not there.
    """
    place = expect_folder(root, "images", "dataset.root must hold images/")
    with locked(root, "traced", leave_no_file=True):
        photos, _ = pictures_by_stem(place, problems)
        masks, doubles = dict[str, Path](), set[str]()
        if (root / "masks").is_dir():
            masks, doubles = pictures_by_stem(root / "masks", problems)
        chosen = choice.of(sorted(photos))
        masked = pairs(photos, masks).keys() | doubles
        maskless = {id_: photos[id_] for id_ in chosen if id_ not in masked}
        kept = len(chosen) - len(maskless)
        text = f"{counted(len(chosen), 'photo')}, {kept} with a mask already, kept as it is"
        say(f"{root}: {text}", stdout=True)
        _remove_unfinished(root)
        records = made_so_far(root)  # raises if it is damaged, before anything is paid for
        if not maskless:
            _say_not_run(model, [masks.get(id_, Path(f"{id_}.png")) for id_ in chosen], records)
            return chosen
        build: type = load_class(model.target)
        if isinstance(build, Tracer):
            ask_for(model, root, maskless, threshold, allowed_usd, retry, problems)
        else:
            model.agree_on_costs(len(maskless), allowed_usd)
            _predict(ModelProcess(model, conditions), root, maskless, threshold, problems)
    if made := sum((root / "masks" / f"{id_}.png").is_file() for id_ in maskless):
        text = f"{counted(made, 'mask')} made; look at them before you trust them"
        say(f"{root / 'masks'}: {text}", stdout=True)
    return chosen


def _say_not_run(model: Model, masks: Sequence[Path], records: Mapping[str, Any]) -> None:
    """Say whose masks are there, and how to get this model's."""
    if not masks:
        return
    made = [records[path.stem] for path in masks if path.stem in records]
    makers = Counter(str(record.get("model")) for record in made if isinstance(record, dict))
    yours = len(masks) - makers.total()
    whose = [*[f"{yours} yours"] * bool(yours), *(f"{n} by {name}" for name, n in makers.items())]
    say(
        f"{model.label} was not run: there are masks of all {len(masks)} ({', '.join(whose)}); "
        f"move one away to have it made, such as {masks[0]}; for the outlines of a stored row: "
        "make trace rows=ROW",
        stdout=True,
    )


def _remove_unfinished(root: Path) -> None:
    for part in ("", "masks/", "alphas/", "traced/*/"):
        for leftover in root.glob(f"{part}{UNFINISHED}*"):
            leftover.unlink()


def _predict(
    process: ModelProcess,
    root: Path,
    photos: Mapping[str, Path],
    threshold: int,
    problems: list[str],
) -> None:
    """Predict ``photos`` (by id) and write the Alphas, cut at ``threshold``, as masks."""
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
                _finish(process, root, id_, unfinished, threshold)
            except NoMask as error:
                problems.append(f"{photo}: no mask: {error}")
    finally:
        process.close()
        unfinished.unlink(missing_ok=True)


def _finish(process: ModelProcess, root: Path, id_: str, written: Path, threshold: int) -> None:
    alpha = read_answered_mask(written)
    if not to_mask(alpha, threshold).any():
        raise NoMask("it found nothing")
    now = datetime.datetime.now(datetime.UTC)
    about = {
        "model": process.model.label,
        "made_on": now.isoformat(timespec="seconds"),
        "weights": process.sessions[-1]["weights"],
    }
    write_mask(root, id_, alpha, threshold, about)
