"""Measures a Ray cluster of two nodes on this machine, and kills parts of it.

    python -m tests.scale.bench_ray [--photos 10000] [--real 200] [--document]

Every run on the cluster is compared with the run of one process: lines without times, and masks.
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.scale.block import Block
from tests.scale.ray_cluster import ENVIRONMENT, RayCluster
from tests.scale.ray_faults import FaultyRun, exceed_memory, kill_parts, lines_and_masks
from tests.support.photos import make_folder
from tests.support.projects import ROOT, copy_project

SAMPLE = ROOT / "datasets" / "sample"


def run_once(name: str, reports: Path, *words: str) -> tuple[Path, float, float]:
    """``make run``: its folder, and the wall and processor seconds of the command alone."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "evaluate", "run", *words, f"reports={reports}"],
        cwd=ROOT, env={**os.environ, **ENVIRONMENT}, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    (found,) = (reports / name / "runs").glob("[!.]*")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found, time.monotonic() - start, used


def compare_engines(root: Path, model: str, cluster: RayCluster, folder: Path, block: Block) -> str:
    """Time one process, two, and the cluster; a line for each, and whether they are equal.

    Returns how much a mask and a photo's line of predictions.jsonl take.
    """
    words = (f"model={model}", "dataset=folder", f"dataset.root={root}", "threads=1")
    engines = {
        "local": (),
        "local workers=2": ("workers=2",),
        "ray workers=4": ("engine=ray", "workers=4", f"ray.address={cluster.address}"),
    }
    plain = None
    for name, own in engines.items():
        place = folder / name.replace(" ", "-")
        run, wall, used = run_once(root.name, place, *words, *own)
        found = lines_and_masks(run)
        plain = plain or found
        photos = len(found[0])
        driver = (
            f"{1000 * used / photos:.1f} ms" if name.startswith("ray") else ""
        )  # else all of it
        offline = json.loads((run / "run.json").read_text()).get("offline", [{}])[0]
        rate = 60 * photos / offline.get("seconds", wall)
        block.add(
            f"| {model} | {photos:,} | {name} | {wall:.0f} s | {rate:,.0f} | "
            f"{driver} | {'yes' if found == plain else 'NO'} |"
        )
        line_bytes = (run / "predictions.jsonl").stat().st_size / photos
        shutil.rmtree(place)
    assert plain is not None
    mask_bytes = sum(map(len, plain[1].values())) / len(plain[1])
    return f"{model}: a mask takes {mask_bytes / 1000:.1f} kB, its line {line_bytes / 1000:.1f} kB"


def real_photos(root: Path, count: int) -> Path:
    """``count`` photos of the built-in set, each several times under other names."""
    photos = sorted((SAMPLE / "images").iterdir())
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for number in range(count):
        photo = photos[number % len(photos)]
        mask = next((SAMPLE / "masks").glob(f"{photo.stem}.*"))
        for part, path in (("images", photo), ("masks", mask)):
            (root / part / f"{photo.stem}-{number:05}{path.suffix}").symlink_to(path)
    return root


def main() -> None:
    """Run the checks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--real", type=int, default=200)
    parser.add_argument("--document", action="store_true")
    arguments = parser.parse_args()
    block = Block("ray", document=arguments.document)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-ray-")))
        cluster = RayCluster()
        stack.callback(cluster.close)
        block.add(
            "| model | photos | engine | whole command | photos a minute | command alone | equal |"
        )
        block.add("|---|---|---|---|---|---|---|")
        sizes = []
        names = [f"photo-{i:06}" for i in range(arguments.photos)]
        if names:
            floor = make_folder(folder / "floor", names)
            sizes.append(compare_engines(floor, "otsu", cluster, folder, block))
        if arguments.real:
            real = real_photos(folder / "real", arguments.real)
            sizes.append(compare_engines(real, "u2netp", cluster, folder, block))
        (folder / "faults").mkdir()
        run = FaultyRun(copy_project(folder / "project"), folder / "faults", cluster)
        block.add("")
        for size in sizes:
            block.add(f"- {size}")
        killed, exceeded = kill_parts(run, cluster), exceed_memory(run, folder / "faults")
        block.add(f"- killed parts, before `retry=true`: {killed}; then equal: yes")
        block.add(f"- out of memory: {exceeded} of 20 photos, as locally")
        block.close("tests.scale.bench_ray", "ray")


if __name__ == "__main__":
    main()
