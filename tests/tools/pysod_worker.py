"""Answers requests with values and times of PySODMetrics. Started by its environment's Python.

Reads an .npz (argument) of planes ``<name>/alpha`` and ``<name>/truth`` (uint8 0 or 255), then one
JSON request a line: {"metric": saliency | weighted_f | hce | iou, "name", "stretched"}. Answers one
JSON line each: {"value", "seconds"}.
"""

# mypy: ignore-errors
import json
import sys
import time
import warnings

import numpy as np
import py_sod_metrics as sod


def saliency(alpha, truth, normalize):
    steps = sod.MAE(), sod.Smeasure(), sod.Emeasure(), sod.Fmeasure()
    for step in steps:
        step.step(pred=alpha, gt=truth, normalize=normalize)
    mae, s, e, f = (step.get_results() for step in steps)
    curves = {
        "e_curve": e["em"]["curve"],
        "f_curve": f["fm"]["curve"],
        "precision_curve": f["pr"]["p"],
        "recall_curve": f["pr"]["r"],
    }
    return {
        "mae": float(mae["mae"]),
        "s": float(s["sm"]),
        "e_adaptive": float(e["em"]["adp"]),
        "f_adaptive": float(f["fm"]["adp"]),
        **{name: curve[::-1].tolist() for name, curve in curves.items()},  # by rising threshold
    }


def overlap(alpha, truth, normalize):
    handler = sod.IOUHandler(with_adaptive=True, with_dynamic=True)
    metric = sod.FmeasureV2(metric_handlers={"iou": handler})
    metric.step(pred=alpha, gt=truth, normalize=normalize)
    return metric.get_results()["iou"]["dynamic"].tolist()


def weighted_f(alpha, truth, normalize):
    metric = sod.WeightedFmeasure()
    metric.step(pred=alpha, gt=truth, normalize=normalize)
    return float(metric.get_results()["wfm"])


def hce(alpha, truth, normalize):
    metric = sod.HumanCorrectionEffortMeasure()
    metric.step(pred=alpha, gt=truth, normalize=normalize)
    return float(metric.get_results()["hce"])


def everything(alpha, truth, normalize):
    return saliency(alpha, truth, normalize) | {"iou": overlap(alpha, truth, normalize)}


METRICS = {
    "saliency": saliency,
    "everything": everything,
    "weighted_f": weighted_f,
    "hce": hce,
    "iou": overlap,
}


def main():
    import cv2
    import skimage

    cv2.setNumThreads(1)
    warnings.simplefilter("ignore")
    planes = dict(np.load(sys.argv[1]))
    versions = {"numpy": np.__version__, "OpenCV": cv2.__version__, "skimage": skimage.__version__}
    print(json.dumps(versions), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        alpha, truth = (planes[f"{request['name']}/{part}"] for part in ("alpha", "truth"))
        normalize = request["stretched"]
        if not normalize:
            alpha, truth = alpha / 255, truth > 128
        start = time.perf_counter()
        value = METRICS[request["metric"]](alpha, truth, normalize)
        print(json.dumps({"value": value, "seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main()
