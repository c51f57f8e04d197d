"""``make time``: time several models in turns, by scenario."""

from evaluate.commands.session import Session
from evaluate.config.options import LIMIT, REPEATS
from evaluate.config.settings import Settings
from evaluate.display.text import count_text, printable
from evaluate.exit_codes import ATTENTION, CANNOT, DONE
from evaluate.store.identity import VERSION, machine
from evaluate.timing.report import publish
from evaluate.timing.rounds import Subject, time_in_rounds

PHOTOS = 12  # unless limit=N is given
ROUNDS = 5  # unless repeats=N is given


def run(session: Session, settings: Settings) -> int:
    """Note the model; all are timed together once the last is known."""
    model, _ = session.model(settings)
    dataset = session.dataset(settings)
    samples = dataset.samples[: settings[LIMIT] or PHOTOS]
    model.agree_on_costs(len(samples) * (1 + _rounds(settings)), settings.allowed_usd)
    session.to_time.append((settings, Subject(model, settings.conditions, samples)))
    return DONE


def time_all(session: Session) -> int:
    """Time the noted models, write and print the tables."""
    settings = session.to_time[0][0]
    subjects = [subject for _, subject in session.to_time]
    repeats = _rounds(settings)
    timed = time_in_rounds(subjects, repeats)
    here = machine()
    photos = count_text(len(subjects[0].samples), "photo")
    about = " · ".join(
        [
            f"{settings.dataset.name}: {photos}",
            f"{count_text(repeats, 'round')}, in turns",
            f"{here['cpu']}, {here['cores']} cores, {here['system']}",
            f"cutoutbench {VERSION}",
        ]
    )
    print(printable(publish(timed, about, settings.folder)), flush=True)
    if not any(one.rounds for one in timed):
        return CANNOT
    return DONE if all(one.rounds for one in timed) else ATTENTION


def _rounds(settings: Settings) -> int:
    return settings[REPEATS] or ROUNDS
