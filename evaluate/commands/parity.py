"""``make parity``: one network by several engines and precisions, compared with the first."""

import os

from evaluate.commands.session import Session
from evaluate.config.options import LIMIT, PARITY_WAYS
from evaluate.config.settings import Settings
from evaluate.display.text import printable
from evaluate.exit_codes import ATTENTION, DONE
from evaluate.parity.measure import run_ways
from evaluate.parity.report import parity_page, parity_record, parity_section
from evaluate.parity.ways import Way, ways_of
from evaluate.store.atomic import write_atomic, write_json
from evaluate.store.identity import machine
from evaluate.store.run_folder import OK, read_json


def run(session: Session, settings: Settings) -> int:
    """Run the ways, and store and print their table; ``against=NAME`` is a further way."""
    dataset = session.dataset(settings)
    own, *others = settings.with_other()
    model, _ = session.model(own)
    ways = ways_of(model, own.conditions, own[PARITY_WAYS])
    for other in others:
        against, _ = session.model(other)
        ways.append(Way(against.label, against, other.conditions))
    for way in ways:
        way.model.agree_on_costs(len(dataset.samples), settings.allowed_usd)
    load_before = os.getloadavg()[0]
    results = run_ways(ways, dataset.samples)
    about = {
        "label": model.label,
        "dataset": dataset.name,
        "hash": dataset.content_hash,
        "limit": settings[LIMIT],
        "threads": own.conditions.threads,
        "machine": machine(),
        "load_before": load_before,
        "load_after": os.getloadavg()[0],
    }
    file = settings.folder / "parity.json"
    records = read_json(file) if file.is_file() else {}
    records[model.row] = parity_record(results, about)
    write_json(file, records)
    write_atomic(settings.folder / "parity.md", parity_page(records).encode())
    print(printable(parity_section(results, about)), flush=True)
    print(f"Written to {settings.folder / 'parity.md'}", flush=True)
    named = own[PARITY_WAYS] is not None
    failed = any(status != OK for result in results for status in result.status)
    missing = any(result.reason for result in results[len(ways) - len(others) :]) or (
        named and any(result.reason for result in results)
    )
    return ATTENTION if failed or missing else DONE
