"""Several photos in a call: masks equal those of single calls; what cannot is refused."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from evaluate.predict.batch_call import check_batches
from models.onnx import Onnx
from models.rembg import Rembg
from models.runtime import batching, convert
from models.runtime.batching import predict_together
from models.runtime.pytorch import prepare_network
from models.segmenter import Unavailable
from models.weights.weight_file import fetch
from tests.support.held_model import wait_for
from tests.support.model_yamls import model_options
from tests.support.networks import random_network
from tests.support.photos import photo

OPTIONS: dict[str, Any] = {
    "size": 64, "resample": "bilinear", "divide_by": 255, "mean": 0.5, "std": 0.2, "output": None,
    "activation": "none", "stretch": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def expecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches are expected; files are converted in this process, which has the libraries."""
    monkeypatch.setattr(batching, "_process", {"expects": True, "gathers": False})
    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        if convert.__name__ not in command:
            return real(command, **options)
        *_, source, kind, folder = command
        convert.main(Path(source), kind, Path(folder))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)


def images(*shifts: int) -> list[Any]:
    return [photo(90, 120 + shift, shift)[0] for shift in shifts]


@pytest.mark.parametrize("provider", ["cpu", "torch"])
def test_a_call_for_several_gives_the_masks_of_single_calls(
    tmp_path: Path, empty_home: Path, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """The file takes one photo. Photos differ in size, their inputs do not."""
    file = tmp_path / "net.onnx"
    file.write_bytes(random_network(64, gives=("output", "more")))
    model = Onnx(device="cpu", file=str(file), provider=provider, **OPTIONS)
    check_batches(model)
    photos = images(0, 3, 20)
    alone = [model.predict(image).astype(int) for image in photos]
    calls: list[int] = []
    answer = batching._answer

    def counting(waiting: Any, photos: int) -> Any:
        calls.append(len(waiting))
        return answer(waiting, photos)

    monkeypatch.setattr(batching, "_answer", counting)
    together = predict_together(model.predict, photos)
    assert all(np.abs(a - b).max() <= 1 for a, b in zip(alone, together, strict=True))
    assert not np.array_equal(alone[0], alone[1])
    assert calls == [3]


def test_a_real_network_with_its_batch_fixed_at_one() -> None:
    """The weights stay in the user's cache folder."""
    (weights,) = Rembg.weights_of(model_options("u2netp"))
    file = fetch(weights)
    assert onnx.load(file).graph.input[0].type.tensor_type.shape.dim[0].dim_value == 1
    model = Onnx(device="cpu", file=str(file), **(OPTIONS | {"size": 320, "resample": "lanczos"}))
    photos = images(0, 9)
    alone = [model.predict(image).astype(int) for image in photos]
    for mask, own in zip(predict_together(model.predict, photos), alone, strict=True):
        assert np.ptp(own) > 200
        assert np.abs(mask - own).max() <= 1


def test_a_network_that_mixes_photos_is_refused(tmp_path: Path, empty_home: Path) -> None:
    """Its map is divided by the largest value of all photos."""
    model = onnx.load_from_string(random_network(64))
    last = model.graph.node[-1]
    last.output[0] = "map"
    model.graph.node.extend([
        onnx.helper.make_node("ReduceMax", ["map"], ["top"], keepdims=0),
        onnx.helper.make_node("Div", ["map", "top"], ["output"]),
    ])  # fmt: skip
    file = tmp_path / "net.onnx"
    onnx.save(model, file)
    mixing = Onnx(device="cpu", file=str(file), **(OPTIONS | {"stretch": False}))
    with pytest.raises(Unavailable, match="in a call with others, a photo gets another mask"):
        check_batches(mixing)


def test_torch_runs_only_what_it_runs_rightly(tmp_path: Path, empty_home: Path) -> None:
    """onnx2torch warns that its nearest neighbours may be others than ONNX Runtime's."""
    model = onnx.load_from_string(random_network(64))
    model.graph.node[-1].output[0] = "map"
    scales = onnx.numpy_helper.from_array(np.array([1, 1, 0.7, 0.7], np.float32), "scales")
    model.graph.initializer.append(scales)
    resize = onnx.helper.make_node("Resize", ["map", "", "scales"], ["output"], mode="nearest")
    model.graph.node.append(resize)
    del model.graph.output[0].type.tensor_type.shape.dim[2:]
    for _ in range(2):
        model.graph.output[0].type.tensor_type.shape.dim.add().dim_value = 44
    file = tmp_path / "net.onnx"
    onnx.save(model, file)
    Onnx(device="cpu", file=str(file), **OPTIONS)
    with pytest.raises(convert.NotConvertible, match="nearest"):
        Onnx(device="cpu", file=str(file), provider="torch", **OPTIONS)


def test_what_takes_one_photo_a_call_says_so(tmp_path: Path) -> None:
    class Floor:
        device = "cpu"

        def predict(self, image: Any) -> Any:
            return image[:, :, 0]

    with pytest.raises(Unavailable, match="takes one photo a call"):
        check_batches(Floor())


class Network:
    """Stands for a ``torch.nn.Module``: its maps are in a list and a mapping."""

    def forward(self, planes: Any) -> Any:
        import torch

        self.mixed = torch.nn.functional.conv2d(planes, torch.ones(1, 3, 3, 3)).dtype
        return [{"out": planes * 2}, planes.mean((2, 3))]


def test_torch_networks_join_their_calls_and_errors_reach_the_caller() -> None:
    import torch

    network = Network()
    assert prepare_network(network, "cpu", "bf16") == {"computes": "bf16"}
    planes = [torch.full((1, 3, 4, 4), float(n)) for n in range(3)]
    answers = predict_together(network.forward, planes)
    assert network.mixed == torch.bfloat16
    assert [float(a[0]["out"].max()) for a in answers] == [0, 2, 4]
    assert [a[1].shape for a in answers] == [(1, 3)] * 3
    with pytest.raises(Unavailable, match="differ in size: 1×3×4×4 and 1×3×5×4"):
        predict_together(network.forward, [planes[0], torch.ones(1, 3, 5, 4)])
    with pytest.raises(RuntimeError, match="expected"):
        predict_together(network.forward, [torch.ones(1, 2, 4, 4)] * 2)


def test_threads_end_with_a_failed_call() -> None:
    import threading

    import torch

    before = {*threading.enumerate()}
    network = Network()
    prepare_network(network, "cpu", None)
    with pytest.raises(RuntimeError):
        predict_together(network.forward, [torch.ones(1, 2, 4, 4)] * 3)
    wait_for(lambda: before.issuperset(threading.enumerate()))


def test_torch_refuses_precisions_that_it_lacks() -> None:
    network = Network()
    for name, reason in (("fp16", "use model.precision=bf16"), ("int8", "fp32, bf16 or fp16")):
        with pytest.raises(Unavailable, match=reason):
            prepare_network(network, "cpu", name)
    assert prepare_network(network, "cpu", "fp32") == {}
