"""BiRefNet as a user of Replicate packed it (``men1scus/birefnet``).

``POST /v1/predictions`` waits up to a minute, then the prediction is looked at every second; what
takes longer than a photo may, Replicate is asked to cancel
(https://replicate.com/docs/reference/http). Its recipe, as its author published it: squashed
bilinearly to ``resolution``, ImageNet mean and std, the network's sigmoid output bilinearly at the
photo's size, as a gray picture (https://github.com/Men1scus/Replicate_BiRefNet).
"""

import math
import time
from typing import Any

from models.remote.hosted import Hosted
from models.remote.http import Exchange
from models.remote.retry import line
from models.segmenter import Facts, NoMask

UNFINISHED = ("starting", "processing")
LONGEST_HOLD_S = 60  # for which Replicate keeps a request waiting


class Replicate(Hosted):
    """``name`` is ``owner/model:version``."""

    key_variable = "REPLICATE_API_TOKEN"
    keys_at = "replicate.com/account/api-tokens"
    scheme = "Bearer"

    def ask(self, exchange: Exchange, photo: str) -> tuple[str, Facts]:
        """The URL of the mask, and the seconds of the GPU."""
        limit_s = math.ceil(self.timeout_s)
        prediction = exchange.json(
            "POST",
            "v1/predictions",
            json={
                "version": self.name,
                "input": {"image": photo, "resolution": self.resolution},
            },
            headers={
                "Prefer": f"wait={min(LONGEST_HOLD_S, limit_s)}",
                "Cancel-After": f"{max(5, limit_s)}s",
            },
        )
        while prediction.get("status") in UNFINISHED:
            time.sleep(min(1.0, exchange.remaining_s()))
            # Not the URL that the answer names, to which the key would go.
            prediction = exchange.json("GET", f"v1/predictions/{prediction.get('id')}")
        facts = _gpu_seconds(prediction.get("metrics"))
        if prediction.get("status") != "succeeded":
            said = line(f"{prediction.get('status')}: {prediction.get('error')}", self.key)
            raise NoMask(f"the prediction {said}", {**facts, "failure": "refused"})
        if not isinstance(prediction.get("output"), str):
            raise NoMask("the prediction has no picture", facts)
        return prediction["output"], facts


def _gpu_seconds(metrics: Any) -> Facts:
    seconds = metrics.get("predict_time") if isinstance(metrics, dict) else None
    return {"gpu_s": seconds} if isinstance(seconds, int | float) else {}
