"""Kills: by four signals, of every process, at every point and at random times."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from tests.evaluate.predict.faulty_model import is_alive
from tests.faults.commands import make_command, python_command
from tests.faults.stages import STAGES, Bench, Prepared
from tests.faults.trial import Outcome, Trial, Trials, disturb, judge

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# A photo whose process was killed is a row with its reason; a gate may be refused after it.
AFTER_A_DEATH = (0, 2, 3)
# Sizes of files at which a write is cut; the tests' smallest files have some 90 bytes.
SIZES = (0, 1, 50, 100, 160, 300, 1000, 4000, 9000)


def codes_of(number: int) -> tuple[int, int]:
    """The exit codes of a command that a signal ended, as Python tells them and as a shell does."""
    return -number, 128 + number


def at_points(bench: Bench, random: Random) -> Trials:
    """Before and after each call that writes, in every stage; the stages take turns."""
    orders = []
    for name in bench.names:
        count = len(bench.prepare(name).of("command"))
        mine = [(name, at, number) for at in range(1, count + 1) for number in SIGNALS]
        random.shuffle(mine)
        orders.append(mine)
    while any(orders):
        for mine in filter(None, orders):
            name, at, number = mine.pop()
            yield _at_point(bench, bench.prepare(name), at, number)


def _at_point(bench: Bench, stage: Prepared, at: int, number: signal.Signals) -> Trial:
    order = {"role": "command", "at": at, "signal": number}
    when, call = stage.of("command")[at - 1]
    attempt = partial(disturb, bench, stage, order, codes=codes_of(number))
    text = f"{stage.stage.name}: {number.name} {when} {call}, point {at}"
    return Trial(f"{number.name} at a chosen point", text, attempt, kills=1)


def _with_model(bench: Bench) -> list[str]:
    return [name for name in bench.names if STAGES[name].repeat is not None]


def within_writes(bench: Bench, random: Random) -> Trials:
    """In the middle of writing a file, which stays torn."""
    while True:
        stage = bench.prepare(random.choice(bench.names))
        size = random.choice(SIZES)
        limits = {"FSIZE": size}
        order = {"role": "command", "at": 0, "limits": limits, "dies": True}
        codes = (-signal.SIGXFSZ, *AFTER_A_DEATH)
        repeat = stage.stage.repeat or ()
        attempt = partial(disturb, bench, stage, order, repeat=repeat, codes=codes, goes_on=True)
        text = f"{stage.stage.name}: killed in the write past {size} bytes"
        yield Trial("killed within a write", text, attempt, kills=1)


def of_models(bench: Bench, random: Random) -> Trials:
    """Of the keeper and of the model's process, while the command is at some point."""
    while True:
        stage = bench.prepare(random.choice(_with_model(bench)))
        target, number = random.choice(("keeper", "model")), random.choice(SIGNALS)
        at = random.randint(1, len(stage.of("command")))
        order = {
            "role": "command", "at": at, "signal": number, "target": target
        }  # fmt: skip
        yield _model_trial(bench, stage, order, f"the {target}'s process killed")


def of_models_writing(bench: Bench, random: Random) -> Trials:
    """Of the model's process or its command, while the model's process writes a mask."""
    while True:
        stage = bench.prepare(random.choice(_with_model(bench)))
        count = len(stage.of("model"))
        order = {
            "role": "model", "at": random.randint(1, count), "signal": random.choice(SIGNALS),
            "target": random.choice(("self", "parent")),
        }  # fmt: skip
        yield _model_trial(bench, stage, order, "a model killed as it writes a mask")


def _model_trial(bench: Bench, stage: Prepared, order: dict[str, Any], fault: str) -> Trial:
    attempt = partial(
        disturb,
        bench,
        stage,
        order,
        repeat=stage.stage.repeat or (),
        codes=AFTER_A_DEATH,
        goes_on=True,
    )
    what = f"signal {order['signal']:d} to {order['target']} at point {order['at']}"
    return Trial(fault, f"{stage.stage.name}: {what}", attempt, kills=1)


def at_random_times(bench: Bench, random: Random) -> Trials:
    """Of the command at any time, also while Python and libraries are busy."""
    while True:
        stage, number = bench.prepare(random.choice(bench.names)), random.choice(SIGNALS)
        after_s = random.uniform(0, 1.1 * stage.seconds)
        attempt = partial(
            disturb,
            bench,
            stage,
            {},
            codes=codes_of(number),
            meanwhile=sending(bench, number, after_s),
        )
        text = f"{stage.stage.name}: {number.name} after {after_s:.3f} s"
        yield Trial(f"{number.name} at a random time", text, attempt, kills=1)


def sending(
    bench: Bench,
    number: signal.Signals,
    after_s: float,
    send: Callable[[int, int], object] = os.kill,
) -> Callable[[int], None]:
    """Sends a signal to a process some time after it has started, if it still runs."""

    def meanwhile(pid: int) -> None:
        time.sleep(after_s)
        if is_alive(pid):
            bench.commands.fired().touch()
            with contextlib.suppress(ProcessLookupError):
                send(pid, number)

    return meanwhile


def of_whole_commands(bench: Bench, random: Random) -> Trials:
    """Of ``make`` alone, or of all processes of a terminal, from the first moment on."""
    while True:
        stage = bench.prepare(random.choice(bench.names))
        number = random.choice(SIGNALS)
        target = random.choice(("make alone", "the group of make", "python without make"))
        after_s = random.uniform(0, 3)
        attempt = partial(_whole, bench, stage, number, target, after_s)
        text = f"{stage.stage.name}: {number.name} to {target} after {after_s:.3f} s"
        yield Trial("a whole command and its make", text, attempt, kills=1)


def _whole(
    bench: Bench, stage: Prepared, number: signal.Signals, target: str, after_s: float
) -> Outcome:
    bench.restore(stage.template)
    words = bench.words(stage.stage)
    line = python_command(words) if target.startswith("python") else make_command(words)
    send = os.killpg if target == "the group of make" else os.kill
    ended = bench.commands.run_whole(line, meanwhile=sending(bench, number, after_s, send))
    codes: tuple[int, ...] = (*codes_of(number), 2)  # make's own code for a command that failed
    if target.startswith("python") and after_s < 1:
        codes = (*codes, 1)  # Ctrl-C before our first line
    return judge(bench, stage, ended, codes=codes)
