"""Write requirements/download-sizes, what each file there downloads; run by ``make lock``.

The sizes are those that the index states of the wheels for Linux on x86-64 and Python 3.12, of all
packages of a file. What is installed already is not downloaded again, so they are upper bounds.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from tests.support.projects import ROOT

FOLDER = ROOT / "requirements"
PYTHON = (3, 12)
MACHINE = {
    "python_version": "3.12", "python_full_version": "3.12.0", "sys_platform": "linux",
    "platform_machine": "x86_64", "platform_system": "Linux", "os_name": "posix",
    "implementation_name": "cpython", "platform_python_implementation": "CPython",
}  # fmt: skip


def machine_tags() -> set[Tag]:
    """The wheels that fit the machine."""
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in range(5, 40)]
    platforms += ["manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64"]
    return {
        *cpython_tags(PYTHON, platforms=platforms),
        *compatible_tags(PYTHON, "cp312", platforms),
    }


def download_bytes(package: dict[str, Any], tags: set[Tag]) -> int:
    """What a package of a pylock.toml downloads; 0 if the machine does not need it."""
    if "marker" in package and not Marker(package["marker"]).evaluate(MACHINE):
        return 0
    for wheel in package.get("wheels", []):
        name = wheel["url"].rpartition("/")[2].replace("%2B", "+")
        if parse_wheel_filename(name)[3] & tags:
            return int(wheel["size"])
    return int(package["sdist"]["size"])


def main() -> None:
    """Write one line per file."""
    tags, lines = machine_tags(), []
    for path in sorted(FOLDER.glob("*.txt")):
        with tempfile.TemporaryDirectory() as folder:
            lock = Path(folder) / "pylock.toml"
            subprocess.run(
                [
                    *(sys.argv[1:] or ["uv"]), "pip", "compile", "-q", "--universal", "--no-deps",
                    "--python-version", "3.11", "--format", "pylock.toml", "-o", lock, path,
                ],
                check=True,
            )  # fmt: skip
            packages = tomllib.loads(lock.read_text())["packages"]
        size = sum(download_bytes(package, tags) for package in packages)
        lines.append(
            f"{path.stem} {size / 1e9:.1f} GB" if size > 1e9 else f"{path.stem} {size / 1e6:.0f} MB"
        )
    (FOLDER / "download-sizes").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
