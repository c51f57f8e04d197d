"""Writes MMagic's matting errors of pairs of alphas. Started by its environment's Python.

Reads an .npz (argument) of planes ``<name>/alpha``, ``<name>/truth`` and ``<name>/trimap`` (uint8;
a trimap is 0, 128 or 255). Prints JSON: the versions, and the four errors by name.

MMagic's metrics import PyTorch, MMCV and MMEngine, but use nothing of them for numbers. Stand-ins
replace them here, so that only NumPy and OpenCV are needed beside MMagic.
"""

# mypy: ignore-errors
import importlib.util
import json
import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np


class Plane:
    """A plane that answers like a tensor."""

    def __init__(self, plane):
        self._plane = plane

    def __getitem__(self, index):
        return Plane(self._plane[index])

    def cpu(self):
        return self

    def numpy(self):
        return self._plane


class BaseMetric:
    """MMEngine's, as far as numbers go."""

    def __init__(self, *_):
        self.results = []


class Registry:
    """MMagic's, which keeps nothing."""

    def register_module(self):
        return lambda cls: cls


def stand_in(name, **attributes):
    module = ModuleType(name)
    vars(module).update(attributes, __path__=[])
    sys.modules[name] = module
    return module


def metrics():
    for name in ("mmcv", "mmengine", "torch", "torch.utils", "torch.utils.data"):
        stand_in(name)
    sys.modules["torch"].nn = stand_in("torch.nn", Module=object)
    stand_in("torch.utils.data.dataloader", DataLoader=object)
    stand_in("mmengine.model", is_model_wrapper=None)
    stand_in("mmengine.evaluator", BaseMetric=BaseMetric)
    folder = Path(importlib.util.find_spec("mmagic").submodule_search_locations[0])
    stand_in("mmagic")
    stand_in("mmagic.registry", METRICS=Registry())
    stand_in("mmagic.utils", reorder_image=None)
    # Packages with their own folders, but without what their __init__.py imports.
    for name in ("evaluation", "evaluation.metrics", "evaluation.functional"):
        stand_in(f"mmagic.{name}").__path__ = [str(folder.joinpath(*name.split(".")))]
    from mmagic.evaluation.functional.gaussian_funcs import gauss_gradient

    sys.modules["mmagic.evaluation.functional"].gauss_gradient = gauss_gradient
    from mmagic.evaluation.metrics.connectivity_error import ConnectivityError
    from mmagic.evaluation.metrics.gradient_error import GradientError
    from mmagic.evaluation.metrics.matting_mse import MattingMSE
    from mmagic.evaluation.metrics.sad import SAD

    return {
        "sad": SAD,
        "mse": MattingMSE,
        "gradient": GradientError,
        "connectivity": ConnectivityError,
    }


def main():
    planes = dict(np.load(sys.argv[1]))
    names = sorted({key.rpartition("/")[0] for key in planes})
    classes, errors = metrics(), {}
    for name in names:
        alpha, truth, trimap = (
            Plane(planes[f"{name}/{part}"]) for part in ("alpha", "truth", "trimap")
        )
        sample = {
            "ori_trimap": Plane(trimap.numpy()[None]),
            "ori_alpha": Plane(truth.numpy()[None]),
            "output": {"pred_alpha": alpha},
        }
        errors[name] = {}
        for metric, cls in classes.items():
            judge = cls()
            judge.process([], [sample])
            (value,) = judge.compute_metrics(judge.results).values()
            errors[name][metric] = float(value)
    versions = {
        "MMagic": version("mmagic"),
        "NumPy": np.__version__,
        "OpenCV": cv2.__version__,
    }
    print(json.dumps({"versions": versions, "errors": errors}))


if __name__ == "__main__":
    main()
