"""A real browser, offline, and a report to open in it."""

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from evaluate.compare.analysis import Analysis, analyse
from evaluate.compare.comparison import Comparison
from evaluate.display.text import head_and_tail
from evaluate.report.html.build import render
from evaluate.report.html.measures_shown import shown_measures
from evaluate.report.html.slice_data import median_with_ends, slice_rows
from models.browser.chromium import browser_program
from models.segmenter import Unavailable
from tests.support.commands import run_command
from tests.support.comparisons import MARGIN
from tests.support.held_model import PATIENCE_S
from tests.support.photos import make_folder, photo

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "a 'b' \"c\" & d",
    "50%20#1?x=y&photo=z",
    "ünï 漢字 🛠 e\u0301",
    "line\nbreak \u202e",
    *([b"caf\xe9".decode("utf-8", "surrogateescape")] if sys.platform == "linux" else []),
]
PLAIN = [f"p{i:02}" for i in range(12)]
LABEL = "</script><b>Sharp</b>"
WIDTH = 90


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium that is installed here; without one the test is skipped."""
    expect.set_options(timeout=1000 * PATIENCE_S)  # 5 s are too few on a busy machine
    with sync_playwright() as playwright:
        try:
            found = browser_program(playwright.chromium.executable_path)
        except Unavailable as error:
            pytest.skip(str(error))
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def quiet_page(browser: Browser, width: int = 1200, height: int = 3000) -> Iterator[Page]:
    """An offline page that must ask for nothing but files, and complain of nothing.

    So high that the photos, of which only those in sight are in the page, are in sight.
    """
    context = browser.new_context(offline=True, viewport={"width": width, "height": height})
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    yield page
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    context.close()


def shifted(root: Path, names: list[str], by: int) -> Path:
    """Masks of a model: photo i's truth moved right by ``by`` · i px; the last has none."""
    root.mkdir(parents=True)
    for i, name in enumerate(names[:-1]):
        _, mask = photo(WIDTH, shift=i % 20 + by * i)
        Pillow.fromarray(mask).save(root / f"{name}.png")
    with (root / "times.csv").open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([("id", "seconds"), *((n, i / 10) for i, n in enumerate(PLAIN))])
    return root


def make_report(root: Path) -> Path:
    """A report of three models over photos with hostile names; one photo each gave no mask."""
    names = PLAIN + HOSTILE
    photos = make_folder(root / "photos", names)
    with (photos / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        tags = [(name, ("odd", "even")[i % 2]) for i, name in enumerate(PLAIN)]
        csv.writer(file).writerows([("id", "</script>kind"), *tags])
    own = ("dataset=folder", f"dataset.root={photos}", f"reports={root}/reports")
    for folder, label, by in (("A", "A", 0), ("B", "B", 1), ("C", LABEL, 2)):
        given = f"model.root={shifted(root / folder, names, by)}"
        run_command("run", "model=precomputed", given, f"model.label={label}", *own)
    done = run_command("score", *own)
    assert done.returncode in (0, 3), done.stderr
    return root / "reports" / "photos" / "index.html"


def write_page(
    at: Path,
    comparison: Comparison,
    analysis: Analysis,
    key: str = "",
    measures: Mapping[str, Mapping[str, Sequence[float | None]]] | None = None,
    scales: Sequence[float | None] = (),
) -> Path:
    """The page of a comparison made by hand; every photo is that of ``html/<key>``, or none is.

    ``measures`` are those of a label, by name, ``scales`` the mm per px of every photo.
    """
    ids = list(comparison.known)
    runs = [path.stem for path in (at / "html" / key).glob("*.js") if path.stem != "truth"]
    data = {
        "title": "by hand", "signature": "", "sentence": "", "margin": MARGIN, "notes": [],
        "selection": "", "total": len(ids),
        "measures": shown_measures(0.3), "fit_at": "", "traits": {}, "audit": "Not audited",
        "photos": {
            "id": ids, "key": [key] * len(ids), "tags": {},
            "tail": [head_and_tail(id_)[1] for id_ in ids],
            "mm_per_px": list(scales or [None] * len(ids)), "traits": {}, "audit": {},
        },
        "rows": [
            {
                "label": row.label, "name": row.row, "masks": next(iter(runs), ""),
                "iou": list(row.ious.values()), "seconds": [0.5] * len(ids),
                "failed": {} if row.has_quality else {i: ["crashed", ""] for i in range(len(ids))},
                "facts": {}, "measures": (measures or {}).get(row.label, {}), "model_seconds": None,
                "fits": [],
                "median": median_with_ends(quality.median, quality.interval) if quality else None,
            }
            for row in comparison.rows
            for quality in [analysis.rows.get(row.label)]
        ],
        "slices": slice_rows(analysis, ids),
    }  # fmt: skip
    (at / "index.html").write_text(render(data, analysis, []), "utf-8")
    return at / "index.html"


def cards(page: Page) -> list[str]:
    return page.locator(".card .id").all_text_contents()


def beside(made: Path) -> Any:
    """The comparison.json of a page."""
    return json.loads((made.parent / "comparison.json").read_text())


def open_by_hand(page: Page, at: Path, comparison: Comparison) -> None:
    page.goto(write_page(at, comparison, analyse(comparison)).as_uri())


def texts(table: Locator) -> list[list[str]]:
    """The cells of a table, its head first."""
    found: list[list[str]] = table.evaluate(
        "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return found
