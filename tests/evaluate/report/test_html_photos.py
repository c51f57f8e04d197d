"""The page's photos: the four views, the files on disk, and thousands of photos."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from datasets.pictures import shrink_to
from evaluate.compare.analysis import analyse
from evaluate.report.html.svg_outline import STEPS, filled_outline, outline_path
from tests.support.browser import WIDTH, write_page
from tests.support.commands import Command
from tests.support.comparisons import compared, row
from tests.support.photos import make_folder


def test_a_photo_opens_in_four_views_of_truth_and_two_models(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    page.get_by_role("link", name="p03").click()
    panes = page.locator("#panes svg")
    expect(panes).to_have_count(1)
    expect(panes.locator(".fill")).to_have_count(3)
    page.get_by_role("button", name="Ground truth").click()
    expect(panes.locator(".fill.truth")).to_have_count(0)
    page.get_by_role("radio", name="Contour").check(force=True)
    expect(panes.locator(".outline")).to_have_count(2)
    page.get_by_role("radio", name="Difference").check(force=True)
    expect(panes).to_have_count(2)
    expect(page.locator("figcaption").first).to_have_text("A: A, IoU 1.000")
    expect(panes.nth(1)).to_have_attribute("aria-label", re.compile(r"^p03: B, IoU 0\.\d{3}$"))
    page.get_by_role("radio", name="B: Ground truth").check()
    expect(panes).to_have_count(1)


def test_the_slider_divides_the_two(page: Page, made: Path) -> None:
    page.goto(f"{made.as_uri()}#photo=p03&view=slider")
    left = page.locator("#left rect")
    expect(left).to_have_attribute("width", str(4 * WIDTH // 2))
    page.locator("#divider").fill("25")
    expect(left).to_have_attribute("width", str(4 * WIDTH // 4))
    page.locator("#divider").press("ArrowRight")
    expect(page).to_have_url(re.compile("photo=p03"))
    box = page.locator("#panes image").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 9)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 9)
    page.mouse.up()
    assert float(page.locator("#divider").input_value()) == pytest.approx(75, abs=1)


def test_zoom_is_the_same_in_all_panes(page: Page, made: Path) -> None:
    page.goto(f"{made.as_uri()}#photo=p03&view=difference")
    panes = page.locator("#panes svg")
    expect(panes).to_have_count(2)
    whole = panes.first.get_attribute("viewBox")
    page.keyboard.press("+")
    near = panes.first.get_attribute("viewBox")
    assert near != whole
    assert panes.nth(1).get_attribute("viewBox") == near
    page.keyboard.press("f")
    assert panes.first.get_attribute("viewBox") == whole


def filled(path: str, width: int, height: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The area that a browser fills by the even-odd rule, drawn at four times the size."""
    shapes = []
    for part in re.findall(r"M([^z]*)z", path):
        numbers = np.array([int(n) for n in re.findall(r"-?\d+", part)]).reshape(-1, 2)
        shapes.append(numbers.cumsum(axis=0, dtype=np.int32))
    canvas = np.zeros((height * STEPS, width * STEPS), np.uint8)
    cv2.fillPoly(canvas, shapes, 1)
    return canvas > 0


def test_an_outline_encloses_its_mask_without_the_holes() -> None:
    mask = np.zeros((200, 300), np.uint8)
    cv2.circle(mask, (150, 100), 80, 1, -1)
    cv2.circle(mask, (140, 90), 40, 0, -1)
    mask[:30, :50] = 1  # touches the corner
    drawn = filled(outline_path(mask * np.uint8(255)), 300, 200)
    wanted = cv2.resize(mask, (300 * STEPS, 200 * STEPS), interpolation=cv2.INTER_NEAREST) > 0
    assert (drawn & wanted).sum() / (drawn | wanted).sum() > 0.98


@pytest.mark.parametrize("scale", [1, 0.6])
def test_an_outline_is_drawn_as_its_mask(scale: float) -> None:
    """As the contact sheet does, at the size of the page's view and below."""
    mask = np.zeros((200, 300), np.uint8)
    cv2.circle(mask, (150, 100), 80, 255, -1)
    cv2.circle(mask, (140, 90), 40, 0, -1)
    mask[:30, :50] = 255
    size = round(200 * scale), round(300 * scale)
    drawn = filled_outline(outline_path(mask), size, (200 * STEPS, 300 * STEPS))
    wanted = cv2.resize(mask, size[::-1], interpolation=cv2.INTER_AREA) > 127
    off = (
        drawn ^ wanted
    )  # a pixel at the outline at most, as OpenCV fills the pixels it runs through
    near = cv2.dilate(wanted.astype(np.uint8), np.ones((3, 3))) - cv2.erode(
        wanted.astype(np.uint8), np.ones((3, 3))
    )
    assert not (off & (near == 0)).any()
    assert not filled_outline("", size, (200 * STEPS, 300 * STEPS)).any()


@pytest.mark.parametrize("whole", [False, True])
def test_empty_and_full_masks_have_outlines(whole: bool) -> None:
    drawn = filled(outline_path(shrink_to(np.full((60, 90), 255 * whole, np.uint8), 30)), 30, 20)
    assert drawn.mean() == pytest.approx(float(whole), abs=0.01)


def files(report: Path) -> Mapping[str, int]:
    """The modification time of every file made for the page."""
    return {
        str(path.relative_to(report)): path.stat().st_mtime_ns
        for path in (report / "html").rglob("*")
        if path.is_file()
    }


def test_files_are_made_once_and_again_after_a_change(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    own = ("model=otsu", "dataset=folder", f"dataset.root={folder}")
    report = tmp_path / "reports" / "photos"
    assert command("eval", "html=true", *own).returncode == 0
    first = files(report)
    assert len(first) == 3 * 4  # a photo large and small, its truth, one mask
    assert command("compare", "html=true", *own[1:]).returncode == 0
    assert files(report) == first

    mask = next((report / "runs" / "otsu" / "masks").iterdir())
    os.utime(mask, ns=(1, 1))  # as if made anew
    command("compare", "html=true", *own[1:])
    changed = {name for name, at in files(report).items() if first.get(name) != at}
    assert len(changed) == 1

    truth = folder / "masks" / "a.png"
    truth.write_bytes((folder / "masks" / "b.png").read_bytes())
    assert command("score", "html=true", *own[1:]).returncode == 0
    again = files(report)
    assert len(again.keys() & first.keys()) == len(again) - 4 == len(first) - 4


def test_a_report_of_other_photos_than_those_scored_is_not_made(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    assert command("eval", "model=otsu", *own, "html=false").returncode == 0
    page = tmp_path / "reports" / "photos" / "index.html"
    assert not page.exists()
    (folder / "masks" / "a.png").write_bytes((folder / "masks" / "b.png").read_bytes())
    done = command("compare", "html=true", *own)
    assert done.returncode == 0
    assert "photos has changed since it was scored; run: make score" in done.stderr
    assert not page.exists()


def test_an_unreadable_photo_has_a_card_without_an_image(
    command: Command, folder: Path, tmp_path: Path, page: Page
) -> None:
    (folder / "images" / "b.png").write_bytes(b"no picture")
    command("eval", "html=true", "model=otsu", "dataset=folder", f"dataset.root={folder}")
    page.goto((tmp_path / "reports" / "photos" / "index.html").as_uri() + "#model=otsu")
    expect(page.locator(".card")).to_have_count(3)
    expect(page.locator(".card").first).to_contain_text("unreadable")
    page.locator(".card a").first.click()
    expect(page.locator("#panes")).to_contain_text("cannot be read")
    expect(page.locator("#answers")).to_contain_text("b.png")


def test_thousands_of_photos_keep_the_page_small(
    command: Command, tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,000 photos of 10 models: a report of one photo, its page data multiplied."""
    monkeypatch.setattr(
        "evaluate.compare.resampling.RESAMPLES", 99
    )  # they take long, and are not asked
    photos = make_folder(tmp_path / "photos", ["one"])
    command("eval", "html=true", "model=otsu", "dataset=folder", f"dataset.root={photos}")
    report = tmp_path / "reports" / "photos"
    (key,) = [folder.name for folder in (report / "html").iterdir()]
    random = np.random.default_rng(0)
    ids = [f"photo {i}" for i in range(2000)]
    known = {
        id_: {"light": "lamp" if i % 2 else "day", "place": i % 100} for i, id_ in enumerate(ids)
    }
    rows = [row(f"Model {k}", dict(zip(ids, random.random(2000), strict=True))) for k in range(10)]
    comparison = compared(rows, known)
    at = write_page(report, comparison, analyse(comparison), key)
    page.goto(at.as_uri())
    expect(page.locator("#count")).to_contain_text("2000 of 2000")
    everything = "document.querySelectorAll('*').length"
    page.locator("#gallery").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.locator(".card[aria-posinset='2000'] svg")).to_be_visible()
    assert page.evaluate(everything) < 3000
    page.get_by_role("link", name="Model 3, light=lamp (1000 photos)").click()
    expect(page.locator("#count")).to_contain_text("1000 of 2000")
    page.locator(".card a").last.click()
    expect(page.locator("#photo-place")).to_contain_text("of 1000")
    expect(page.locator("#panes image")).to_have_count(1)
    place, photo_id = (page.locator(f"#photo-{part}").inner_text() for part in ("place", "title"))
    page.keyboard.press("s")
    page.locator("#divider").fill("25")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#divider")).to_be_visible()
    expect(page.locator("#photo-title")).to_have_text(photo_id)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#photo-place")).not_to_have_text(place)
    page.keyboard.press("Escape")
    column = page.locator("#models thead th", has_text="Mean")
    for order in ("descending", "ascending"):
        column.get_by_role("button").click()
        expect(column).to_have_attribute("aria-sort", order)
    assert page.evaluate(everything) < 3000
