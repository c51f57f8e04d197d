"""The page in a real browser, opened from disk and offline, with hostile file names."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import HOSTILE, LABEL, PLAIN, WIDTH, cards, quiet_page


def test_the_table_sorts_by_every_column_and_says_so(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    models = page.locator("#models tbody th")
    best_first = models.all_inner_texts()
    assert len(best_first) == 3
    median = page.locator("#models thead th", has_text="Median")
    median.get_by_role("button").click()
    expect(median).to_have_attribute("aria-sort", "descending")
    assert models.all_inner_texts() == best_first
    median.get_by_role("button").press("Enter")
    expect(median).to_have_attribute("aria-sort", "ascending")
    assert models.all_inner_texts() == best_first[::-1]
    page.reload()
    assert models.all_inner_texts() == best_first[::-1]
    page.locator("#models thead th", has_text="Approach").get_by_role("button").click()
    expect(page.locator("#models [aria-sort]")).to_have_count(1)
    assert [text[1:] for text in models.all_inner_texts()] == [LABEL, "A", "B"]


def test_every_cell_of_the_matrix_opens_as_many_photos_as_it_counts(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("photos: comparison of 3 models")
    cells = page.locator("#pairs td a")
    assert cells.count() == 6
    for cell in cells.all():
        told = cell.get_attribute("title") or ""
        counts = re.findall(r"(\d+) (win|tie|loss)", told)
        cell.click()
        expect(page.locator("#versus")).to_have_text(f"Over all photos, {told}")
        expect(page.locator("[name=order]")).to_have_value("loss")
        for count, outcome in counts:
            page.select_option("[name=outcome]", outcome)
            expect(page.locator("#count")).to_contain_text(f"{count} of {len(PLAIN + HOSTILE)} ")


def test_the_gallery_is_worst_first_and_filters(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    page.select_option("[name=model]", "B")
    scores = page.locator(".card .score").all_inner_texts()
    assert scores[0] == "error"
    assert scores[1:] == sorted(scores[1:])
    page.fill("[name=min]", "0.9")
    left = [float(score) for score in page.locator(".card .score").all_inner_texts()]
    assert min(left) >= 0.9
    page.click("[type=reset]")
    assert len(cards(page)) == len(PLAIN + HOSTILE)
    page.select_option("[name=slice]", label="odd (6)")
    assert cards(page) == PLAIN[::2]
    page.fill("[name=q]", "P04")
    assert cards(page) == ["p04"]
    page.fill("[name=q]", "nothing of this name")
    assert cards(page) == []
    expect(page.locator("#count")).to_have_text("0 of 18 photos: no photo has this Search")
    page.click("[type=reset]")
    page.select_option("[name=status]", "error")
    assert len(cards(page)) == 1


def test_thumbnails_show_missed_and_excess_areas(page: Page, made: Path) -> None:
    page.goto(f"{made.as_uri()}#model=B&q=p11")
    marks = page.locator(".card svg path.extra")
    expect(marks).to_have_count(1)
    image = page.locator(".card img")
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") == WIDTH


def test_a_link_leads_to_the_view_it_was_copied_from(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    page.select_option("[name=model]", "B")
    page.select_option("[name=order]", "best")
    page.locator(".card a").first.click()
    page.keyboard.press("d")
    page.keyboard.press("Shift+Digit1")
    link, title = page.url, page.locator("#photo-title").inner_text()
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#photo-title")).to_have_text(title)
    expect(page.locator("#photo-place")).to_have_text("1 of 18")
    expect(page.locator("#panes svg")).to_have_count(2)
    expect(page.get_by_role("radio", name="B: A")).to_be_checked()
    expect(page.locator("[name=model]")).to_have_value("B")


def test_back_closes_the_photo(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    page.locator(".card a").first.click()
    expect(page.locator("#viewer")).to_be_visible()
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()


@pytest.mark.parametrize("link", ["#photo=nobody", "#model=none&vs=neither", "#order=%ff&min=x"])
def test_a_link_to_an_unknown_photo_shows_the_gallery(page: Page, made: Path, link: str) -> None:
    page.goto(made.as_uri() + link)
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page.locator("#count")).to_contain_text("18 of 18")


def test_everything_can_be_reached_by_keyboard(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    page.keyboard.press("2")
    expect(page.locator("[name=model]")).to_have_value("B")
    page.keyboard.press("Shift+Digit1")
    expect(page.locator("[name=vs]")).to_have_value("A")
    page.keyboard.press("/")
    page.keyboard.type("p0")
    expect(page.locator("[name=q]")).to_have_value("p0")
    page.locator("[name=q]").blur()
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("k")
    shown = cards(page)
    page.keyboard.press("Enter")
    title = page.locator("#photo-title")
    expect(title).to_have_text(shown[0])
    for key, place in (("ArrowRight", 1), ("j", 2), ("k", 1), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        expect(title).to_have_text(shown[place])
    page.keyboard.press("3")
    expect(page.get_by_role("radio", name=f"A: {LABEL}")).to_be_checked()
    page.keyboard.press("Shift+Digit0")
    expect(page.get_by_role("radio", name="B: Ground truth")).to_be_checked()
    for key, name in (("s", "slider"), ("d", "difference"), ("c", "contour"), ("o", "overlay")):
        page.keyboard.press(key)
        expect(page.locator(f"#modes [value={name}]")).to_be_checked()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    expect(page.locator("#viewer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page.locator(".card a:focus .id")).to_have_text(shown[0])


def test_hostile_names_stay_text_and_lead_to_their_photos(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    expect(page.locator("#models tbody th")).to_contain_text([LABEL])
    assert page.locator("#models b, .card b, .card .id img").count() == 0
    shown = cards(page)
    assert len(shown) == len(PLAIN + HOSTILE)
    for name in HOSTILE[:3]:
        assert name in shown
    for place in range(len(shown)):
        page.goto("about:blank")
        link = page.goto(made.as_uri()) and page.locator(".card a").nth(place).get_attribute("href")
        page.goto(f"{made.as_uri()}{link}")
        expect(page.locator("#photo-title")).to_have_text(cards(page)[place])
        expect(page.locator("#panes image")).to_have_count(1)


def test_pictures_have_text_alternatives(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    unnamed = """() => [...document.querySelectorAll("button, input, select, a, img, [role=img]")]
        .filter(e => !e.closest("[aria-hidden]") && !(e.innerText || e.ariaLabel || e.labels?.[0]
            || e.hasAttribute("alt") || e.closest("label"))).map(e => e.outerHTML)"""
    assert page.evaluate(unnamed) == []
    page.goto(f"{made.as_uri()}#photo=p03&view=difference")
    expect(page.locator("#panes svg")).to_have_count(2)
    assert page.evaluate(unnamed) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(browser: Browser, made: Path, scheme: str) -> None:
    """A contrast of at least 4.5 (WCAG) in both colour schemes."""
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    opened = context.new_page()
    opened.goto(made.as_uri())
    named = ("--text", "--soft", "--strong", "--bad")
    colours = opened.evaluate(
        "names => names.map(n => getComputedStyle(document.documentElement).getPropertyValue(n))",
        ["--back", "--raised", *named],
    )
    context.close()
    back, raised, *inks = [_luminance(colour) for colour in colours]
    for ink in inks:
        for ground in (back, raised):
            low, high = sorted((ink, ground))
            assert (high + 0.05) / (low + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    digits = colour.strip().lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * d for d in digits)
    linear = []
    for at in (0, 2, 4):
        level = int(digits[at : at + 2], 16) / 255
        linear.append(level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_phone_needs_no_sideways_scrolling(browser: Browser, made: Path) -> None:
    with quiet_page(browser, 360, 740) as page:
        for link, ready in (("", "#models"), ("#photo=p03&view=difference", "#panes svg")):
            page.goto(made.as_uri() + link)
            expect(page.locator(ready).first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
