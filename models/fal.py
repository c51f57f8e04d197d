"""Background removal at fal.ai, by default BiRefNet (``fal-ai/birefnet/v2``).

``POST https://fal.run/NAME`` waits for the result. The request asks for the mask only, made with
fal's standard weights. ``sync_mode`` returns the picture inside the answer and keeps it out of
fal's history (https://fal.ai/models/fal-ai/birefnet/v2/api).
"""

from models.remote.hosted import HostedModel
from models.remote.http import Exchange
from models.segmenter import Facts, NoMask


class Fal(HostedModel):
    """``name`` is the endpoint's path."""

    key_variable = "FAL_KEY"
    key_page = "fal.ai/dashboard/keys"
    scheme = "Key"

    def request_mask(self, exchange: Exchange, photo: str) -> tuple[str, Facts]:
        """The mask's address, usually a data URI; no facts."""
        body = {
            "image_url": photo,
            "operating_resolution": self.resolution,
            "mask_only": True,
            "refine_foreground": False,  # would change colours, not the mask
            "output_format": "png",
            "sync_mode": True,
        }
        answer = exchange.json("POST", self.name, json=body)
        image = answer.get("image")
        if not isinstance(image, dict) or not isinstance(image.get("url"), str):
            raise NoMask("the answer has no image.url")
        return image["url"], {}
