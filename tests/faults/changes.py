"""Files that change while a command reads them: photos, ground truth, models and settings."""

import shutil
from functools import partial
from pathlib import Path
from random import Random

from PIL import Image as Pillow

from tests.faults.stages import NAMES, Bench, Prepared
from tests.faults.trial import NOTHING, Outcome, Trial, Trials, finish, how_it_ended

READING = [
    "run", "eval", "score", "score with the page's files", "paper metrics", "audit", "gate",
    "compare with page and plots",
]  # fmt: skip


def changing(bench: Bench, random: Random) -> Trials:
    """A photo or its truth is another from some point on; later it is put back."""
    while True:
        stage = bench.prepare(random.choice([name for name in READING if name in bench.names]))
        kind, name = random.choice(("images", "masks")), random.choice(NAMES)
        role = random.choice([role for role, *_ in stage.points])
        at = random.randint(1, len(stage.of(role)))
        there_and_back = random.random() < 0.5
        attempt = partial(
            _change, bench, stage, f"photos/{kind}/{name}.png", role, at, there_and_back
        )
        text = f"{stage.stage.name}: {kind}/{name} at {role}'s point {at}"
        yield Trial("photo or truth changes" + " and back" * there_and_back, text, attempt)


def _change(
    bench: Bench, stage: Prepared, file: str, role: str, at: int, there_and_back: bool
) -> Outcome:
    """With ``there_and_back`` the command begins with the other file, and the point restores it."""
    bench.restore(stage.template)
    target, other, kept = bench.work / file, bench.folder / "other.png", bench.folder / "kept.png"
    shutil.copy2(target, kept)
    with Pillow.open(target) as picture:
        picture.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT).save(other)
    first, then = (other, kept) if there_and_back else (kept, other)
    replace(first, target)
    order = {"role": role, "at": at, "copies": [[str(then), str(target)]]}
    ended = bench.run(bench.words(stage.stage), order)
    if not ended.fired:
        return Outcome(NOTHING)
    if bad := how_it_ended(ended, (0, 1, 2, 3)):
        return bad
    replace(kept, target)
    if bad := finish(bench, stage, aside=True):
        return bad
    return Outcome("clear error" if ended.code else "same result")


def replace(source: Path, target: Path) -> None:
    """Put a file in the place of another, as an editor does, with its own time."""
    new = target.with_suffix(".new")
    shutil.copy2(source, new)
    new.replace(target)
