"""One fault and the checks after it: nothing lost, nothing wrong, nothing that hangs or is left."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluate.exit_codes import CANNOT
from evaluate.store.atomic import ABANDONED_S
from tests.faults.commands import Ended
from tests.faults.stages import Bench, Prepared
from tests.faults.state import State, difference, unfinished

SAME = "same result"  # the finished state is that of an undisturbed run
CLEAR = "clear error"  # and the fault was told with its reason
NOTHING = "no fault"  # the command had ended before; counts as no trial
OF_PHOTOS = re.compile(r"/masks/|/predictions\.jsonl$|/run\.json$|/traits\.json$|^photos/")
BAD = ("lost", "wrong", "hang", "left over", "unclear")


@dataclass(frozen=True)
class Outcome:
    """What came of a fault: one of the above, with what was seen where it is bad."""

    kind: str
    detail: str = ""


@dataclass(frozen=True)
class Trial:
    """A fault that can be tried: its class, what it is, and what tries it.

    ``kills``: how many signals it sends.
    """

    fault: str
    text: str
    attempt: Callable[[], Outcome]
    kills: int = 0


Trials = Iterator[Trial]


def disturb(
    bench: Bench,
    stage: Prepared,
    order: Mapping[str, Any],
    *,
    repeat: tuple[str, ...] = (),
    told: str | None = None,
    codes: tuple[int, ...] = (),
    goes_on: bool = False,
    **how: Any,
) -> Outcome:
    """Run a stage with a fault, then undisturbed with ``repeat`` added, and judge both.

    ``codes``: exit codes that the first may have besides that of an undisturbed run. ``told``: what
    it must have said if it had one of them. ``how``: arguments of ``Commands.run``.
    """
    bench.restore(stage.template)
    ended = bench.run(bench.words(stage.stage), order, **how)
    return judge(bench, stage, ended, repeat=repeat, told=told, codes=codes, goes_on=goes_on)


def judge(
    bench: Bench,
    stage: Prepared,
    ended: Ended,
    *,
    repeat: tuple[str, ...] = (),
    told: str | None = None,
    codes: tuple[int, ...] = (),
    goes_on: bool = False,
) -> Outcome:
    """What came of a fault: looks at what is there, finishes the command and looks again.

    ``goes_on``: the command goes on without what failed, or another one has run too, so tables may
    be of something else.
    """
    if not ended.fired or before_first_line(ended):
        return Outcome(NOTHING)
    if bad := how_it_ended(ended, (stage.ended.code, *codes)):
        return bad
    try:
        if half := half_written(bench.state(stage.stage), stage, goes_on):
            return Outcome("wrong", f"after the fault: {half}")
    except ValueError as error:
        return Outcome("wrong", f"after the fault: {error}")
    if bad := finish(bench, stage, repeat):
        return bad
    if ended.code == stage.ended.code:
        return Outcome(SAME)
    if told is not None and told not in ended.text:
        return Outcome("unclear", f"{told!r} is not said: {ended.text[-600:]}")
    return Outcome(CLEAR if told is not None else SAME)


def before_first_line(ended: Ended) -> bool:
    """Whether Ctrl-C came within Python's own start, which no command can catch."""
    return ended.stderr.endswith("KeyboardInterrupt\n") and "in _ended" not in ended.stderr


def how_it_ended(ended: Ended, codes: tuple[int, ...]) -> Outcome | None:
    """What is bad of how a command ended, whatever its result."""
    if ended.hung:
        return Outcome("hang", ended.text[-600:])
    if ended.left:
        return Outcome("left over", f"processes {ended.left}")
    if "Traceback" in ended.stderr:
        return Outcome("unclear", ended.stderr[-1500:])
    if ended.code == CANNOT and not ended.stderr.strip():
        return Outcome("unclear", "it says nothing")
    if ended.code not in codes:
        return Outcome("unclear", f"exit code {ended.code}: {ended.text[-600:]}")
    return None


def finish(
    bench: Bench, stage: Prepared, repeat: tuple[str, ...] = (), *, aside: bool = False
) -> Outcome | None:
    """Run the command undisturbed, an hour later; what is bad of its result.

    ``aside``: other runs may be set aside than without the fault.
    """
    for path in unfinished(bench.work):
        long_ago = time.time() - 2 * ABANDONED_S
        os.utime(path, (long_ago, long_ago))
    again = bench.run(bench.words(stage.stage, repeat))
    if bad := how_it_ended(again, (stage.ended.code,)):
        return Outcome(bad.kind, f"the command again: {bad.detail}")
    if left := [path for path in unfinished(bench.work) if not _seems_in_use(path)]:
        return Outcome("left over", ", ".join(left))
    state, reference = bench.state(stage.stage), stage.after
    if aside:
        state, reference = (
            {name: content for name, content in one.items() if ".superseded" not in name}
            for one in (state, reference)
        )
    if differs := difference(state, reference):
        lost = differs.startswith("missing")
        return Outcome("lost" if lost else "wrong", f"the command again: {differs}")
    return None


def _seems_in_use(path: str) -> bool:
    """Whether the number in an unfinished file's name is that of a process by now."""
    number = re.match(r"\.new-(\d+)", Path(path).name)
    return number is not None and Path("/proc", number[1]).exists()


def half_written(now: State, stage: Prepared, goes_on: bool) -> str:
    """Which files are neither as before the command nor as after it; empty if none.

    ``goes_on``: only those that are of single photos.
    """
    found = []
    for name, content in now.items():
        if goes_on and not OF_PHOTOS.search(name):
            continue
        known = [state[name] for state in (stage.before, stage.after) if name in state]
        if not known:  # such as files of repeats
            continue
        if name.endswith("predictions.jsonl"):
            rows = [row for state in known for row in state]  # type: ignore[attr-defined]
            good = all(row in rows or row["status"] != "ok" for row in content)  # type: ignore[attr-defined]
        elif isinstance(content, dict):  # such as traced.json, which grows
            good = any(content.items() <= state.items() for state in known)  # type: ignore[attr-defined]
        else:
            good = content in known
        if not good:
            found.append(name)
    return ", ".join(found)
