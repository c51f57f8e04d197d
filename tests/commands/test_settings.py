"""Settings as a person types them: taken as they are, or refused with what there is instead."""

from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from evaluate.config.overrides import quoted
from tests.support.commands import Command
from tests.support.photos import make_folder
from tests.support.projects import ROOT, own_model

MODELS = sorted(path.stem for path in (ROOT / "conf" / "model").glob("*.yaml"))


@pytest.mark.parametrize("wrong", [["eval", "model=nonsense"], ["run"], ["gate"]])
def test_without_a_model_that_exists_the_models_are_listed(
    command: Command, wrong: list[str]
) -> None:
    done = command(*wrong)
    assert done.returncode == 2
    assert all(model in done.stdout + done.stderr for model in MODELS)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("limit=0", "limit=0: give a whole number"),
        ("limit=true", "limit=True: give a whole number"),
        ("retry=no", "retry=no: give true or false"),
        ("timeout_s=inf", "timeout_s=inf: give a finite number"),
        ("margin_iou=wide", "margin_iou=wide: give a finite number"),
        ("columns=all", "columns=all: use full or issue"),
        ("html=no", "html=no: give true or false"),
        ("allowed_drop=much", "allowed_drop=much: give a finite number"),
        ("gate.photo_drop=-1", "gate.photo_drop=-1: give a finite number"),
        ("gate.mask_iou=null", "gate.mask_iou=None: give a finite number"),
        (
            "gate.phto_drop=1",
            "gate.phto_drop: there is no such setting; did you mean gate.photo_drop",
        ),
        ("log=paper", "log=paper: use mlflow, wandb or null"),
        ("model.label=isnet", "that is a model's name"),
        ("threads=none", "threads=none: give a whole number"),
        ("timeout_s=0", "timeout_s=0: give seconds"),
        ("device=tpu", "device=tpu: use auto, cpu"),
        ("device=cuda", "device=cuda is not available to this model; use auto or cpu"),
        ("dataset.foreground=red", "use black, white or auto"),
        ("model.threshold=900", "use otsu or a number"),
        ("nonsense=1", "nonsense: there is no such setting; conf/config.yaml has them"),
        ("limt=5", "limt: there is no such setting; did you mean limit?"),
        ("source=npm", "did you mean model.source?"),
        ("+limit=5", "+limit=5: settings are written name=value"),
        ("otsu", "otsu: settings are written name=value"),
        ("dataset.root=photos", "name its form too, dataset=folder or another of coco"),
        ("crop=null", "crop=null: name one of full, paper"),
        ("dataset=foldr", "dataset=foldr: there is no such dataset; there are: coco"),
        ("model.nonsense=1", "nonsense"),
        ("model.base_url=http://me:SECRET@host", "model.base_url=…: a name or password before the"),
        ("model.base_url=me:SECRET@host", "model.base_url=…: a name or password before the"),
    ],
)
def test_settings_without_sense_are_named_before_anything_is_done(
    command: Command, tmp_path: Path, setting: str, message: str
) -> None:
    done = command("eval", "model=otsu", setting)
    assert done.returncode == 2
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "SECRET" not in done.stdout + done.stderr
    assert not list((tmp_path / "reports").rglob("run.json"))


def test_lists_may_hold_any_word() -> None:
    typed = "dataset.categories=[Säge, scharfes Messer]"
    parsed = OverridesParser.create().parse_override(quoted(typed)).value()
    assert parsed == ["Säge", "scharfes Messer"]
    assert OverridesParser.create().parse_override(quoted("x=[a,7]")).value() == ["a", 7]


def test_a_dataset_without_root_is_asked_for(command: Command) -> None:
    done = command("eval", "model=otsu", "dataset=folder")
    assert done.returncode == 2
    assert "dataset.root is not given" in done.stderr


@pytest.mark.parametrize("name", ["2024", "2024_05_01", "null", "a,b", "1e5", "back\\slash"])
def test_names_that_look_like_something_else(command: Command, tmp_path: Path, name: str) -> None:
    root = make_folder(tmp_path / name, ["a"])
    done = command(
        "eval", "model=otsu", "dataset=folder", f"dataset.root={root}", f"dataset.name={name}"
    )
    assert done.returncode == 0, done.stderr
    assert f"{name}@" in done.stdout


@given(st.text(st.characters(exclude_characters="$\0", exclude_categories=["Cs"]), max_size=12))
def test_texts_reach_the_settings_as_typed(value: str) -> None:
    parsed = OverridesParser.create().parse_override(quoted(f"dataset.root={value}"))
    typed_with_quotes = value[:1] in ("'", '"') and value[-1:] == value[:1]
    assert typed_with_quotes or parsed.value() == value


def test_settings_with_numbers_for_keys(command: Command, project: Path, folder: Path) -> None:
    own_model(
        project, "own", "from models.otsu import Otsu\nclass Model(Otsu):\n"
        "    def __init__(self, *, device, note):\n        super().__init__(device=device)\n",
    )  # fmt: skip
    yaml = project / "conf" / "model" / "own.yaml"
    yaml.write_text(yaml.read_text() + "note: {0: a, b: 1}\n")
    own = ("model=own", "dataset=folder", f"dataset.root={folder}")
    for stage in ("eval", "baseline", "gate"):
        done = command(stage, *own, project=project)
        assert done.returncode == 0, done.stderr
