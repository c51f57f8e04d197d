"""Writes an Audit as ``audit.md``, ``audit.csv`` and the contact sheet ``audit.jpg``."""

import csv
import io
from collections import defaultdict
from pathlib import Path

from evaluate.audit.stage import Audit
from evaluate.audit.suspect_sheet import suspect_sheet
from evaluate.compare.analysis import analyse
from evaluate.compare.comparison import Comparison
from evaluate.display.text import count_text, escape, markdown_table, printable
from evaluate.report.decision.first_lines import first_lines
from evaluate.report.html.audit_findings import AUDIT_CSV, FINDINGS_JOINT, write_audit_source
from evaluate.report.markdown import comparison_table, signature
from evaluate.store.atomic import write_atomic
from evaluate.store.formats.formula_cells import text_cell

_SHEET = "audit.jpg"
SHOWN_IDS = 8  # photos named per kind of note; audit.csv has all
HELP = (
    "Good models reveal more: truths that they agree on against the dataset, exact shifts, missing "
    "pieces. Run one or, better, two, then audit again: `make eval model=isnet …`, "
    "`make eval model=u2net …`, `make audit …`"
)


def publish_audit(audit: Audit, folder: Path) -> None:
    """Write the files into ``folder``; print the findings of each suspect photo, and the counts."""
    files = _files(audit)
    for name, data in files.items():
        write_atomic(folder / name, data)
    write_audit_source(folder, audit.dataset.content_hash, files[AUDIT_CSV])
    if not audit.suspects:
        (folder / _SHEET).unlink(missing_ok=True)
    lines = [f"{case.id}: {finding.text}" for case in audit.suspects for finding in case.suspects]
    print(printable("\n".join([*lines, _counts(audit)])))
    print(
        f"Written to {folder}: {', '.join(files)}; make compare shows them on the page", flush=True
    )


def _files(audit: Audit) -> dict[str, bytes]:
    """The files by name; there is no contact sheet if nothing is suspect."""
    sheet = {_SHEET: suspect_sheet(audit)} if audit.suspects else {}
    texts = {"audit.md": _markdown(audit), AUDIT_CSV: _csv(audit)}
    return {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()} | sheet


def _counts(audit: Audit) -> str:
    notes = sum(f.severity == "note" for case in audit.cases for f in case.findings)
    models = ", ".join(row.label for row in audit.good) or f"no model ({audit.no_models})"
    return (
        f"{len(audit.suspects)} of {len(audit.cases)} photos suspect, {count_text(notes, 'note')}; "
        f"checked against: the files, the photos' edges and colours, {models}"
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
        parts.append(
            f"![The worst: photo, truth, the shifted truth and the models' masks]({_SHEET})"
        )
    if notes := _notes(audit):
        parts += ["### Notes", "\n".join(notes)]
    if audit.dataset.problems:
        parts.append("### Files left out of the dataset")
        parts.append("\n".join(f"- {escape(problem)}" for problem in audit.dataset.problems))
    if audit.dataset.warnings:
        parts.append("### Lines to correct in the photos' table")
        parts.append("\n".join(f"- {escape(line)}" for line in audit.dataset.warnings))
    parts += ["### Effect on the comparison", *_tables(audit)]
    if not audit.good:
        parts.append(HELP)
    return "\n\n".join(parts) + "\n"


def _notes(audit: Audit) -> list[str]:
    """One line per kind: the number of photos, their ids, and the text of the first finding."""
    by_kind: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for case in audit.cases:
        for finding in case.findings:
            if finding.severity == "note":
                by_kind[finding.kind].append((case.id, finding.text))
    lines = []
    for kind, notes in sorted(by_kind.items()):
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
        return [*parts, "Nothing is suspect, so there is no second table."]
    if not audit.without.photos:
        return [*parts, "Every photo is suspect, so there is no second table."]
    left_out = ", ".join(case.id for case in audit.suspects)
    return [
        *parts,
        f"Without the suspect photos ({escape(left_out)}):",
        *_table(audit.without),
        f"<sub>A difference in IoU of up to {audit.full.margin_iou:g} is a tie. The second table "
        "is not a result: correct the truths, run `make score`, and use the first.</sub>",
    ]


def _table(comparison: Comparison) -> list[str]:
    parts = [
        markdown_table(comparison_table(comparison, "issue")),
        f"<sub>{escape(signature(comparison))}</sub>",
    ]
    return [*map(escape, first_lines(analyse(comparison))), *parts]


def _csv(audit: Audit) -> str:
    """One line per photo: kinds of findings, all measures in order of first use, texts."""
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
        shown = (f"{m:.6g}" if isinstance(m, float) else text_cell(str(m)) for m in measures)
        texts = text_cell(FINDINGS_JOINT.join(finding.text for finding in case.findings))
        rows.writerow((text_cell(case.id), suspect, note, *shown, texts))
    return text.getvalue()
