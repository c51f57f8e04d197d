"""Weights that would run code when they are unpickled: nothing runs without trust in the file.

Every yaml whose weights are a pickle is tested, so a new one is too.
"""

import hashlib
import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
import torch

from models.segmenter import Unavailable, load_class
from models.weights.weight_file import HasWeights, WeightFile
from tests.models.prepared.sam3 import saved as saved_sam3
from tests.support.checkpoints import FORMS, malicious, malicious_code
from tests.support.model_yamls import MODEL_NAMES, model_options, model_yaml

pytestmark = pytest.mark.usefixtures("threads", "empty_home")
NOT_PICKLES = (".onnx", ".safetensors", ".json", ".py", ".tgz")
RUNS_CODE = {"models.fastsam.FastSam"}  # its file is a whole network: loading it runs its code


def weight_files(name: str) -> list[WeightFile]:
    """The files of a model, by its yaml."""
    build = load_class(model_yaml(name)["_target_"])
    return build.weights_of(model_options(name)) if isinstance(build, HasWeights) else []


PICKLED = [
    name
    for name in MODEL_NAMES
    if any(Path(file.name).suffix not in NOT_PICKLES for file in weight_files(name))
]


class Attack:
    """A model's weight file, replaced by a malicious one."""

    def __init__(self, name: str, ran: Path, form: str) -> None:
        (self.file,) = weight_files(name)
        self.ran = ran
        self.content = malicious(ran, form)
        self.target = model_yaml(name)["_target_"]
        self._options = model_options(name)
        self.place()

    def place(self) -> None:
        self.file.path.parent.mkdir(parents=True, exist_ok=True)
        self.file.path.write_bytes(self.content)

    def load(self, **weights: object) -> str:
        """Build the model with changes to its ``weights``; returns why that failed."""
        given = {**self._options, "weights": {**self._options["weights"], **weights}}
        build = load_class(self.target)
        if self.target in RUNS_CODE:  # ultralytics raises whatever it meets behind the code
            with pytest.raises(Exception) as raised:  # noqa: PT011
                build(device="cpu", **given)
        else:
            with pytest.raises(Unavailable) as raised:
                build(device="cpu", **given)
        return str(raised.value)


@pytest.fixture(params=[(name, form) for name in PICKLED for form in FORMS], ids="-".join)
def attack(request: pytest.FixtureRequest, tmp_path: Path) -> Attack:
    name, form = request.param
    return Attack(name, tmp_path / "ran", form)


def test_the_attack_works_without_protection(tmp_path: Path) -> None:
    for form in FORMS:
        with suppress(RuntimeError):  # afterwards, as a bare pickle is no checkpoint
            torch.load(io.BytesIO(malicious(tmp_path / form, form)), weights_only=False)
        assert (tmp_path / form).exists()


def test_every_route_that_loads_pickles_is_tested() -> None:
    targets = {model_yaml(name)["_target_"].split(".")[1] for name in PICKLED}
    assert targets >= {"inspyrenet", "sam", "sam2", "fastsam", "carvekit", "deeplab"}
    loads = [
        path.stem
        for path in Path(load_class.__code__.co_filename).parent.glob("*.py")
        if "load_state" in path.read_text(encoding="utf-8")
    ]
    assert targets >= {*loads}


def test_a_file_in_place_with_another_hash_is_not_loaded(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUTOUTBENCH_OFFLINE", "1")
    reason = attack.load()
    assert "damaged and weights.offline=true" in reason or "no hash is published" in reason
    assert not attack.ran.exists()


def test_a_mirrors_file_with_another_hash_is_not_loaded(
    attack: Attack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mirror").mkdir()
    attack.file.path.rename(tmp_path / "mirror" / attack.file.name)
    monkeypatch.setenv("CUTOUTBENCH_MIRROR", str(tmp_path / "mirror"))
    reason = attack.load()
    assert "differs)" in reason or "no hash is published" in reason
    assert not attack.ran.exists()
    assert not attack.file.path.exists()


def test_without_a_hash_nothing_is_loaded(attack: Attack) -> None:
    assert "add model.weights.trust=true" in attack.load(hash=None, trust=False)
    assert not attack.ran.exists()


def test_a_hash_of_ones_own_unpickles_tensors_only(attack: Attack) -> None:
    reason = attack.load(hash=f"sha256:{hashlib.sha256(attack.content).hexdigest()}")
    assert attack.ran.exists() == (attack.target in RUNS_CODE)
    assert attack.target in RUNS_CODE or "not a tensors-only checkpoint" in reason


def test_trust_unpickles_tensors_only(attack: Attack) -> None:
    reason = attack.load(hash=None, trust=True)
    assert attack.ran.exists() == (attack.target in RUNS_CODE)
    assert attack.target in RUNS_CODE or "not a tensors-only checkpoint" in reason


def test_a_trusted_file_that_has_changed_is_not_loaded(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack.file.path.write_bytes(b"the file that was trusted")
    attack.load(hash=None, trust=True)
    attack.place()
    monkeypatch.setenv("CUTOUTBENCH_OFFLINE", "1")
    assert "damaged and weights.offline=true" in attack.load(hash=None, trust=True)
    assert not attack.ran.exists()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("beside", [True, False])
def test_pickles_in_sam3s_folder_are_not_loaded(tmp_path: Path, form: str, beside: bool) -> None:
    """The folder is the user's; transformers would take either kind of weights."""
    folder = saved_sam3(tmp_path / "sam3")
    for name in ("pytorch_model.bin", "sam3.pt"):
        (folder / name).write_bytes(malicious(tmp_path / "ran", form))
    if not beside:
        (folder / "model.safetensors").unlink()
    refused = build_sam3(folder)
    assert (refused is None) == beside
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "settings", ["config.json", "processor_config.json", "tokenizer_config.json"]
)
def test_code_in_sam3s_folder_is_not_run(tmp_path: Path, settings: str) -> None:
    folder = saved_sam3(tmp_path / "sam3")
    (folder / "evil.py").write_bytes(malicious_code(tmp_path / "ran"))
    kinds = ("AutoConfig", "AutoModel", "AutoProcessor", "AutoImageProcessor")
    named: dict[str, object] = dict.fromkeys(kinds, "evil.Evil")
    named["AutoTokenizer"] = ["evil.Evil", "evil.Evil"]
    content = json.loads((folder / settings).read_text())
    (folder / settings).write_text(json.dumps({**content, "auto_map": named}))
    build_sam3(folder)
    assert not (tmp_path / "ran").exists()


def build_sam3(folder: Path) -> str | None:
    """Why SAM 3 does not load from the folder; None if it does."""
    options = {**model_options("sam3"), "weights": {"folder": str(folder)}}
    try:
        load_class("models.sam3.Sam3")(device="cpu", **options)
    except Unavailable as error:
        return str(error)
    return None
