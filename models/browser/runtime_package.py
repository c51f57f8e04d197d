"""ONNX Runtime for browsers, from the npm package ``onnxruntime-web``.

The package is downloaded through npm, as it is configured on the machine, and kept as it is. Its
files are read from it, and are never unpacked to the disk.
"""

import subprocess
import tarfile
import tempfile
from pathlib import Path

from models.segmenter import Unavailable
from models.weights.weight_file import WeightFile, fetch

VERSION = "1.30.0"
PACKAGE = f"onnxruntime-web@{VERSION}"
SIZE_BYTES = 33_106_585
HASH = "sha256:d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"
# The module that a page imports, and what that loads, by backend.
MODULES = {
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
    """The package; fetching it raises Unavailable if npm is missing or fails."""
    return WeightFile(
        f"npm/onnxruntime-web-{VERSION}.tgz",
        f"npm:{PACKAGE}",
        SIZE_BYTES,
        HASH,
        "MIT (ONNX Runtime)",
        obtain=_pack,
    )


def runtime_modules(backend: str) -> dict[str, bytes]:
    """The files of ``MODULES[backend]`` by name, the one to import first.

    Raises:
        Unavailable: the package cannot be fetched.
    """
    with tarfile.open(fetch(runtime_file())) as package:
        found = {}
        for name in MODULES[backend]:
            member = package.extractfile(f"package/dist/{name}")
            assert member is not None, name  # noqa: S101 - the hash says that it is a file
            found[name] = member.read()
    return found


def _pack(path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        command = ["npm", "pack", PACKAGE, "--silent", "--pack-destination", folder]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise Unavailable("npm is not installed; install Node.js and run again") from error
        except subprocess.CalledProcessError as error:
            reason = " ".join(error.stderr.split())[:200] or f"exit code {error.returncode}"
            raise Unavailable(
                f"npm pack {PACKAGE} failed ({reason}); check npm and run again"
            ) from error
        next(Path(folder).glob("*.tgz")).replace(path)
