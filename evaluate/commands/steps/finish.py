"""What a command does once all of its models are done, and its exit code."""

from evaluate.commands.session import Session
from evaluate.commands.steps.paper import compute_paper_metrics
from evaluate.commands.steps.unused_settings import unused_settings
from evaluate.display.text import say
from evaluate.exit_codes import ATTENTION, CANNOT, DONE, INTERRUPTED, REGRESSED


def finish(session: Session) -> int:
    """Compare what was evaluated, print what remains to be said, return the exit code."""
    if len(session.unable) == len(session.codes):  # no model did anything
        session.codes.append(CANNOT)
    compute_paper_metrics(session)
    for line in (*session.problems, *session.warnings):  # before the table, which stands last
        say(line)
    for settings in session.reported.values():
        from evaluate.commands.compare import compare_all

        session.guard(lambda s=settings: compare_all(session, s))  # type: ignore[misc]
    if session.to_time:
        from evaluate.commands.timing import time_all

        session.guard(lambda: time_all(session))
    if session.weight_entries:
        from evaluate.commands.steps.weights_table import show

        show(session.weight_entries)
    for line in unused_settings(session):
        say(line)
    if session.problems:
        session.codes.append(ATTENTION)
    order = [INTERRUPTED, CANNOT, REGRESSED, ATTENTION]
    return next((code for code in order if code in session.codes), DONE)
