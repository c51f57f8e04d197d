"""What a network's recipe may be, for the rows that run it natively and in a browser."""

from models.segmenter import Unavailable

RESAMPLE = ("bilinear", "linear", "lanczos")
ACTIVATION = ("none", "sigmoid")
ARITHMETIC = ("plain", "rembg")


def check_recipe(
    resample: str,
    activation: str,
    arithmetic: str,
    divide_by: float | str,
    std: float | list[float],
) -> None:
    """Refuse settings that no network can be run with.

    Raises:
        Unavailable: one of these settings is none of its values, or a divisor is 0.
    """
    if resample not in RESAMPLE:
        raise Unavailable(f"model.resample={resample}: use bilinear, linear or lanczos")
    if activation not in ACTIVATION:
        raise Unavailable(f"model.activation={activation}: use none or sigmoid")
    if arithmetic not in ARITHMETIC:
        raise Unavailable(f"model.arithmetic={arithmetic}: use plain or rembg")
    if not divide_by or not all(std if isinstance(std, list) else [std]):
        raise Unavailable("model.divide_by and model.std must not be 0; both are divisors")
