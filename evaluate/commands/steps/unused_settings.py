"""Names settings that were typed for a command which does not use them."""

from evaluate.commands.session import Session
from evaluate.config.options import OPTIONS
from evaluate.config.plain import given
from evaluate.exit_codes import CANNOT, INTERRUPTED

# The command that a setting takes effect in, where that is not called as its owner.
COMMAND_OF = {"predict": "eval", "report": "compare"}


def unused_settings(session: Session) -> list[str]:
    """A line for each setting that no model's share of the command has read.

    What a run depends on is left out: it chooses the row, or stands in the command that repeats it.
    So are commands that ended early, which may just not have come to reading it.
    """
    if not session.staged or session.unable or {CANNOT, INTERRUPTED} & {*session.codes}:
        return []
    used = set[str]().union(*(settings.used for settings in session.staged))
    settings = session.staged[0]
    lines = []
    for name in sorted(settings.typed & OPTIONS.keys() - used):
        option = OPTIONS[name]
        owner = COMMAND_OF.get(option.owner, option.owner)
        value = given(settings.config, name)
        asks_for_nothing = value is False  # html=false, of a command that writes none
        if not (option.in_run or owner == session.command or asks_for_nothing):
            typed = f"{name}={value}"
            remedy = " ".join(filter(None, (f"make {owner}", settings.dataset_line, typed)))
            lines.append(
                f"make {session.command} does not use {typed}; a command that does: {remedy}"
            )
    return lines
