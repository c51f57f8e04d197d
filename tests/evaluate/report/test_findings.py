"""The sections of comparison.md: their numbers, and safe output for any names."""

import dataclasses
import re

import numpy as np
import pytest

from evaluate.compare.analysis import analyse
from evaluate.compare.comparison import Comparison
from evaluate.display.text import escape
from evaluate.report.findings import sections, where_next
from evaluate.report.markdown import comparison_page
from tests.evaluate.tables import outlines
from tests.support.comparisons import HOSTILE, UNICODE, compared, nothing, photos, row


def section(page: str, title: str) -> str:
    parts = re.split(r"^### ", page, flags=re.MULTILINE)
    (found,) = (part for part in parts if part.partition("\n")[0] == title)
    return found


def cells(text: str) -> list[list[str]]:
    """A section's first table, header first, without the dashes below it."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    table = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [line for line in table if set("".join(line)) != {"-"}]


def words(comparison: Comparison) -> str:
    return sections(analyse(comparison))


def test_head_to_head_has_every_pair_with_p_values() -> None:
    first, second = [0.9] * 12, [0.8] * 9 + [0.89] * 2 + [0.95]
    text = section(
        words(compared([row("A", photos(first)), row("B", photos(second))])), "Head-to-head"
    )
    (_, pair) = cells(text)
    assert pair[:3] + pair[4:] == ["A", "B", "9–2–1", "0.021", "0.021"]
    assert re.fullmatch(r"\+0\.100 \[\+0\.0\d\d, \+0\.100\]", pair[3])
    assert "At other margins, A against B: 11–0–1 at 0, 11–0–1 at 0.005, 9–2–1 at 0.01," in text
    assert "Mean ranks over the photos, 1 is best: A 1.08, B 1.92." in text
    assert "(critical difference at 5 %)" in text
    assert "one object" not in text


def test_the_note_mentions_photos_of_one_object() -> None:
    rows = [row("A", photos([0.9] * 6)), row("B", photos([0.8] * 6))]
    known = {id_: {"group": "saw"} for id_ in rows[0].ious}
    assert "photos of one object are drawn together" in words(compared(rows, known))


def test_many_rows_are_cut_with_a_pointer_to_the_rest() -> None:
    rows = [row(f"M{i}", photos([0.9 - i / 100] * 6)) for i in range(10)]
    known = {id_: {"kind": "abc"[i % 3] * 3} for i, id_ in enumerate(rows[0].ious)}
    text = section(words(compared(rows, known)), "Head-to-head")
    assert len(cells(text)) == 1 + 8 * 7 // 2
    assert "Pairs of the first 8 rows; all 45 pairs are in comparison.json." in text
    assert "corrected for 45 tested pairs" in text


def test_where_the_best_row_loses() -> None:
    best = [0.95] * 20 + [0.6] * 10
    other = [0.9] * 30
    other[29] = 0.99
    known = {f"p{i:02}": {"kind": "matte" if i < 20 else "chrome"} for i in range(30)}
    comparison = compared([row("Best", photos(best)), row("Other", photos(other))], known)
    text = section(words(comparison), "Where the best row loses")
    assert "- In kind=chrome (10 photos) Other is better, 10 to 0, Holm's p 0.002" in text
    table = cells(text)
    assert len(table) == 1 + 5
    assert table[1] == ["p29", "0.600", "Other", "0.990"]
    line = where_next(analyse(comparison))
    assert line.endswith("where Best loses: kind=chrome (Other is better)")


def test_many_lost_slices_are_cut() -> None:
    best, other = photos([0.95] * 20 + [0.6] * 10), photos([0.9] * 30)
    known = {id_: {f"t{n}": "ab"[i >= 20] for n in range(12)} for i, id_ in enumerate(best)}
    text = words(compared([row("Best", best), row("Other", other)], known))
    assert text.count("Other is better, 10 to 0") == 10
    assert "- 2 more are in comparison.json." in text


def test_a_line_says_that_the_best_row_loses_nowhere() -> None:
    rows = [row("A", photos([0.9] * 12)), row("B", photos([0.9 - 0.02] * 12))]
    known = {id_: {"kind": "x" if i < 6 else "y"} for i, id_ in enumerate(rows[0].ious)}
    text = section(words(compared(rows, known)), "Where the best row loses")
    assert "In no slice is another row significantly better than A." in text
    assert "On no photo is another row better than A by more than 0.02." in text
    assert "There are no slices" in words(compared(rows))


def test_a_tie_is_not_a_lost_photo() -> None:
    rows = [row("A", photos([0.95, 0.90])), row("B", photos([0.5, 0.92]))]
    assert "On no photo is another row better than A by more than 0.02." in words(compared(rows))


def test_slices_show_those_that_differ_most() -> None:
    rng = np.random.default_rng(0)
    values = rng.beta(8, 2, 60)
    kinds = {f"tag{n:02}": rng.integers(0, 2, 60) for n in range(10)}
    kinds["tag07"] = (np.arange(60) < 15).astype(int)
    values[:15] = 0.1
    known = {
        id_: {name: "ab"[pick[i]] for name, pick in kinds.items()}
        for i, id_ in enumerate(photos(values))
    }
    rows = [row("A", photos(values)), row("B", photos(values / 2))]
    text = section(words(compared(rows, known)), "Slices")
    header, every, *found = cells(text)
    assert header == ["Slice", "Photos", "A", "B"]
    assert every[:2] == ["all photos", "60"]
    assert re.fullmatch(rf"{np.median(values):.3f} \[0\.\d{{3}}, 0\.\d{{3}}\]", every[2])
    assert len(found) == 12
    assert [name for name, *_ in found] == sorted(name for name, *_ in found)
    assert ["tag07=b", "15", "0.100 [0.100, 0.100]", "0.050 [0.050, 0.050]"] in found
    assert "The 12 of 20 slices that differ most" in text


def test_fewer_than_two_rows_have_no_head_to_head() -> None:
    alone = words(compared([row("A", photos([0.9, 0.8]))]))
    assert alone == ""
    failed = compared([nothing("A", ["p"])])
    assert words(failed) == ""
    assert where_next(analyse(failed)) == ""


@pytest.mark.parametrize("name", [*HOSTILE, UNICODE])
def test_names_never_become_markup(name: str) -> None:
    """As label, id and tag: every table keeps its number of cells, and no HTML tag appears."""
    ids = [f"{name}{i}" for i in range(20)]
    values = dict(zip(ids, [0.9] * 10 + [0.2] * 10, strict=True))
    others = dict(zip(ids, [0.8] * 20, strict=True))
    known = {id_: {name: name if i < 10 else "else"} for i, id_ in enumerate(ids)}
    comparison = compared([row(name, values), row(f"{name} 2", others)], known)
    text = words(comparison)
    page = comparison_page(comparison, "full", text, {})
    assert page.index("### Head-to-head") < page.index("### Timing")
    for title in ("Head-to-head", "Where the best row loses", "Slices"):
        assert len({len(line) for line in cells(section(text, title))}) == 1
    assert not re.search("<(?!/?sub>|0)", page)
    page.encode()  # no lone surrogates
    next_line = where_next(analyse(comparison))
    assert next_line.isprintable()
    assert "is better" in next_line


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("IMG_20_1 [source=npm] me@x", "IMG_20_1 [source=npm] me@x"),
        ("a|b\\|c", r"a\|b\\\|c"),
        ("`x` *b* ~~c~~ _d_", r"\`x\` \*b\* \~\~c\~\~ \_d\_"),
        ("[a](http://b) [c][d]", r"[a\](http://b) [c\][d]"),
        ("<b> <0.001s &amp;", "&lt;b> <0.001s &amp;amp;"),
        ("@someone", "@<!-- -->someone"),
    ],
)
def test_markdown_is_escaped(text: str, written: str) -> None:
    assert escape(text) == written


def test_shares_at_different_clearances_are_not_compared() -> None:
    of = {f"{name}_px": 2.0 for name in ("inside", "outside", "mean", "hd95")}
    measured = [{**of, "surface_dice": 0.8, "edge_px": 1.0, "mm_per_px": 0.25} for _ in range(2)]
    measured[0] |= {"as_truth": 1, "area_ratio": 1.25, "vertices": 8, "fit_px": 1.2}
    rows = [
        row(
            "A",
            photos([0.9, 0.8]),
            outlines=outlines(measured),
            clearance_mm=0.3,
        ),
        row(
            "B|",
            photos([0.9, 0.8]),
            outlines=outlines(measured),
            clearance_mm=0.5,
        ),
    ]
    text = section(words(compared(rows)), "Outlines")
    header, first, second = cells(text)
    assert header[7:] == ["Within 0.3 mm", "Edge px", "Pieces right", "Area", "Corners"]
    rest = ["1.0", "100%", "125.0%", "8"]
    assert header[1:3] == ["Fits at 0.3 mm", "Photos"]
    assert first == ["A", "100% [3, 100]", "2", "0.50", "0.50", "0.50", "0.50", "80%", *rest]
    assert second == ["B\\|", "100% [3, 100]", "2", "0.50", "0.50", "0.50", "0.50", "N/A", *rest]
    line = "B\\| was scored at a clearance of 0.5 mm; run: make eval model=own clearance_mm=0.3"
    assert line in text.splitlines()
    assert "0.3 mm is 1.2 px here, finer than ground truth is usually traced" in text
    in_px = [dataclasses.replace(one, outlines=outlines([of] * 2)) for one in rows]
    text = section(words(compared(in_px)), "Outlines").partition("<sub>")[0]
    assert "Within" not in text
    assert "Distances are in px, as not every photo's scale is known." in text
