"""Feeds a target with inputs that atheris chooses by the code that earlier ones reached.

atheris drives libFuzzer, which never returns: the last input ends the process.
"""

import os
import sys
from pathlib import Path

import atheris


def main(name: str, folder: str, seed: str, first: str, last: str) -> None:
    """Try ``last`` − ``first`` inputs."""
    with atheris.instrument_imports(include=["datasets", "models", "evaluate"]):
        from tests.fuzz.driver import Driver

        driver = Driver(name, Path(folder), int(first))
    corpus = Path(folder) / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, data in enumerate(driver.ready.corpus):
        (corpus / str(number)).write_bytes(data)

    def attempt(data: bytes) -> None:
        driver.attempt(data)
        if driver.done == int(last):
            driver.finish()
            os._exit(0)

    # The campaign ends hangs; atheris takes a timeout of 0 s by its word, not as none.
    options = [f"-seed={int(seed) + 1}", "-max_len=4096", "-timeout=3600", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], attempt)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
