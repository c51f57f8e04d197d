"""Run thousands of photos and see whether memory, speed or descriptors drift: ``make soak``.

python -m tests.soak [--photos N] [--network-photos N]

Renders small photos, predicts and scores them with Otsu's threshold, then predicts some with
U2-Netp and its real weights. Each command is sampled from outside while it runs
(``tests.soak.watch``) and judged by ``tests.soak.drift``. With the usual numbers of photos the
result is written to ``docs/soak.md``. Exit code: 0 if nothing drifts, 1 if something does, 2 if it
cannot run here.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluate.display.text import markdown_table
from evaluate.store.identity import ROOT, VERSION
from models.weights.weight_file import home
from tests.soak import drift
from tests.soak.photos import SIZE_PX, render_photos
from tests.soak.watch import watch
from tests.tools.machine import about_machine

PAGE = ROOT / "docs" / "soak.md"
PHOTOS, NETWORK_PHOTOS = 10_000, 500
NETWORK = "u2netp"
STEADY, DRIFTS, CANNOT = 0, 1, 2
ABOUT = f"""# Soak

<!-- Written by make soak -->

    make soak

Does a long run grow, slow down or lose descriptors? Each command below ran over so many rendered photos of
{SIZE_PX[1]}×{SIZE_PX[0]} pixels and was sampled from outside, parent and worker apart. The columns are the quarters of the photos:
medians of resident memory, processor time a photo of both processes, the same in times of a fixed computation by the watcher (other
programs on the machine slow both down), the lowest number of open descriptors. **The criterion compares the last quarter with the second**, since the first fills caches: memory drifts if it rose by
more than {drift.MEMORY_SHARE:.0%}, {drift.MEMORY_MIB:g} MiB and {drift.RESULT_BYTES / 1024:g} KiB a photo (what a stage keeps of each until it is done), time if it rose by more than
{drift.TIME_SHARE:.0%}; a descriptor is lost if the number of open ones rose.
"""  # noqa: E501 - as wide as the other pages


@dataclass(frozen=True)
class Soaked:
    """A command's quantities in quarters, and how long it took."""

    command: str
    photos: int
    samples: int
    wall_s: float
    drifts: Sequence[drift.Drift]


def soak(stage: str, model: str, bar: str, photos: Path, count: int, reports: Path) -> Soaked:
    """Run one stage of a model over ``count`` photos of a folder; ``bar`` names its progress bar.

    Raises:
        SystemExit: the command failed.
        ValueError: it ran too briefly to judge.
    """
    own = ["dataset=folder", f"dataset.root={photos}", f"limit={count}", f"reports={reports}"]
    start = time.perf_counter()
    samples = watch([stage, f"model={model}", *own, "html=false", "plots=false"], bar)
    wall_s = time.perf_counter() - start
    found = drift.drifts(samples, count)
    return Soaked(f"{stage} model={model}", count, len(samples), wall_s, found)


def section(soaked: Soaked) -> str:
    """The Markdown of one command."""
    lines: list[tuple[str, ...]] = [("", "1st quarter", "2nd", "3rd", "4th", "")]
    for one in soaked.drifts:
        shown = [f"{value:.3g}" if value < 100 else f"{value:.0f}" for value in one.quarters]
        name = f"{one.name}, {one.unit}" if one.unit else one.name
        lines.append((name, *shown, {None: "", True: "drifts", False: "flat"}[one.drifted]))
    about = f"{soaked.photos:,} photos in {soaked.wall_s:.0f} s, {soaked.samples} samples"
    return f"## {soaked.command}\n\n{about}\n\n{markdown_table(lines)}"


def main(arguments: Sequence[str]) -> int:
    """Run all; the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=PHOTOS)
    parser.add_argument("--network-photos", type=int, default=NETWORK_PHOTOS)
    given = parser.parse_args(arguments)
    if sys.platform != "linux":
        print("processes are sampled through /proc, so this needs Linux", file=sys.stderr)
        return CANNOT
    if not (home() / "rembg" / "models" / NETWORK / f"{NETWORK}.onnx").is_file():
        print(f"no weights; run: make weights model={NETWORK}", file=sys.stderr)
        return CANNOT
    parts = [f"cutoutbench {VERSION}; {about_machine('rembg', 'onnxruntime')}"]
    soaked = []
    with tempfile.TemporaryDirectory() as folder:
        photos, reports = Path(folder) / "photos", Path(folder) / "reports"
        render_photos(photos, max(given.photos, given.network_photos))
        for stage, model, bar, count in (
            ("run", "otsu", "Otsu", given.photos),
            ("score", "otsu", "Otsu: scoring", given.photos),
            ("run", NETWORK, "U2Netp (rembg)", given.network_photos),
        ):
            try:
                soaked.append(soak(stage, model, bar, photos, count, reports))
            except ValueError as error:
                print(f"{stage} model={model}: {error}", file=sys.stderr)
                return CANNOT
            parts.append(section(soaked[-1]))
            print(f"\n{parts[-1]}", flush=True)
    if (given.photos, given.network_photos) == (PHOTOS, NETWORK_PHOTOS):
        PAGE.write_text("\n\n".join([ABOUT.rstrip(), *parts]) + "\n", "utf-8")
        print(f"\nWritten to {PAGE}")
    return DRIFTS if any(one.drifted for run in soaked for one in run.drifts) else STEADY


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
