"""The licences of a model's code and of its weights.

A model that derives its masks from a stored run has that run's licences. A run records its
licences outside its key. Licences that bind the user, AGPL and non-commercial ones, are shown when
the model is chosen and under each of its tables (``evaluate.compare.licence_terms``).
"""

from evaluate.predict.model import Model, class_of
from models.segmenter import DerivedFromRun
from models.weights.weight_file import HasWeights


def licences(model: Model) -> dict[str, str]:
    """The licences of the model's ``code`` and ``weights``, as far as they are stated."""
    known = {"code": model.licence} if model.licence else {}
    build = class_of(model)
    if isinstance(build, DerivedFromRun):
        return {**known, **build.origin(model.options).get("licences", {})}
    if isinstance(build, HasWeights):
        try:
            files = build.weights_of(model.options)
        except Exception:  # invalid options; the model's process reports them
            files = []
        if files:
            known["weights"] = " and ".join(sorted({file.licence for file in files}))
    return known
