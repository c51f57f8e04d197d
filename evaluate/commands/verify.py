"""``make verify``: whether a dataset's stored results are whole."""

from evaluate.commands.session import Session
from evaluate.config.settings import Settings
from evaluate.display.text import count_text, say
from evaluate.errors import ReportsError
from evaluate.exit_codes import ATTENTION, DONE
from evaluate.store.baseline import read_baseline
from evaluate.store.run_folder import Run
from evaluate.store.shard_folders import SHARDS
from evaluate.store.verification import faults_of


def run(session: Session, settings: Settings) -> int:  # noqa: ARG001 - as every command
    """Verify every run, those that were set aside included, and every baseline."""
    places = [place for place in (settings.runs, settings.folder / SHARDS) if place.is_dir()]
    if not places:
        raise ReportsError(f"{settings.runs}: there are no runs; run: make eval")
    folders = sorted(path.parent for place in places for path in place.rglob("run.json"))
    faults = [fault for folder in folders for fault in faults_of(Run(folder))]
    damaged: list[str] = []  # baselines, each with its remedy
    baselines = sorted(settings.baselines.glob("*.json"))
    for path in baselines:
        try:
            read_baseline(path, f"make baseline, for the model of {path.stem}")
        except ReportsError as error:
            damaged.append(str(error))
    for fault in (*faults, *damaged):
        say(fault)
    told = f"{count_text(len(folders), 'run')} and {count_text(len(baselines), 'baseline')}"
    if faults or damaged:
        again = "; make eval predicts again what is damaged or missing in a run, and scores it"
        count = count_text(len(faults) + len(damaged), "fault")
        say(f"{settings.folder}: {count} in {told}{again if faults else ''}")
        return ATTENTION
    print(f"{settings.folder}: {told}, all whole", flush=True)
    return DONE
