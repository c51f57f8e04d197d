"""A COCO file from the command line, its name and categories with commas and spaces; doubles."""

from pathlib import Path

from datasets.coco import load
from tests.datasets.test_coco import compressed, image, instance, uncompressed, write
from tests.support.commands import Command
from tests.support.photos import photo
from tests.support.runs import read_scores


def test_from_the_command_line(command: Command, tmp_path: Path) -> None:
    root = tmp_path / "2017"
    mask = photo()[1]
    images = [image(i, f"{name}.png") for i, name in enumerate("abc", 1)]
    instances = [instance(1, compressed(mask)), instance(2, uncompressed(mask), 1)]
    file = write(root, images, instances).rename(tmp_path / "a, b.json")
    done = command(
        "eval", "model=otsu", "dataset=coco", f"dataset.root={root}",
        f"dataset.annotations={file}", "dataset.categories=[wrench,hex key]",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    scores = read_scores(tmp_path / "reports" / "2017" / "runs" / "otsu")
    assert scores == {"a": ("ok", "1.0"), "b": ("ok", "1.0")}
    assert "1 of 3 photos show none of the categories; they are left out" in done.stderr


def test_images_that_share_an_id_or_a_file_are_left_out_alone(tmp_path: Path) -> None:
    shared = [image(1, "a.png"), image(2, "./a.png"), {**image(0, "b.png"), "id": "1"}]
    masks = [instance(1, compressed(photo()[1]))]
    write(tmp_path / "photos", [*shared, image(4, "d.png")], masks)
    dataset = load(str(tmp_path / "photos"), "photos", None, None)
    assert [sample.id for sample in dataset.samples] == ["d"]
    (problem,) = dataset.problems
    named = "(id 1: a.png, id 2: ./a.png, id 1: b.png); give each its own"
    assert f"3 images share an id or a file_name {named}" in problem
    assert not dataset.warnings
