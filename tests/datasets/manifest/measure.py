"""What a large manifest costs: ``python -m tests.datasets.manifest.measure [ROWS] [--document]``.

Lists a manifest of ROWS rows (default 1,000,000) and asks for every row; then reads photos from a
web server on this machine that answers each request after 50 ms, with and without fetching ahead,
and looks them up a second time. Seconds, and the most memory of this process until then, are the
block ``urls`` of docs/scale.md.
"""

import csv
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from datasets.dataset import Dataset
from datasets.manifest import load
from tests.scale.block import Block
from tests.support.photos import make_folder

ROWS, PHOTOS, DELAY_S = 1_000_000, 400, 0.05
AHEAD = (1, 16, 64)


def _manifest(path: Path, rows: int, url: str) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "image", "truth", "light", "place"))
        for number in range(rows):
            name = f"photo-{number * 7919 % rows:07}"
            place = f"site{number % 17}"
            writer.writerow((name, f"{url}/image?{name}", f"{url}/mask?{name}", "dim", place))


def _timed(block: Block, what: str, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    most_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10  # KiB on Linux
    block.add(f"| {what} | {seconds:.1f} | {most_mib} |")


def _server(folder: Path) -> ThreadingHTTPServer:
    contents = {
        "image": (folder / "images" / "a.png").read_bytes(),
        "mask": (folder / "masks" / "a.png").read_bytes(),
    }

    class Slow(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            time.sleep(DELAY_S)
            known = self.headers.get("If-None-Match") is not None
            content = b"" if known else contents[self.path[1:].partition("?")[0]]
            self.send_response(304 if known else 200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def _each(dataset: Dataset) -> None:
    for _ in dataset.ahead(dataset.samples, fetch=True):
        pass


def main(rows: int, *, document: bool) -> None:
    """Add a line for each of the things above."""
    block = Block("urls", document=document)
    block.add("| what | s | most MiB of the process |")
    block.add("| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        server = _server(make_folder(folder / "photos", ["a"]))
        url = f"http://127.0.0.1:{server.server_port}"
        _manifest(folder / "large.csv", rows, url)
        open_set = partial(load, str(folder / "large.csv"), "large", "white", cache=place)
        _timed(block, f"list {rows:,} rows", open_set)
        _timed(block, "list them again", open_set)
        dataset = open_set()
        _timed(block, "ask for every row", lambda: [None for _ in dataset.samples])
        _timed(block, "the run's key", lambda: dataset.photos_hash)
        _manifest(folder / "few.csv", PHOTOS, url)
        for ahead in AHEAD:
            cache = str(folder / f"cache{ahead}")
            few = partial(load, str(folder / "few.csv"), "few", "white", cache=cache)
            for what in ("fetch", "look up"):
                _timed(
                    block,
                    f"{what} {PHOTOS} photos and truths, {ahead} ahead",
                    lambda few=few, ahead=ahead: _each(few(prefetch=ahead)),  # type: ignore[misc]
                )
        server.shutdown()
    block.close("tests.datasets.manifest.measure")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    main(*numbers or [ROWS], document="--document" in sys.argv)
