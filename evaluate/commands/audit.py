"""``make audit``: what is suspect about photos and ground truth, and the table without it."""

from evaluate.audit.report import publish_audit
from evaluate.audit.stage import audit
from evaluate.commands.session import Session
from evaluate.config.options import MARGIN_IOU
from evaluate.config.settings import Settings
from evaluate.exit_codes import ATTENTION, DONE


def run(session: Session, settings: Settings) -> int:
    """Audit the dataset, with what stored runs say of it."""
    found = audit(session.dataset(settings), settings.runs, settings[MARGIN_IOU])
    publish_audit(found, settings.folder)
    return ATTENTION if found.suspects else DONE
