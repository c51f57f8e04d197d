"""The page's photos beside their IoU: orders by measures, the side panel, names, and a phone."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from evaluate.compare.analysis import analyse
from evaluate.compare.rows.fits import CLEARANCE_PX
from evaluate.metrics.working_scale import View
from evaluate.report.html.audit_findings import AUDIT_CSV, audit_findings, write_audit_source
from evaluate.report.html.measures_shown import TRAIT_MEANINGS, shown_measures
from evaluate.score.photo_traits import traits
from evaluate.store.run_folder import OK, Run
from evaluate.store.score_table import read_score_table
from evaluate.store.scores import MEASURES, Measures
from tests.support.browser import HOSTILE, PLAIN, cards, quiet_page, texts, write_page
from tests.support.comparisons import compared, nothing, photos, row

LONG = "the same bench in the same light 2024-05-01 12.31.{:02}.jpg"


def scores(made: Path, name: str) -> dict[str, Measures]:
    """A run's measures of each photo with a mask."""
    table = read_score_table(Run(made.parent / "runs" / name))
    return {
        id_: {measure: float(column[place]) for measure, column in table.measures.items()}
        for place, (id_, status) in enumerate(zip(table.ids, table.status, strict=True))
        if status == OK
    }


def test_photos_are_ordered_by_measures(page: Page, made: Path) -> None:
    page.goto(f"{made.as_uri()}#model=B&status=ok&q=p0")
    measures = scores(made, "B")
    count = sum(name.startswith("p0") for name in measures)
    for order in ("fit", "inside", "hd95"):
        page.select_option("[name=order]", order)
        column = [measures[name][f"{order}_px"] for name in cards(page)]
        assert len(column) == count
        assert column == sorted(column, reverse=True)
    page.goto("about:blank")
    page.goto(f"{made.as_uri()}#model=B")
    page.select_option("[name=order]", "difference")
    expect(page.locator("[name=vs]")).to_have_value("A")
    pairs = [text.split(" / ") for text in page.locator(".card .score").all_text_contents()]
    apart = [abs(float(a) - float(b)) for a, b in pairs if a != "error"]
    assert all(before >= after - 1e-3 for before, after in itertools.pairwise(apart))
    assert len({*apart}) > 5


def test_lengths_are_in_mm_where_every_scale_is_known(page: Page, tmp_path: Path) -> None:
    one = row("One", photos([0.5, 0.6, 0.7]))
    comparison = compared([one])
    px = {"One": {"fit_px": [10.0, 4.0, None]}}
    at = write_page(tmp_path, comparison, analyse(comparison), "", px, [0.1, 0.5, 0.1])
    page.goto(at.as_uri())
    page.select_option("[name=order]", "fit")
    assert cards(page) == ["p01", "p00", "p02"]
    assert page.locator(".card .score").all_text_contents() == [
        f"{mm} mm to fit" for mm in ("2.00", "1.00", "–")
    ]
    expect(page.locator("[name=order] [value=hd95]")).to_be_disabled()
    expect(page.locator("[name=fit], .card .fit")).to_have_count(0)  # no clearance is known
    page.locator(".card a").first.click()
    assert texts(page.locator("#measured table"))[1] == ["Fit mm", "2.00"]


def test_each_card_tells_whether_the_tool_fits_and_they_can_be_filtered(
    page: Page, made: Path
) -> None:
    """At the clearance of the column "Fits at", and with as many photos as its share."""
    page.goto(f"{made.as_uri()}#model=B&order=name&status=ok&q=p0")
    needed = {id_: one["fit_px"] for id_, one in scores(made, "B").items() if "p0" in id_}
    assert page.locator(".card .fit").all_text_contents() == [
        "fits" if px <= CLEARANCE_PX else "does not fit" for px in needed.values()
    ]
    page.select_option("[name=fit]", label="does not fit")
    misfits = [id_ for id_, px in needed.items() if px > CLEARANCE_PX]
    assert 0 < len(misfits) < len(needed)
    page.reload()
    assert cards(page) == misfits
    page.keyboard.press("1")  # A is exact
    expect(page.locator("#count")).to_have_text(
        "0 of 18 photos: none has all of Status, Fit, Search"
    )
    page.keyboard.press("2")
    page.locator(".card a").first.click()
    expect(page.locator("#misfit")).to_contain_text(
        "At 3 px, the tool does not fit the pocket of B."
    )
    page.keyboard.press("d")
    expect(page.locator("figcaption").first).to_contain_text("does not fit at 3 px")
    page.goto("about:blank")
    page.goto(f"{made.as_uri()}#model=B&fit=yes")
    header, _, row_of_b, *_ = texts(page.locator("#outlines"))
    share = page.locator(".card").count() / len(PLAIN + HOSTILE)
    assert row_of_b[header.index("Fits at 3 px")].startswith(f"{share:.0%} ")


def test_the_panel_shows_what_is_known_of_a_photo(page: Page, made: Path) -> None:
    page.goto(f"{made.as_uri()}#photo=p03")
    header, *lines = texts(page.locator("#measured table"))
    assert header == ["", "1A", "2B", "3</script><b>Sharp</b>"]
    by_name = {title: cells for title, *cells in lines}
    own = [scores(made, name)["p03"] for name in ("A", "B")]
    assert [float(text) for text in by_name["hd95 px"][:2]] == pytest.approx(
        [one["hd95_px"] for one in own], abs=0.05
    )
    assert by_name["Pieces (ground truth 1)"][:2] == [str(int(one["pieces"])) for one in own]
    expect(page.locator("#measured b").first).to_have_text(by_name["Fit px"][0])  # A is exact
    expect(page.locator("#answers tbody tr").first).to_contain_text("0.30 s")
    expect(page.locator("#audit")).to_have_text("Not audited; run: make audit, then make compare")
    expect(page.locator("#tags")).to_have_text("</script>kindeven")
    found = page.locator("#traits dt").all_text_contents()
    assert found == [name.replace("_", " ") for name in TRAIT_MEANINGS]
    expect(page.locator("#traits dd").last).to_have_text(f"no{TRAIT_MEANINGS['touches_edge']}")


def test_every_measure_and_trait_is_explained() -> None:
    tool = np.zeros((40, 60), bool)
    tool[10:20, 10:50] = True
    assert traits(View(np.zeros((40, 60, 3), np.uint8), tool, 1.0)).keys() == TRAIT_MEANINGS.keys()
    assert {*MEASURES} - {one["name"] for one in shown_measures(0.3)} == {"as_truth", "mm_per_px"}
    assert all(one["meaning"] for one in shown_measures(0.3))


def test_findings_are_those_of_the_scored_ground_truth(tmp_path: Path) -> None:
    ids = ["a", "=b", "caf\udce9", "d"]
    table = "id,suspect_kinds,note_kinds,px,findings\na,shift,,3,'=moved | look\n'=b,,,,\n"
    table += "caf\\udce9,,border,,it ends\n"
    assert (
        audit_findings(tmp_path, "hash", ids).missing
        == "Not audited; run: make audit, then make compare"
    )
    (tmp_path / AUDIT_CSV).write_bytes(table.encode())
    write_audit_source(tmp_path, "hash", table.encode())
    found = audit_findings(tmp_path, "hash", ids)
    assert found.missing == ""
    assert found.photos == {
        0: {"suspect": "shift", "note": "", "texts": ["=moved", "look"]},
        2: {"suspect": "", "note": "border", "texts": ["it ends"]},
    }
    assert "run: make audit" in audit_findings(tmp_path, "another", ids).missing
    (tmp_path / AUDIT_CSV).write_bytes(b"id\n")
    assert "run: make audit" in audit_findings(tmp_path, "hash", ids).missing


def in_sight(element: Locator, width: int) -> bool:
    box = element.bounding_box()
    return bool(box and box["x"] >= 0 and box["x"] + box["width"] <= width)


def test_names_that_begin_alike_keep_their_ends(page: Page, tmp_path: Path) -> None:
    ids = [LONG.format(i) for i in range(3)]
    labels = [f"ISNet (rembg) [source=npm,input=1024] crop=paper refine={i}" for i in range(2)]
    rows = [row(label, dict.fromkeys(ids, 0.5)) for label in labels]
    comparison = compared(rows)
    page.goto(write_page(tmp_path, comparison, analyse(comparison)).as_uri())
    for place in (".card .id", "#models th[scope=row] a"):
        for name in page.locator(place).all():
            head, tail = name.locator(".name-parts > *").all()
            assert head.evaluate("part => part.scrollWidth > part.clientWidth")
            inner, outer = tail.bounding_box(), name.bounding_box()
            assert inner
            assert outer
            assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 0.5
    assert cards(page) == ids
    page.locator(".card a").first.click()
    expect(page.locator("#photo-title")).to_have_text(ids[0])


def test_quality_and_speed_are_in_sight_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    long = "ISNet (rembg) [source=npm,input=1024] crop=paper refine=guided"
    one = row(long, photos([0.85] * 3 + [0.9] * 4))
    comparison = compared([one, nothing("None", list(one.ious))])
    with quiet_page(browser, 390, 800) as page:
        page.goto(write_page(tmp_path, comparison, analyse(comparison)).as_uri())
        cells = page.locator("#models tbody tr").first.locator("th, td")
        assert [cells.nth(i).inner_text().split() for i in (1, 2)] == [
            ["0.900", "[0.850,", "0.900]"],
            ["0.5s", "(0.6s)"],
        ]
        assert all(in_sight(cells.nth(i), 390) for i in range(3))
        page.get_by_text("Why N/A").click()
        assert in_sight(page.locator(".why p"), 390)
