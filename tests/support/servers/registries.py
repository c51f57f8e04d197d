"""Package indexes on this machine that the real pip and the real npm download from."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer


class Registries:
    """PyPI and npm, both on one server; nothing else can be reached through pip or npm."""

    def __init__(self, server: HTTPServer, cache: Path, patch: pytest.MonkeyPatch) -> None:
        self._server = server
        for name, value in {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_FIND_LINKS": "",
            "PIP_INDEX_URL": server.url_for("/simple"),
            "PIP_RETRIES": "0",
            "PIP_NO_CACHE_DIR": "1",
            "npm_config_registry": server.url_for("/npm"),
            "npm_config_cache": str(cache),
            "npm_config_fetch_retries": "0",
        }.items():
            patch.setenv(name, value)

    def publish_wheel(self, name: str, files: dict[str, bytes], *, whole: bool = True) -> None:
        """Version 1.0 of ``name``; it says that no Python of today will do, as old ones do.

        Not ``whole``: the end of the wheel is missing.
        """
        about = f"{name.replace('-', '_')}-1.0"
        content: dict[str, str | bytes] = {
            **files,
            f"{about}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            "Requires-Python: <3.11\n",
            f"{about}.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
            f"{about}.dist-info/RECORD": "",
        }
        wheel = io.BytesIO()
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, data in content.items():
                archive.writestr(path, data)
        file = f"{about}-py3-none-any.whl"
        data = wheel.getvalue() if whole else wheel.getvalue()[:-200]
        self._server.expect_request(f"/files/{file}").respond_with_data(data)
        link = f'<a href="/files/{file}" data-requires-python="&lt;3.11">{file}</a>'
        self._server.expect_request(f"/simple/{name}/").respond_with_data(
            f"<!DOCTYPE html><html><body>{link}</body></html>", content_type="text/html"
        )

    def publish_npm(self, name: str, files: dict[str, bytes]) -> None:
        """Version 1.0.0 of ``name``."""
        package = io.BytesIO()
        about = {"package.json": json.dumps({"name": name, "version": "1.0.0"}).encode()}
        with tarfile.open(fileobj=package, mode="w:gz") as tar:
            for path, data in {**about, **files}.items():
                member = tarfile.TarInfo(f"package/{path}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        url = self._server.url_for(f"/npm/{name}-1.0.0.tgz")
        self._server.expect_request(f"/npm/{name}-1.0.0.tgz").respond_with_data(package.getvalue())
        version = {"name": name, "version": "1.0.0", "dist": {"tarball": url}}
        known = {"name": name, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        self._server.expect_request(f"/npm/{name}").respond_with_json(known)

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for so far, in order."""
        return [request.path for request, _ in self._server.log]
