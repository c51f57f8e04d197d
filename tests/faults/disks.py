"""Disks that are full, read-only, broken or gone, and the other limits of a system."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from tests.faults.stages import Bench, Prepared
from tests.faults.trial import (
    NOTHING,
    Outcome,
    Trial,
    Trials,
    disturb,
    finish,
    how_it_ended,
)

GROWING = ("open", "write", "fsync", "mkdir", "replace", "ftruncate")
CHANGING = (*GROWING, "rename", "unlink", "rmdir", "chmod", "utime")
REFUSALS = {
    errno.ENOSPC: GROWING, errno.EDQUOT: GROWING, errno.EIO: CHANGING, errno.EROFS: CHANGING,
}  # fmt: skip
CANNOT_CODES = (0, 2, 3)


def refused_writes(bench: Bench, random: Random) -> Trials:
    """Each call that writes fails once, or from then on, with each error of a disk."""
    while True:
        stage = bench.prepare(random.choice(bench.names))
        number, calls = random.choice([*REFUSALS.items()])
        role = random.choice([role for role, *_ in stage.points])
        points = [at for at, (when, call) in enumerate(stage.of(role), 1)
                  if when == "before" and call in calls]  # fmt: skip
        if not points:
            continue
        at, stays = random.choice(points), random.random() < 0.5
        order = {
            "role": role, "at": at, "error": number, "calls": calls, "stays": stays,
        }  # fmt: skip
        attempt = partial(
            disturb, bench, stage, order, codes=CANNOT_CODES, told="", goes_on=True,
            repeat=stage.stage.repeat or (),
        )  # fmt: skip
        text = f"{stage.stage.name}: {role} gets {errno.errorcode[number]} at point {at}"
        yield Trial(f"writes refused: {errno.errorcode[number]}", text, attempt)


def small_files(bench: Bench, random: Random) -> Trials:
    """Files that may not grow past a size, and more descriptors than there are.

    Address space has no limit here: where it is reached while a thread starts, Python 3.11 waits
    for ever in ``Thread.start``.
    """
    while True:
        stage = bench.prepare(random.choice(bench.names))
        count = len(stage.of("command"))
        name, limit = random.choice(
            (("FSIZE", random.choice((1000, 1500, 3000, 9000))),
             ("NOFILE", random.randint(3, 24)))
        )  # fmt: skip
        order = {"role": "command", "at": random.randint(0, count), "limits": {name: limit}}
        attempt = partial(
            disturb, bench, stage, order, codes=CANNOT_CODES, told="", goes_on=True,
            repeat=stage.stage.repeat or (),
        )  # fmt: skip
        fault = {"FSIZE": "files may not grow", "NOFILE": "descriptors short"}
        text = f"{stage.stage.name}: RLIMIT_{name}={limit} from point {order['at']}"
        yield Trial(fault[name], text, attempt)


def clocks(bench: Bench, random: Random) -> Trials:
    """The clock jumps, by which stored files may come from the future."""
    while True:
        stage = bench.prepare(random.choice(bench.names))
        count = len(stage.of("command"))
        seconds = random.choice((-1e9, -86400.0, -3.0, 86400.0))
        order = {"role": "command", "at": random.randint(0, count), "clock_s": seconds}
        text = f"{stage.stage.name}: the clock jumps by {seconds:g} s at point {order['at']}"
        yield Trial("the clock jumps", text, partial(disturb, bench, stage, order))


def vanishing(bench: Bench, random: Random) -> Trials:
    """Folders that are removed while a command uses them."""
    while True:
        stage = bench.prepare(random.choice(bench.names))
        gone = random.choice([name for name, content in stage.after.items() if content is None])
        count = len(stage.of("command"))
        yield Trial(
            "a folder vanishes", f"{stage.stage.name}: {gone}",
            partial(_vanish, bench, stage, gone, random.randint(1, count)),
        )  # fmt: skip


def _vanish(bench: Bench, stage: Prepared, gone: str, at: int) -> Outcome:
    """What was in the folder cannot come back, so only a clear end is asked of it."""
    bench.restore(stage.template)
    place = bench.work / gone
    if not place.is_dir():
        return Outcome(NOTHING)
    order = {"role": "command", "at": at, "removes": [str(place)]}
    ended = bench.run(bench.words(stage.stage), order)
    if not ended.fired:
        return Outcome(NOTHING)
    if bad := how_it_ended(ended, CANNOT_CODES):
        return bad
    shutil.copytree(stage.template, bench.work, dirs_exist_ok=True)
    ended_well = Outcome("clear error" if ended.code else "same result")
    return finish(bench, stage, aside=True) or ended_well  # a run put aside was put back too


def mounted(bench: Bench, random: Random) -> Trials:
    """A file system of its own that is full or read-only, and has room again later."""
    while True:
        stage = bench.prepare(random.choice(bench.names))
        if stage.stage.masks:
            kilobytes = random.randint(0, 40)
            full = random.random() < 0.7
            fault = "a full file system" if full else "a read-only file system"
            text = f"{stage.stage.name}: {kilobytes} kB left" if full else stage.stage.name
            yield Trial(fault, text, partial(_on_mount, bench, stage, kilobytes, full))


def _on_mount(bench: Bench, stage: Prepared, kilobytes: int, full: bool) -> Outcome:
    bench.restore(stage.template)
    with mount(bench.work / "reports") as remount:
        if full:
            used = shutil.disk_usage(bench.work / "reports").used
            remount(f"size={used // 1024 + kilobytes}k")
        else:
            remount("ro")
        ended = bench.run(bench.words(stage.stage))
        remount("rw,size=64m")
        if bad := how_it_ended(ended, CANNOT_CODES):
            return bad
        if ended.code == 2 and not any(
            word in ended.text for word in ("No space left", "Read-only", "disk")
        ):
            return Outcome("unclear", ended.text[-600:])
        return finish(bench, stage) or Outcome("clear error" if ended.code else "same result")


def may_mount(folder: Path) -> bool:
    """Whether a file system can be mounted here; tries it."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    try:
        with mount(folder / "probe"):
            return True
    except subprocess.CalledProcessError:  # in a container
        return False


@contextmanager
def mount(place: Path) -> Iterator[Callable[[str], Any]]:
    """Mount a file system in memory on ``place``, whose files it gets; yields what remounts it."""
    kept = place.with_name("kept")
    if place.exists():
        place.rename(kept)
    place.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], check=True,
        capture_output=True,
    )  # fmt: skip
    try:
        if kept.exists():
            shutil.copytree(kept, place, dirs_exist_ok=True)
            shutil.rmtree(kept)
        yield lambda options: subprocess.run(
            ["mount", "-o", f"remount,{options}", str(place)], check=True
        )
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
