"""An Audit becomes ``audit.md``, ``audit.csv`` and the contact sheet ``audit.jpg``."""

import csv
import io
from collections import defaultdict
from pathlib import Path

from evaluate.audit import suspect_sheet
from evaluate.audit.stage import Audit
from evaluate.compare.comparison import Comparison
from evaluate.display.text import escape, markdown_table, printable
from evaluate.report.markdown import comparison_table, sentence, signature
from evaluate.store.atomic import write_atomic

SHEET = "audit.jpg"
SHOWN_IDS = 8  # photos named in a line of notes; audit.csv has all
HELP = (
    "Models see what files do not: a truth that good models agree against, its shift to a pixel, "
    "a piece it lacks. Run one or, better, two, then audit again: `make eval model=isnet …`, "
    "`make eval model=u2net …`, `make audit …`"
)


def publish(audit: Audit, folder: Path) -> None:
    """Write the files into ``folder``; print each suspect with its reasons, and the counts."""
    files = _files(audit)
    for name, data in files.items():
        write_atomic(folder / name, data)
    if not audit.suspects:
        (folder / SHEET).unlink(missing_ok=True)
    lines = [f"{case.id}: {finding.text}" for case in audit.suspects for finding in case.suspects]
    print(printable("\n".join([*lines, _counts(audit)])))
    print(f"Written to {folder}: {', '.join(files)}", flush=True)


def _files(audit: Audit) -> dict[str, bytes]:
    """By name. There is no contact sheet where nothing is suspect."""
    sheet = {SHEET: suspect_sheet.contact(audit)} if audit.suspects else {}
    texts = {"audit.md": _markdown(audit), "audit.csv": _csv(audit)}
    return {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()} | sheet


def _counts(audit: Audit) -> str:
    notes = sum(f.severity == "note" for case in audit.cases for f in case.findings)
    asked = ", ".join(row.label for row in audit.good) or f"no model ({audit.no_models})"
    return (
        f"{len(audit.suspects)} of {len(audit.cases)} photos suspect, {notes} notes; "
        f"asked: the files, the photos' edges and colours, {asked}"
    )


def _markdown(audit: Audit) -> str:
    parts = [f"## Audit of {escape(audit.dataset.name)}", escape(_counts(audit)) + "."]
    if audit.suspects:
        reasons = [
            f"- {escape(case.id)}: **{finding.kind}**: {escape(finding.text)}"
            for case in audit.suspects
            for finding in case.suspects
        ]
        parts += ["### Suspects", "\n".join(reasons)]
        parts.append(f"![The worst: photo, truth, and what a model or a shift says]({SHEET})")
    if notes := _notes(audit):
        parts += ["### Notes", "\n".join(notes)]
    if audit.dataset.problems:
        parts.append("### Files left out of the dataset")
        parts.append("\n".join(f"- {escape(problem)}" for problem in audit.dataset.problems))
    parts += ["### What it does to the comparison", *_tables(audit)]
    if not audit.good:
        parts.append(HELP)
    return "\n\n".join(parts) + "\n"


def _notes(audit: Audit) -> list[str]:
    """One line a kind: how many photos, which, and the sentence of the first."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for case in audit.cases:
        for finding in case.findings:
            if finding.severity == "note":
                found[finding.kind].append((case.id, finding.text))
    lines = []
    for kind, notes in sorted(found.items()):
        some = ", ".join(photo for photo, _ in notes[:SHOWN_IDS])
        more = f" and {len(notes) - SHOWN_IDS} more" if len(notes) > SHOWN_IDS else ""
        which = escape(f"{len(notes)} ({some}{more}), the first: {notes[0][1]}")
        lines.append(f"- **{kind}**: {which}")
    return lines


def _tables(audit: Audit) -> list[str]:
    if audit.full is None or audit.without is None:
        return [f"Nothing to compare: {escape(audit.no_models)}."]
    parts = ["All photos:", *_table(audit.full)]
    if not audit.suspects:
        return [*parts, "Nothing is suspect, so there is no other table."]
    if not audit.without.photos:
        return [*parts, "Every photo is suspect, so there is nothing left for another table."]
    left_out = ", ".join(case.id for case in audit.suspects)
    return [
        *parts,
        f"Without what is suspect ({escape(left_out)}):",
        *_table(audit.without),
        f"<sub>A difference in IoU of up to {audit.full.margin_iou:g} is a tie. The second table "
        "is no result: mend the truths, `make score`, and take the first.</sub>",
    ]


def _table(comparison: Comparison) -> list[str]:
    parts = [
        markdown_table(comparison_table(comparison, "issue")),
        f"<sub>{escape(signature(comparison))}</sub>",
    ]
    outcome = sentence(comparison)
    return [*parts, escape(outcome)] if outcome else parts


def _csv(audit: Audit) -> str:
    """One line a photo: what is odd, then every measure, in the order they were first taken."""
    names = list(dict.fromkeys(name for case in audit.cases for name in case.measures))
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("id", "suspect_kinds", "note_kinds", *names, "findings"))
    for case in audit.cases:
        suspect, note = (
            ";".join(dict.fromkeys(f.kind for f in case.findings if f.severity == severity))
            for severity in ("suspect", "note")
        )
        measures = (case.measures.get(name, "") for name in names)
        shown = (f"{m:.6g}" if isinstance(m, float) else m for m in measures)
        rows.writerow((case.id, suspect, note, *shown, " | ".join(f.text for f in case.findings)))
    return text.getvalue()
