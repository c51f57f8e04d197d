"""``make canary``: compare a model's masks on two devices, or with another model's."""

from evaluate.commands.session import Session
from evaluate.config.options import AGREE_IOU, LIMIT
from evaluate.config.settings import Settings
from evaluate.display.text import printable
from evaluate.parity.canary import CanaryWay, compare_ways, handful


def run(session: Session, settings: Settings) -> int:
    """Compare the masks of a few photos."""
    dataset = session.dataset(settings)
    samples = dataset.samples if settings[LIMIT] else handful(dataset.samples)
    way, *others = [CanaryWay(session.model(s)[0], s.conditions) for s in settings.with_other()]
    for each in (way, *others):
        each.model.agree_on_costs(len(samples), settings.allowed_usd)
    found = compare_ways(way, others[0] if others else None, samples, settings[AGREE_IOU])
    return session.judged(found.agree, map(printable, found.lines))
