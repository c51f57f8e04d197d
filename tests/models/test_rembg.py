"""rembg's sessions: masks equal rembg's own, from the verified file, without a download."""

import shutil
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from PIL import Image as Pillow
from pytest_httpserver import HTTPServer

from models.rembg import Rembg
from models.weights.weight_file import fetch
from tests.models.prepared.rembg import prepare
from tests.support.model_yamls import MODEL_NAMES, model_options, model_yaml
from tests.support.networks import about, constant
from tests.support.photos import photo

REMBG_NAMES = [name for name in MODEL_NAMES if model_yaml(name)["_target_"] == "models.rembg.Rembg"]


@pytest.fixture(params=REMBG_NAMES)
def options(
    request: pytest.FixtureRequest,
    empty_home: Path,
    httpserver: HTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """A yaml's options with random weights stored; from then on connections fail."""
    options = prepare(model_options(request.param), tmp_path, httpserver)
    fetch(Rembg.weights_of(options)[0])

    def refuse(*_: object) -> None:
        raise AssertionError("rembg opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return options


def test_masks_equal_rembgs_own(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit, with the file where rembg's own download would have put it."""
    model = Rembg(device="cpu", **options)
    import rembg  # after the model, which avoids a compilation

    name = options["session"]
    place = tmp_path / "by hand" / "models" / name / f"{name}.onnx"
    place.parent.mkdir(parents=True)
    shutil.copy(Rembg.weights_of(options)[0].path, place)
    monkeypatch.setenv("REMBG_HOME", str(tmp_path / "by hand"))
    session = rembg.new_session(name, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    for image in (photo()[0], rng.integers(0, 200, (53, 37, 3), np.uint8)):
        mask = np.asarray(rembg.remove(Pillow.fromarray(image), session=session, only_mask=True))
        assert (model.predict(image) == mask).all()
        assert np.ptp(mask) > 100


def test_it_loads_the_verified_file_with_the_pinned_threads(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[tuple[str, int]] = []
    load = onnxruntime.InferenceSession

    def watched(path: str, sess_options: Any, **more: Any) -> Any:
        loaded.append((path, sess_options.intra_op_num_threads))
        return load(path, sess_options, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", watched)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    Rembg(device="cpu", **options)
    assert loaded == [(str(Rembg.weights_of(options)[0].path), 3)]


def test_constant_maps_give_no_foreground_and_nan_raises(
    options: dict[str, Any],
) -> None:
    """rembg divides 0 by 0 in both."""
    path = Rembg.weights_of(options)[0].path
    network = path.read_bytes()

    def mask(weight: float) -> Any:
        path.write_bytes(constant(network, weight))
        weights = {**options["weights"], **about(path.read_bytes())}
        return Rembg(device="cpu", **{**options, "weights": weights}).predict(photo()[0])

    assert not mask(0).any()
    with pytest.raises(ValueError, match="contains NaN or inf"):
        mask(float("nan"))


def test_a_converted_network_runs_inside_rembgs_session(options: dict[str, Any]) -> None:
    """fp32 of an fp32 file changes no bit; rembg's steps stay around it."""
    plain = Rembg(device="cpu", **options)
    converted = Rembg(device="cpu", **{**options, "precision": "fp32"})
    assert (plain.runtime, converted.device) == ({}, "cpu")
    assert "in fp32" in converted.runtime["converted"]
    assert type(converted._session) is type(plain._session)
    image = photo()[0]
    assert (converted.predict(image) == plain.predict(image)).all()


@pytest.mark.skipif(find_spec("openvino") is None, reason="the package openvino is missing")
def test_openvino_runs_inside_rembgs_session(options: dict[str, Any]) -> None:
    image = photo()[0]
    mask = Rembg(device="cpu", **options).predict(image).astype(int)
    model = Rembg(device="cpu", **{**options, "provider": "openvino"})
    assert model.runtime["provider"] == "OpenVINO"
    assert np.abs(model.predict(image) - mask).max() <= 1
