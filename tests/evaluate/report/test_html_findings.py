"""The page beside table and photos: intervals, p-values, outline measures and plots.

``comparison.json`` lies beside the page and says the same.
"""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evaluate.compare.rows.row import Row
from evaluate.store.sweeps.unable import Unable
from tests.evaluate.tables import outlines
from tests.support.browser import beside, open_by_hand, texts
from tests.support.commands import Command
from tests.support.comparisons import compared, nothing, photos, row


def medians(page: Page) -> list[str]:
    titles = page.locator("#models thead th").all_inner_texts()
    return page.locator(f"#models td:nth-child({titles.index('Median IoU') + 1})").all_inner_texts()


def test_the_table_has_an_interval_for_each_median(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    quality = [row["quality"] for row in beside(made)["rows"]]
    assert medians(page) == [
        f"{one['median']:.3f} [{one['interval'][0]:.3f}, {one['interval'][1]:.3f}]"
        for one in quality
    ]


def test_a_row_without_quality_appears_only_in_the_table(page: Page, tmp_path: Path) -> None:
    one = row("One", photos([0.5] * 5 + [0.6] * 5))
    known = {id_: {"light": "day" if iou > 0.5 else "lamp"} for id_, iou in one.ious.items()}
    open_by_hand(page, tmp_path, compared([one, nothing("None", list(one.ious))], known))
    assert medians(page) == ["0.550 [0.500, 0.600]", "N/A"]
    expect(page.locator("#slices thead .label")).to_have_text(["One"])
    expect(page.locator("#pairs")).to_have_count(0)
    expect(page.locator("#outlines, #plots, .losses")).to_have_count(0)
    page.get_by_role("link", name="None").click()
    expect(page.locator("#count")).to_have_text("10 of 10 photos")


def test_too_few_photos_have_no_interval(page: Page, tmp_path: Path) -> None:
    one = row("One", photos([0.5] * 5 + [0.6] * 5))
    known = {id_: {"light": "day" if iou > 0.5 else "lamp"} for id_, iou in one.ious.items()}
    open_by_hand(page, tmp_path, compared([one], known))
    expect(page.get_by_role("link", name="One, light=day (5 photos)")).to_have_attribute(
        "title", "One, light=day (5 photos): median IoU 0.600, too few photos for an interval"
    )


def test_every_cell_of_the_matrix_has_interval_and_p_value(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    labels = {row["row"]: row["label"] for row in beside(made)["rows"]}
    for pair in beside(made)["duels"]:
        for first, second, sign in (("first", "second", 1), ("second", "first", -1)):
            names = f"{labels[pair[first]]} against {labels[pair[second]]}: "
            cell = page.locator("#pairs td").get_by_role("link", name=names)
            low, high = sorted(sign * end for end in pair["interval"])
            title = cell.get_attribute("title") or ""
            assert f"median difference {sign * pair['difference']:+z.3f}, " in title
            assert f"95% interval {low:+z.3f} to {high:+z.3f}; " in title
            apart = "apart" in (cell.locator("..").get_attribute("class") or "")
            assert apart == (pair["p_holm"] < 0.05)
            p = re.search(r"Holm's p (\S+)$", title)
            assert p
            assert float(p[1].lstrip("<")) == pytest.approx(pair["p_holm"], abs=1e-3)
            expect(cell).to_have_attribute("aria-label", title)


def test_plots_are_those_of_this_comparison_and_open(
    page: Page, made: Path, tmp_path: Path
) -> None:
    moved = shutil.copytree(made.parent, tmp_path / "elsewhere")
    page.goto((moved / "index.html").as_uri())
    drawn = page.locator("#plots img")
    assert {image.get_attribute("src") for image in drawn.all()} == {
        path.name for path in moved.glob("*.png")
    }
    for image in drawn.all():
        assert image.get_attribute("alt")
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        wide, high = image.evaluate("image => [image.naturalWidth, image.naturalHeight]")
        width, height = (int(image.get_attribute(side) or 0) for side in ("width", "height"))
        assert width / height == pytest.approx(wide / high, rel=0.01)
    name = drawn.last.get_attribute("src") or ""
    drawn.last.click()
    expect(page).to_have_url((moved / name.replace(".png", ".svg")).as_uri())
    page.go_back()
    expect(page.locator("#models")).to_be_visible()


def test_one_model_has_the_plots_for_one_row(
    command: Command, folder: Path, tmp_path: Path, page: Page
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    assert command("eval", "html=true", "plots=true", "model=otsu", *own).returncode == 0
    page.goto((tmp_path / "reports" / "photos" / "index.html").as_uri())
    shown = [image.get_attribute("src") for image in page.locator("#plots img").all()]
    assert shown == ["ecdf.png", "fit.png", "failure-modes.png"]


def in_mm(label: str, inside_px: float, clearance_mm: float = 0.3) -> Row:
    measures = {"inside_px": inside_px, "outside_px": 2.0, "mean_px": 1.0, "hd95_px": 9.0}
    measures |= {"surface_dice": 0.5, "edge_px": 3.0}
    measures |= {"as_truth": 1.0, "area_ratio": 1.034, "vertices": 8, "fit_px": inside_px}
    own = [{**measures, "mm_per_px": 0.25}] * 6
    return row(
        label,
        photos([0.9] * 6),
        outlines=outlines(own),
        clearance_mm=clearance_mm,
    )


def test_outlines_are_in_mm_where_the_scale_is_known(page: Page, tmp_path: Path) -> None:
    rows = [
        in_mm("<b>Near</b>", 4.0),
        in_mm("Far", 40.0, 0.5),
        row("Unmeasured", photos([0.5] * 6)),
    ]
    open_by_hand(page, tmp_path, compared(rows))
    assert texts(page.locator("#outlines")) == [
        [
            "Approach",
            "Fits at 0.3 mm",
            "Photos",
            "Inside mm",
            "Outside mm",
            "Mean mm",
            "hd95 mm",
            "Within 0.3 mm",
            "Edge px",
            "Pieces right",
            "Area",
            "Corners",
        ],
        [
            "1<b>Near</b>",
            "0% [0, 46]",
            "6",
            "1.00",
            "0.50",
            "0.25",
            "2.25",
            "50%",
            "3.0",
            "100%",
            "103.4%",
            "8",
        ],
        [
            "2Far",
            "0% [0, 46]",
            "6",
            "10.00",
            "0.50",
            "0.25",
            "2.25",
            "N/A",
            "3.0",
            "100%",
            "103.4%",
            "8",
        ],
    ]
    expect(
        page.get_by_text("Far was scored at a clearance of 0.5 mm; run: make eval")
    ).to_be_visible()
    page.locator("#outlines").get_by_role("link", name="Far").click()
    expect(page.locator("[name=model] :checked")).to_have_text("2 Far")


def test_outlines_are_in_px_without_a_scale(page: Page, made: Path) -> None:
    page.goto(made.as_uri())
    header, *rows = texts(page.locator("#outlines"))
    assert header[1:7] == [
        "Fits at 3 px",
        "Photos",
        "Inside px",
        "Outside px",
        "Mean px",
        "hd95 px",
    ]
    assert not any("Within" in title for title in header)
    assert [[cells[0], *cells[3:7]] for cells in rows] == [
        [f"{place}{row['label']}"]
        + [f"{row['outlines'][name]:.2f}" for name in ("inside", "outside", "mean", "hd95")]
        for place, row in enumerate(beside(made)["rows"], 1)
    ]


def test_models_that_could_not_run_stand_below_all_rows(page: Page, tmp_path: Path) -> None:
    rows = [row("Good", photos([0.9] * 7)), row("Poor", photos([0.2] * 7))]
    lost = Unable("gone", "<b>Gone</b>", "no key; run: export KEY=…")
    open_by_hand(page, tmp_path, compared(rows, unable=(lost,)))
    names = page.locator("#models tbody th")
    assert names.all_inner_texts() == ["1Good", "2Poor", "<b>Gone</b>\nWhy N/A"]
    assert set(texts(page.locator("#models"))[-1][1:-1]) == {"N/A"}
    median = page.locator("#models thead th", has_text="Median").get_by_role("button")
    for _ in range(2):
        median.click()
        expect(names.last).to_have_attribute("title", lost.label)
    page.get_by_role("cell", name="N/A").last.click()
    expect(names.last.get_by_text("no key; run:")).to_be_visible()
    expect(names.last.locator("code")).to_have_text("export KEY=…")


def test_a_row_without_any_mask_says_why(page: Page, tmp_path: Path) -> None:
    one = row("One", photos([0.5] * 6))
    open_by_hand(page, tmp_path, compared([one, nothing("None", list(one.ious))]))
    page.get_by_text("Why N/A").click()
    why = page.locator(".why p")
    expect(why).to_have_text(
        "No photo gave a mask: boom. To retry, run: make eval model=own retry=true"
    )


def test_links_to_sections_leave_the_view_as_it_is(page: Page, made: Path) -> None:
    page.set_viewport_size({"width": 1200, "height": 800})
    page.goto(f"{made.as_uri()}#sort=label&model=B")
    address = page.url
    for link in page.get_by_role("navigation").get_by_role("link").all():
        link.click()
        heading = page.get_by_role("heading", name=link.inner_text(), exact=True)
        expect(heading).to_be_focused()
        expect(heading).to_be_in_viewport()
        assert page.url == address
