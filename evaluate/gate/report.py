"""Reports of a verdict: terminal lines, a Markdown page, JUnit XML and a contact sheet."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from datasets.arrays import to_mask
from datasets.dataset import Dataset
from datasets.pictures import PictureError
from evaluate.display.contact_sheet import Card, sheet, tile, window
from evaluate.display.palette import MASK, SECOND_MASK, TRUTH
from evaluate.display.text import escape, markdown_table, printable
from evaluate.gate.judge import PhotoChange, Verdict
from evaluate.metrics.working_scale import shrunk_mask, view
from evaluate.store.baseline import reference_mask
from evaluate.store.masks.stored_masks import mask_place, place_exists
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import Run

CHANGES_SHOWN = 5
CHANGES_DRAWN = 12
CHARTED = 200


def verdict_lines(verdict: Verdict) -> list[str]:
    """The verdict for the terminal."""
    of = verdict.baseline
    found = [printable(f"{of.row} on {of.dataset}@{of.dataset_hash[:12]}, {len(of.ious)} photos")]
    found += [
        f"{'ok  ' if c.passed else 'FAIL'}  {printable(f'{c.name} {c.text}')}"
        for c in verdict.criteria
    ]
    found += ["largest changes:"] if verdict.changes else ["no photo changed"]
    for c in verdict.changes[:CHANGES_SHOWN]:
        before, now, change = c.texts
        found.append(f"  {printable(c.id)}  {before} → {now}  ({change})")
    return [*found, "pass" if verdict.passed else "REGRESSED"]


def verdict_page(verdict: Verdict) -> str:
    """The verdict as Markdown, for a pull request or a job's summary."""
    of = verdict.baseline
    title = f"### {'Pass' if verdict.passed else 'Regressed'}: {of.row} on {of.dataset}"
    table = [("", "Criterion", "Result"), *(
        ("✓" if c.passed else "✗", c.name, c.text) for c in verdict.criteria
    )]  # fmt: skip
    parts = [escape(title), markdown_table(table), chart(verdict)]
    if verdict.changes:
        changed = [("Photo", "Baseline", "Now", "Change"), *(
            (c.id, *c.texts) for c in verdict.changes[:CHANGES_DRAWN]
        )]  # fmt: skip
        parts.append(
            f"{len(verdict.changes)} of {len(of.ious)} photos changed; the largest changes:"
        )
        parts.append(markdown_table(changed))
    else:
        parts.append("No photo changed.")
    return "\n\n".join(parts) + "\n"


def chart(verdict: Verdict) -> str:
    """Every photo's IoU as a Mermaid chart, which GitHub renders where images cannot be attached.

    Sorted by the baseline's IoU; of more than ``CHARTED`` photos, every n-th.
    """
    before, now = verdict.baseline.ious, verdict.ious
    order = sorted(before, key=lambda id_: (before[id_], id_))
    every = -(-len(order) // CHARTED)
    kept = order[::every]
    bars, line = (", ".join(f"{ious[id_]:.3f}" for id_ in kept) for ious in (before, now))
    of = f"one in {every} photos" if every > 1 else "each photo"
    return "\n".join(
        [
            "```mermaid",
            "xychart-beta",
            f'title "IoU of {of}: bars are the baseline, the line is this run"',
            f'x-axis "photos, sorted by the baseline" 1 --> {max(len(kept), 2)}',
            'y-axis "IoU" 0 --> 1',
            f"bar [{bars}]",
            f"line [{line}]",
            "```",
        ]
    )


def junit(verdicts: Sequence[Verdict], refused: Mapping[str, str]) -> bytes:
    """JUnit XML with a test suite per row and a test case per criterion.

    ``refused`` has the rows that cannot be compared, with the reason; each becomes an error.
    """
    root = ElementTree.Element("testsuites", name="cutoutbench gate")
    for verdict in verdicts:
        failures = sum(not criterion.passed for criterion in verdict.criteria)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=printable(f"{verdict.baseline.row} on {verdict.baseline.dataset}"),
            tests=str(len(verdict.criteria)),
            failures=str(failures),
        )
        for c in verdict.criteria:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=printable(f"gate.{verdict.baseline.row}"),
                name=printable(c.name),
            )
            text = printable(c.text)
            if c.passed:
                ElementTree.SubElement(case, "system-out").text = text
            else:
                ElementTree.SubElement(case, "failure", message=text)
    for row, reason in refused.items():
        name = printable(row)
        suite = ElementTree.SubElement(root, "testsuite", name=name, tests="1", errors="1")
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"gate.{name}", name="comparable"
        )
        ElementTree.SubElement(case, "error", message=printable(reason))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def verdict_sheet(verdict: Verdict, run: Run, dataset: Dataset, reference: Path) -> bytes | None:
    """A JPEG of the photos that changed most; None if no photo changed.

    The ground truth is green, the run's mask blue, the baseline's mask magenta.
    """
    samples = {sample.id: sample for sample in dataset.samples}
    predictions = run.predictions() if verdict.changes else {}
    cards = [
        _card(
            change,
            OpenedPhoto(dataset, samples[change.id], run, predictions.get(change.id)),
            run.scored_threshold,
            reference,
        )
        for change in verdict.changes[:CHANGES_DRAWN]
    ]
    return sheet(cards) if cards else None


def _card(change: PhotoChange, opened: OpenedPhoto, threshold: int, reference: Path) -> Card:
    before, now, difference = change.texts
    text = f"IoU {before} → {now} ({difference})"
    try:
        photo, truth = opened.photo, opened.truth
    except PictureError as error:
        return Card(change.id, [text, str(error)], [])
    seen = view(photo, truth)
    outlined = [("ground truth", seen.truth, TRUTH)]
    run, prediction = opened.run, opened.prediction
    is_there = run and prediction and place_exists(mask_place(run, prediction))
    if is_there and opened.alpha is not None:
        outlined.append(("now", shrunk_mask(to_mask(opened.alpha, threshold)), MASK))
    earlier = reference_mask(reference, change.id)
    if earlier is not None and earlier.shape == truth.shape:
        outlined.append(("baseline", shrunk_mask(earlier), SECOND_MASK))
    part = window([np.asarray(mask) for _, mask, _ in outlined])
    tiles = [("photo", tile(seen, part))]
    tiles += [(caption, tile(seen, part, (mask, colour))) for caption, mask, colour in outlined]
    return Card(change.id, [text], tiles)
