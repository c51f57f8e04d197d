"""Under which licences a model may be used: its code's, and its weights', which may be another.

Masks that come out of a stored run are under its licences. They are recorded with a run, outside
its key. Where one of them binds those who use the model, because it is AGPL or non-commercial, they
are told when it is chosen and under each of its tables. That is read from the licences' own words.
"""

from evaluate.predict.model import Model, class_of
from models.segmenter import DerivedFromRun
from models.weights.weight_file import HasWeights


def licences(model: Model) -> dict[str, str]:
    """The licences of the model's ``code`` and ``weights``, as far as they are stated."""
    found = {"code": model.licence} if model.licence else {}
    build = class_of(model)
    if isinstance(build, DerivedFromRun):
        return {**found, **build.origin(model.options).get("licences", {})}
    if isinstance(build, HasWeights):
        try:
            files = build.weights_of(model.options)
        except Exception:  # options that make no sense; its own process says so
            files = []
        if files:
            found["weights"] = " and ".join(sorted({file.licence for file in files}))
    return found
