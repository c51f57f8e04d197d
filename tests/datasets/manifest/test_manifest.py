"""The dataset ``manifest`` through the commands: on an S3 server, without it, and with faults."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Pillow

from evaluate.exit_codes import ATTENTION, DONE
from evaluate.store.run_folder import Run
from tests.datasets.manifest.test_rows import write
from tests.support.commands import Command
from tests.support.photos import make_folder, photo
from tests.support.servers.s3_server import S3Server


@pytest.fixture
def s3() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.close()


def listed(folder: Path, s3: S3Server) -> list[dict[str, object]]:
    """The pairs of a folder, uploaded."""
    return [
        {
            "id": image.stem,
            "image": s3.put(image, f"images/{image.name}"),
            "truth": s3.put(folder / "masks" / image.name, f"masks/{image.name}"),
        }
        for image in sorted((folder / "images").iterdir())
    ]


def scores(reports: Path, name: str) -> list[str]:
    return (reports / name / "runs" / "otsu" / "scores.csv").read_text().splitlines()


def test_photos_in_a_bucket_score_as_those_of_a_folder(
    command: Command, folder: Path, tmp_path: Path, s3: S3Server
) -> None:
    rows = listed(folder, s3)
    manifest = write(tmp_path / "bucket.csv", rows)
    arguments = [
        *("eval", "model=otsu", "dataset=manifest", f"dataset.file={manifest}", "plots=false"),
        f"dataset.cache={tmp_path / 'cache'}",
    ]
    reports = tmp_path / "reports"
    local = command("eval", "model=otsu", "dataset=folder", f"dataset.root={folder}", "plots=false")
    assert local.returncode == DONE, local.stderr
    done = command(*arguments, env=s3.env)
    assert done.returncode == DONE, done.stderr
    assert scores(reports, "bucket") == scores(reports, "photos")
    run = Run(reports / "bucket" / "runs" / "otsu")
    assert all(one.photo_sha256 for one in run.predictions().values())

    # Another photo under the same URL is predicted again; one that is gone is a failed photo.
    before = run.predictions()
    Pillow.fromarray(photo(shift=9)[0]).save(folder / "images" / "a.png")
    s3.put(folder / "images" / "a.png", "images/a.png")
    gone = {**rows[0], "id": "z", "image": "s3://photos/images/none.jpg"}
    write(manifest, [*rows, gone])
    done = command(*arguments, env=s3.env)
    assert done.returncode == ATTENTION
    after = run.predictions()
    assert after["a"].photo_sha256 != before["a"].photo_sha256
    assert (after["z"].status, after["z"].size) == ("unreadable", None)
    assert "s3://photos/images/none.jpg: no such object; upload it or" in str(after["z"].error)
    assert scores(reports, "bucket")[-1].startswith("z,unreadable,0")
    assert "no-real" not in done.stderr + json.dumps(run.about())

    # Without the server: as it was read last, and what is done is not done again.
    s3.close()
    lines = run.lines.read_bytes()
    done = command(*arguments, "dataset.offline=true", env=s3.env)
    assert done.returncode == ATTENTION, done.stderr
    assert run.lines.read_bytes() == lines


def test_paths_of_a_manifest_are_read_where_they_are(command: Command, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "photos", ["a", "b", "c", "d"])
    odd = Pillow.open(folder / "masks" / "c.png").convert("L").point(lambda level: level and 38)
    odd.save(folder / "masks" / "c.png")
    (folder / "images" / "b.png").write_bytes(b"no picture")
    rows: list[dict[str, object]] = [
        {
            "id": name,
            "image": f"images/{name}.png",
            "truth": (folder / f"masks/{name}.png").as_uri(),
        }
        for name in "abcd"
    ]
    rows.append({"id": "e", "image": "images/none.png", "truth": "masks/a.png"})
    manifest = write(folder / "photos.jsonl", rows)
    done = command(
        *("eval", "model=otsu", "dataset=manifest", f"dataset.file={manifest}", "plots=false"),
        *("dataset.survey=1", "dataset.name=paths", f"dataset.cache={tmp_path / 'cache'}"),
    )
    assert done.returncode == ATTENTION, done.stderr
    assert "decided from 1 mask of 5" in done.stderr
    found = dict(line.split(",", 1) for line in scores(tmp_path / "reports", "paths")[1:])
    assert found["a"].startswith("ok,1")
    assert found["b"].startswith("unreadable,0")
    assert found["c"].startswith("no-truth")
    assert "has levels 0" in found["c"]
    assert "dataset.survey=null" in found["c"]
    assert found["e"].startswith("unreadable,0")
    assert not list((tmp_path / "cache").glob("??"))
