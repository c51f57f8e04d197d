"""Making the page: the pictures that are missing, then ``index.html``, then out with the old."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from tqdm import tqdm

from datasets.dataset import Dataset, Sample
from evaluate.compare.analysis import Analysis
from evaluate.compare.comparison import Comparison
from evaluate.display.text import chance, printable
from evaluate.report.columns import FULL
from evaluate.report.html import photo_files
from evaluate.report.html.losses import losses
from evaluate.report.html.page_data import page
from evaluate.report.html.pair_matrix import matrix
from evaluate.report.html.plot_sizes import Plot, plots
from evaluate.report.html.table import histogram
from evaluate.report.outline_table import fit
from evaluate.store.atomic import write_atomic
from evaluate.store.identity import available_cores
from evaluate.store.run_folder import OK, Run

ASSETS = Path(__file__).parent / "assets"
PAGE, PICTURES = "index.html", "html"


def build(
    comparison: Comparison,
    analysis: Analysis,
    texts: Mapping[str, str],
    dataset: Dataset,
    folder: Path,
    runs: Sequence[Run],
) -> Path:
    """Write ``folder/index.html`` and the pictures it shows; returns its path.

    ``texts`` says what each plot in the folder shows, by its name; ``dataset`` is what was scored,
    ``runs`` are those of the comparison's rows.

    Raises:
        ReportsError: a mask is damaged.
    """
    scored = comparison.rows[0].ious
    samples = [sample for sample in dataset.samples if sample.id in scored]
    keys = _pictures(folder / PICTURES, dataset, samples, runs)
    told = page(comparison, analysis, runs, samples, keys)
    rendered = render(told, comparison, analysis, plots(folder, texts))
    write_atomic(folder / PAGE, rendered.encode())
    return folder / PAGE


def _pictures(
    place: Path, dataset: Dataset, samples: list[Sample], runs: Sequence[Run]
) -> dict[str, str]:
    """Make and tidy the pictures; each photo's folder by its id."""
    digests = dict(zip((s.id for s in dataset.samples), dataset.digests, strict=True))
    keys = {s.id: photo_files.photo_key(dataset, s, digests[s.id]) for s in samples}
    names = [f"{photo_files.run_name(run)}.js" for run in runs]
    masked = [{p.id for p in run.predictions().values() if p.status == OK} for run in runs]

    def make(sample: Sample) -> None:
        masks = {
            name: run.mask(sample.id)
            for name, run, ids in zip(names, runs, masked, strict=True)
            if sample.id in ids
        }
        photo_files.make(place / keys[sample.id], dataset, sample, masks)

    with ThreadPoolExecutor(available_cores()) as pool:
        done = pool.map(make, samples)
        for _ in tqdm(done, "report", len(samples), leave=False, unit="photo", delay=1):
            pass
    photo_files.tidy(place, set(keys.values()), set(names))
    return {id_: key for id_, key in keys.items() if (place / key).is_dir()}


def render(
    told: dict[str, Any], comparison: Comparison, analysis: Analysis, drawn: Sequence[Plot]
) -> str:
    """The page, its style and script inside it, so that no version of one meets another's."""
    templates = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(printable=printable, chance=chance)
    places = {row.label: place for place, row in enumerate(comparison.rows)}
    return templates.get_template("page.html.j2").render(
        page=told,
        rows=comparison.rows,
        absent=[one for one in comparison.unable if not comparison.has_row(one)],
        places=places,
        analysis=analysis,
        columns=FULL,
        histogram=histogram,
        pairs=matrix(analysis, places),
        losses=losses(analysis),
        fit=fit(comparison),
        plots=drawn,
        style=_joined("css"),
        script=_joined("js"),
        # "<" is the one character that could end the element that holds it.
        data=json.dumps(told, separators=(",", ":")).replace("<", "\\u003c"),
    )


def _joined(kind: str) -> str:
    """Every file of this kind, in the order of their names."""
    return "\n\n".join(path.read_text("utf-8").strip() for path in sorted(ASSETS.glob(f"*.{kind}")))
