"""rembg's sessions, each on a small network with the real one's inputs and outputs."""

from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from tests.support.networks import about, random_network, served


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    session = str(options["session"])
    if session.startswith("birefnet"):
        network = random_network(1024, "input_image", ("output_image",), logits=True)
    elif session.startswith("bria"):
        network = random_network(1024, "pixel_values", ("alphas",))
    elif session.startswith("isnet"):
        network = random_network(1024, "input", ("output", "1890"))
    else:  # u2net and its smaller kin
        network = random_network(320, "input.1", ("1959", "1960"))
    return {**options, "weights": {"url": served(server, network), **about(network)}}
