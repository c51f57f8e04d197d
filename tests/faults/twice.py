"""Two commands at once: one stands still at a point while another runs to its end."""

import contextlib
import os
import signal
import time
from functools import partial
from random import Random

from tests.faults.commands import HANGS_S, Ended
from tests.faults.stages import STAGES, Bench, Prepared
from tests.faults.trial import NOTHING, Outcome, Trial, Trials, how_it_ended, judge

# Which commands run while the first stands still. What they write, the first writes too, or the
# undisturbed command makes again.
BESIDE = {
    "run": ("run", "verify"),
    "eval": ("eval", "run", "score", "compare", "verify"),
    "eval of a changed model": ("eval of a changed model", "score", "compare"),
    "score": ("score", "compare", "eval"),
    "score with the page's files": ("score with the page's files",),
    "compare": ("compare", "score"),
    "compare with page and plots": ("compare with page and plots",),
    "audit": ("audit", "compare"),
    "baseline": ("baseline", "score"),
    "gate": ("gate", "compare"),
    "baseline of repeats": ("baseline of repeats",),
    "trace": ("trace",),
}


def two_at_once(bench: Bench, random: Random) -> Trials:
    """Each pair, the first held at each of its points."""
    while True:
        stage = bench.prepare(random.choice([name for name in bench.names if name in BESIDE]))
        other = STAGES[random.choice(BESIDE[stage.stage.name])]
        at = random.randint(1, len(stage.of("command")))
        attempt = partial(_two, bench, stage, bench.words(other), at)
        yield Trial("two at once", f"{stage.stage.name} held at {at}, and {other.name}", attempt)


def _two(bench: Bench, stage: Prepared, words: tuple[str, ...], at: int) -> Outcome:
    bench.restore(stage.template)
    others: list[Ended] = []

    def meanwhile(pid: int) -> None:
        if _stands_still(pid):
            others.append(bench.run(words, server=1))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    order = {"role": "command", "at": at, "signal": signal.SIGSTOP}
    ended = bench.run(bench.words(stage.stage), order, meanwhile=meanwhile)
    if not others:
        return Outcome(NOTHING)
    if bad := how_it_ended(others[0], (0, 1, 2, 3)):
        return Outcome(bad.kind, f"the other: {bad.detail}")
    result = judge(bench, stage, ended, repeat=stage.stage.repeat or (), codes=(2, 3), told="",
                   goes_on=True)  # fmt: skip
    if result.kind == "same result" and others[0].code == 2:
        return Outcome("clear error")
    return result


def _stands_still(pid: int) -> bool:
    """Wait until the process has stopped itself; False if it has ended."""
    end = time.monotonic() + HANGS_S
    while time.monotonic() < end:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123
                status = file.read().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if status in "TZX":
            return status == "T"
        time.sleep(0.005)
    return False
