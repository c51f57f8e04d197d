"""Objects of an HTTP server in the cache: read once, again when they change, within a limit."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug import Request, Response

from datasets.by_url.object_cache import ObjectCache
from datasets.by_url.transfer import Refused
from datasets.errors import DatasetError
from tests.support.servers.served import Served


class Objects:
    """What a server has: contents by path, with the hash as ETag; and what it was asked."""

    def __init__(self, served: Served) -> None:
        self.contents: dict[str, bytes] = {}
        self.failures: list[int] = []  # statuses to answer before anything else
        self.sent: list[str] = []
        self.asked = 0
        self.length: str | None = None  # to state, whatever it is
        self.url = served.url_for("")
        served.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        self.asked += 1
        if self.failures:
            return Response(status=self.failures.pop(0))
        content = self.contents.get(request.path)
        if content is None:
            return Response(status=404)
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304)
        self.sent.append(request.path)
        response = Response(content, headers={"ETag": etag})
        if self.length is not None:
            response.automatically_set_content_length = False
            response.headers["Content-Length"] = self.length
        return response


@pytest.fixture
def objects() -> Iterator[Objects]:
    with Served() as served:
        yield Objects(served)


def opened(
    folder: Path, most_bytes: int = 1 << 20, timeout_s: float = 300, *, offline: bool = False
) -> ObjectCache:
    return ObjectCache(folder, most_bytes, timeout_s, 2, offline=offline)


def read(cache: ObjectCache, url: str) -> bytes:
    return cache.file(url, cache.look_up(url)).read_bytes()


def test_an_object_is_read_again_only_once_it_has_changed(objects: Objects, tmp_path: Path) -> None:
    objects.contents["/a.jpg"] = b"one"
    url = f"{objects.url}/a.jpg"
    for content, sent in ((b"one", 1), (b"one", 1), (b"two", 2)):
        objects.contents["/a.jpg"] = content
        cache = opened(tmp_path)
        assert read(cache, url) == content
        assert len(objects.sent) == sent
        cache.close()
    name = hashlib.sha256(b"two").hexdigest()
    assert (tmp_path / name[:2] / f"{name}.jpg").is_file()
    assert not list(tmp_path.glob(".reading-*"))
    (tmp_path / name[:2] / f"{name}.jpg").write_bytes(b"bad")  # damaged: read once more
    assert read(opened(tmp_path), url) == b"two"


def test_passing_failures_are_tried_again_and_others_are_not(
    objects: Objects, tmp_path: Path
) -> None:
    objects.contents["/a"] = b"one"
    objects.failures = [503, 429]
    cache = opened(tmp_path)
    assert read(cache, f"{objects.url}/a") == b"one"
    asked = objects.asked
    with pytest.raises(Refused, match="404: no such object; upload it or correct"):
        cache.look_up(f"{objects.url}/none")
    objects.failures = [403]
    with pytest.raises(Refused, match="403: no permission"):
        cache.look_up(f"{objects.url}/b")
    assert objects.asked == asked + 2
    objects.failures = [500] * 100
    with pytest.raises(Refused, match=r"answers 500, for 0.1 s of attempts"):
        opened(tmp_path, timeout_s=0.1).look_up(f"{objects.url}/b")
    objects.contents["/c"], objects.failures = b"one", []
    for objects.length in ("abc", "9" * 400):
        with pytest.raises(Refused, match=r"states '\w{3,40}' as its length"):
            cache.look_up(f"{objects.url}/c")
    with pytest.raises(Refused, match="ftp:// is not read"):
        cache.look_up("ftp://host/a.jpg")


def test_files_that_were_not_used_longest_are_removed(objects: Objects, tmp_path: Path) -> None:
    cache = opened(tmp_path, most_bytes=3000)
    for number in range(8):
        objects.contents[f"/{number}"] = bytes([number]) * 1000
        read(cache, f"{objects.url}/{number}")
    there = [path for path in tmp_path.glob("??/*") if path.is_file()]
    assert 1000 <= sum(path.stat().st_size for path in there) <= 3000
    second = opened(tmp_path, most_bytes=3000)  # as another process has: nothing is removed
    for number in range(8):
        assert read(second, f"{objects.url}/{number}") == bytes([number]) * 1000
    assert sum(p.stat().st_size for p in tmp_path.glob("??/*")) == 8000
    assert objects.sent.count("/7") == 1


def test_without_its_server_the_cache_is_used(objects: Objects, tmp_path: Path) -> None:
    objects.contents["/a"] = b"one"
    url, lost = f"{objects.url}/a", "http://127.0.0.1:9"  # where nothing listens
    read(opened(tmp_path), url)
    asked = objects.asked
    offline = opened(tmp_path, offline=True)
    assert read(offline, url) == b"one"
    with pytest.raises(Refused, match=r"not in the cache, and dataset.offline=true"):
        offline.look_up(f"{objects.url}/b")
    assert objects.asked == asked
    cache = opened(tmp_path, timeout_s=0.1)
    for _ in range(2):
        with pytest.raises(Refused, match="attempts; run again with retry=true"):
            cache.look_up(f"{lost}/a")
    with pytest.raises(DatasetError, match=r"127.0.0.1:9 does not answer .* photos are kept"):
        cache.look_up(f"{lost}/a")
