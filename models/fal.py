"""A model at fal.ai that takes a photo's background away, BiRefNet (``fal-ai/birefnet/v2``) first.

``POST https://fal.run/NAME`` waits for the result; the mask alone is asked for, of fal's standard
weights. ``sync_mode`` brings the picture within the answer and keeps it out of fal's history
(https://fal.ai/models/fal-ai/birefnet/v2/api).
"""

from models.remote.hosted import Hosted
from models.remote.http import Exchange
from models.segmenter import Facts, NoMask


class Fal(Hosted):
    """``name`` is the path of the endpoint."""

    key_variable = "FAL_KEY"
    keys_at = "fal.ai/dashboard/keys"
    scheme = "Key"

    def ask(self, exchange: Exchange, photo: str) -> tuple[str, Facts]:
        """The mask, as a rule a data URI."""
        wishes = {
            "image_url": photo,
            "operating_resolution": self.resolution,
            "mask_only": True,
            "refine_foreground": False,  # of colours, not of the mask
            "output_format": "png",
            "sync_mode": True,
        }
        answer = exchange.json("POST", self.name, json=wishes)
        image = answer.get("image")
        if not isinstance(image, dict) or not isinstance(image.get("url"), str):
            raise NoMask("the answer has another form than fal's")
        return image["url"], {}
