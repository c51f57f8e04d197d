"""``make merge``: put the runs of shards together, of every row or of the chosen model's."""

from functools import partial

from evaluate.commands.session import Session
from evaluate.config.options import SHARD
from evaluate.config.settings import Settings
from evaluate.display.text import count_text, first_few, say
from evaluate.errors import ReportsError, SettingsError
from evaluate.exit_codes import ATTENTION, DONE
from evaluate.merge.stage import Merged, merge_row
from evaluate.store.shard_folders import SHARDS, stored_shards


def run(session: Session, settings: Settings) -> int:
    """Merge; the worst exit code of all rows, ATTENTION where photos are missing."""
    if settings[SHARD] is not None:
        raise SettingsError("make merge takes all shards that are stored; leave out shard=")
    stored = stored_shards(settings.folder)
    rows = [*stored] if settings.model.name is None else [settings.model.row]
    if not any(row in stored for row in rows):
        raise ReportsError(
            f"{settings.folder / SHARDS}: no shard to merge; run: make run model=NAME shard=1/3, "
            "then 2/3 and 3/3"
        )
    dataset = session.dataset(settings)

    def merge_one(row: str) -> int:
        merged = merge_row(settings.folder, row, stored[row], dataset)
        _tell(row, merged, f"make score {settings.dataset_line}".rstrip())
        return ATTENTION if merged.missing else DONE

    return max(session.guard(partial(merge_one, row)) for row in rows)


def _tell(row: str, merged: Merged, following: str) -> None:
    lacking = sum(map(len, merged.missing.values()))
    told = count_text(merged.shards, "shard")
    done = f"{merged.photos - lacking} of {count_text(merged.photos, 'photo')} from {told}"
    if not lacking and not merged.run.scoring.is_file():
        done += f"; next: {following}"
    say(f"{merged.run.folder}: {done}", stdout=True)
    about = merged.run.about()
    if unlike := about.get("machines"):
        say(
            f"{row}: its times are of unlike machines, so they are no measurement "
            f"({'; '.join(unlike)})"
        )
    if not lacking:
        return
    ids = [id_ for part in merged.missing.values() for id_ in part]
    of = [
        f"{shard} ({'not there, ' * (shard in merged.absent)}{len(part)})"
        for shard, part in merged.missing.items()
    ]
    say(
        f"{row}: {count_text(lacking, 'photo')} missing: {first_few(ids)}; in shards "
        f"{', '.join(of)}; run: {about['command']} shard={next(iter(merged.missing))}, "
        "then merge again"
    )
