"""``make eval``: predict and score; the session compares once all models are done."""

from evaluate.commands.predict import predict_all
from evaluate.commands.session import Session
from evaluate.commands.steps.one_pass import ScoresBeside, visitor
from evaluate.commands.steps.paper import want_paper_metrics
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.score.photo_traits import traits_of
from evaluate.score.stage import blank_truths, score_run
from evaluate.store.run_folder import Run
from evaluate.store.traits import TRAITS


def run(session: Session, settings: Settings) -> int:
    """Predict and score one model's run."""
    dataset = session.dataset(settings)
    stored = Run(settings.runs / settings.model.row)
    with ScoresBeside(settings, dataset) as beside:
        code = predict_all(session, settings, dataset, beside)
    if not dataset.samples:
        say(f"{dataset.name}: no photo falls into shard {dataset.shard}; its run is stored")
        return code
    session.reported.setdefault(settings.folder, settings)
    visit = visitor(settings, dataset, stored)
    scores = score_run(stored, dataset, settings.measuring, visit)
    if line := blank_truths(dataset, scores):
        session.problems[line] = None
    want_paper_metrics(session, settings, dataset, stored)
    session.scored.setdefault(settings.folder, []).append(stored.row)
    traits_of(dataset, settings.folder / TRAITS)
    return code
