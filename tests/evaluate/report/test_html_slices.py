"""The page's slices: each model's results in them, where the best model loses, and their photos.

``comparison.json`` lies beside the page and says the same.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from evaluate.compare.comparison import Comparison
from tests.support.browser import HOSTILE, LABEL, PLAIN, beside, cards, open_by_hand, texts
from tests.support.comparisons import compared, photos, row

BAD_SLICE = "</script>kind=odd"


def shown(found: dict[str, Any]) -> str:
    """A cell's text: a median with its interval below."""
    ends = "–".join(f"{end:.3f}" for end in found["interval"] or ())
    return f"{found['median']:.3f} {ends}"


def test_the_slices_are_those_of_the_comparison(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    comparison = beside(made)
    _, *lines = texts(page.locator("#slices table"))
    medians = [shown(row["quality"]) for row in comparison["rows"]]
    assert lines[0] == ["all photos", str(len(PLAIN + HOSTILE)), *medians]
    assert lines[1:] == [
        [
            cut["name"],
            str(len(cut["ids"])),
            *map(shown, cut["rows"].values()),
        ]
        for cut in comparison["slices"]
    ]
    cut = next(cut for cut in comparison["slices"] if cut["name"] == BAD_SLICE)
    for known in comparison["rows"]:
        cell = page.get_by_role("link", name=f"{known['label']}, {BAD_SLICE} (6 photos): ")
        low, high = cut["rows"][known["row"]]["interval"]
        expect(cell).to_have_attribute(
            "title", re.compile(f"95% interval {low:.3f} to {high:.3f}$")
        )


def test_a_slice_and_its_cells_open_its_photos(page: Page, made: Path) -> None:
    page.set_viewport_size({"width": 1200, "height": 800})
    page.goto(made.as_uri())
    page.locator("#slices").get_by_role("link", name=f"{LABEL}, {BAD_SLICE} ").click()
    expect(page.locator("[name=slice]")).to_have_value(BAD_SLICE)
    expect(page.locator("[name=model] :checked")).to_have_text(f"3 {LABEL}")
    expect(page.locator("#gallery")).to_be_in_viewport()
    assert sorted(cards(page)) == PLAIN[::2]
    page.reload()
    assert sorted(cards(page)) == PLAIN[::2]
    page.locator("#slices").get_by_role("link", name="</script>kind=even", exact=True).click()
    assert sorted(cards(page)) == PLAIN[1::2]
    page.go_back()
    expect(page.locator("[name=slice]")).to_have_value(BAD_SLICE)
    page.locator("#slices").get_by_role("link", name="all photos", exact=True).click()
    expect(page.locator("#count")).to_contain_text("18 of 18")


def two_lights(hostile: str) -> Comparison:
    """Steady wins overall; Nimble wins ten to none in a slice with a hostile name."""
    steady = photos([0.8] * 40)
    nimble = photos([0.6] * 30 + [0.9] * 10)
    known = {
        id_: {"light": hostile if i >= 30 else "day", "level": i} for i, id_ in enumerate(steady)
    }
    return compared([row("Steady <b>", steady), row("Nimble & co", nimble)], known)


@pytest.mark.parametrize("name", HOSTILE[:3])
def test_where_the_best_row_loses_leads_to_the_photos(
    page: Page, tmp_path: Path, name: str
) -> None:
    open_by_hand(page, tmp_path, two_lights(name))
    expect(page.get_by_role("heading", name="Where Steady <b> loses")).to_be_visible()
    line = page.locator(".losses li", has_text=f"light={name}")
    expect(line).to_contain_text("(10 photos): Nimble & co wins 10 to 0, Holm’s p 0.0")
    line.get_by_role("link").click()
    expect(page.locator("#count")).to_contain_text("10 of 40 photos · Steady <b>: median IoU 0.800")
    expect(page.locator("[name=vs] :checked")).to_have_text("2 Nimble & co")
    expect(page.locator(".card .score").first).to_have_text("0.800 / 0.900")


def test_a_line_says_that_no_slice_is_lost(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    expect(page.locator(".losses")).to_have_text(
        re.compile("In no slice is another model significantly better than A")
    )


def test_thirds_of_numbers_filter_the_photos(page: Page, tmp_path: Path) -> None:
    open_by_hand(page, tmp_path, two_lights("lamp"))
    options = page.locator("[name=slice] option").all_inner_texts()
    third = next(option for option in options if option.startswith("level high"))
    page.select_option("[name=slice]", label=third)
    count = re.search(r"\((\d+)\)$", third)
    assert count
    expect(page.locator("#count")).to_contain_text(f"{count[1]} of 40")
    assert min(cards(page)) == f"p{40 - int(count[1])}"


def test_of_many_slices_those_that_differ_most_are_shown_first(page: Page, tmp_path: Path) -> None:
    """Sixty slices of ten photos; only the last one has another median."""
    own = photos([0.8] * 590 + [0.2] * 10)
    known = {id_: {"place": f"spot {i // 10:02}"} for i, id_ in enumerate(own)}
    open_by_hand(page, tmp_path, compared([row("One", own)], known))
    lines = page.locator("#slices tbody tr")
    expect(lines).to_have_count(1 + 12)
    expect(lines.last).to_have_text(re.compile(r"^place=spot 59"))
    button = page.get_by_role("button", name="All 60 slices")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.press("Enter")
    expect(lines).to_have_count(1 + 60)
    button = page.get_by_role("button", name="Only those that differ most")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(button).to_be_focused()
    button.press("Enter")
    expect(lines).to_have_count(1 + 12)


def test_many_losses_are_collapsed(page: Page, tmp_path: Path) -> None:
    steady = photos([0.8] * 700)
    nimble = photos(([0.9] * 30 + [0.3] * 70) * 7)
    known = {
        id_: {f"tag{k}": str(i % 100 < 30 - k) for k in range(9)} for i, id_ in enumerate(steady)
    }
    open_by_hand(page, tmp_path, compared([row("Steady", steady), row("Nimble", nimble)], known))
    expect(page.locator("ul.losses li")).to_have_count(6)
    folded = page.locator("details.losses li")
    expect(folded).to_have_count(3)
    expect(folded.first).to_be_hidden()
    page.locator("details.losses summary").click()
    folded.first.get_by_role("link").click()
    expect(page.locator("[name=vs] :checked")).to_have_text("2 Nimble")


CONTRASTS = """selector => {
    const light = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const luminance = (colour) => {
        const parts = colour.match(/[\\d.]+/g).map(Number);
        const [r, g, b] = colour.startsWith("color") ? parts : parts.map((part) => part / 255);
        return 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
    };
    return [...document.querySelectorAll(selector)].map((cell) => {
        const style = getComputedStyle(cell);
        const pair = [luminance(style.color), luminance(style.backgroundColor)];
        return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_in_coloured_cells_have_enough_contrast(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    """A contrast of at least 4.5 (WCAG), also on the strongest colours of both kinds."""
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    all_won = photos([0.9] * 20 + [0.2] * 10)
    known = {id_: {"light": "lamp" if iou < 0.5 else "day"} for id_, iou in all_won.items()}
    other = {id_: 0.9 - iou for id_, iou in all_won.items()}
    open_by_hand(page, tmp_path, compared([row("A", all_won), row("B", other)], known))
    found = page.evaluate(CONTRASTS, "#slices td a, #pairs td a, #slices .hint span")
    context.close()
    assert len(found) == 2 + 2 * 3 + 2
    assert min(found) >= 4.5
