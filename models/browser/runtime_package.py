"""ONNX Runtime for browsers, from the npm package ``onnxruntime-web``.

The package is downloaded through npm, as it is configured on the machine, and kept as it is. Its
files are read from it, and are never unpacked to the disk.
"""

import tarfile
from pathlib import Path

from models.weights.registry_package import npm_pack, read_member, scratch_folder
from models.weights.weight_file import WeightFile, fetch

RUNTIME_VERSION = "1.30.0"
RUNTIME_PACKAGE = f"onnxruntime-web@{RUNTIME_VERSION}"
SIZE_BYTES = 33_106_585
HASH = "sha256:d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"
# The module that a page imports, and what that loads, by backend.
RUNTIME_MODULES = {
    "wasm": (
        "ort.wasm.min.mjs",
        "ort-wasm-simd-threaded.mjs",
        "ort-wasm-simd-threaded.wasm",
    ),
    "webgpu": (
        "ort.webgpu.min.mjs",
        "ort-wasm-simd-threaded.asyncify.mjs",
        "ort-wasm-simd-threaded.asyncify.wasm",
    ),
}


def runtime_file() -> WeightFile:
    """The package, as npm downloads it."""
    return WeightFile(
        f"npm/onnxruntime-web-{RUNTIME_VERSION}.tgz",
        f"npm:{RUNTIME_PACKAGE}",
        SIZE_BYTES,
        HASH,
        "MIT (ONNX Runtime)",
        obtain=_pack,
    )


def runtime_modules(backend: str) -> dict[str, bytes]:
    """The files of ``RUNTIME_MODULES[backend]`` by name, the one to import first.

    Raises:
        Unavailable: the package cannot be fetched.
    """
    with tarfile.open(fetch(runtime_file())) as package:
        return {name: read_member(package, f"dist/{name}") for name in RUNTIME_MODULES[backend]}


def _pack(path: Path) -> None:
    with scratch_folder(path) as folder:
        npm_pack(RUNTIME_PACKAGE, folder).replace(path)
