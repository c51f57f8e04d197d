"""BiRefNet at Replicate, as a user packaged it (``men1scus/birefnet``).

``POST /v1/predictions`` waits up to a minute, then the prediction is polled every second. A request
header has Replicate cancel what exceeds the photo's time limit
(https://replicate.com/docs/reference/http). Recipe, as its author published it: squashed
bilinearly to ``resolution``, ImageNet mean and std, the network's sigmoid output resized bilinearly
to the photo, as a gray picture (https://github.com/Men1scus/Replicate_BiRefNet).
"""

import math
import time
from typing import Any

from models.remote.hosted import HostedModel
from models.remote.http import Exchange
from models.remote.redact import redact
from models.segmenter import Facts, NoMask

IN_PROGRESS = ("starting", "processing")
LONGEST_HOLD_S = 60  # Replicate's limit for one waiting request
SHORTEST_CANCEL_S = 5  # Replicate's lower limit for Cancel-After


class Replicate(HostedModel):
    """``name`` is ``owner/model:version``."""

    key_variable = "REPLICATE_API_TOKEN"
    key_page = "replicate.com/account/api-tokens"
    scheme = "Bearer"

    def request_mask(self, exchange: Exchange, photo: str) -> tuple[str, Facts]:
        """The mask's URL, and the GPU seconds."""
        limit_s = math.ceil(self.endpoint.timeout_s)
        prediction = exchange.json(
            "POST",
            "v1/predictions",
            json={
                "version": self.name,
                "input": {"image": photo, "resolution": self.resolution},
            },
            headers={
                "Prefer": f"wait={min(LONGEST_HOLD_S, limit_s)}",
                "Cancel-After": f"{max(SHORTEST_CANCEL_S, limit_s)}s",
            },
        )
        while prediction.get("status") in IN_PROGRESS:
            time.sleep(min(1.0, exchange.remaining_s()))
            # Not the URL that the answer names: the key would be sent there.
            prediction = exchange.json("GET", f"v1/predictions/{prediction.get('id')}")
        facts = _gpu_seconds(prediction.get("metrics"))
        if prediction.get("status") != "succeeded":
            outcome = f"{prediction.get('status')}: {prediction.get('error')}"
            reason = f"the prediction {redact(outcome, self.endpoint.key)}"
            raise NoMask(reason, {**facts, "failure": "refused"})
        if not isinstance(prediction.get("output"), str):
            raise NoMask("the prediction has no picture", facts)
        return prediction["output"], facts


def _gpu_seconds(metrics: Any) -> Facts:
    seconds = metrics.get("predict_time") if isinstance(metrics, dict) else None
    return {"gpu_s": seconds} if isinstance(seconds, int | float) else {}
