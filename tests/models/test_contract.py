"""The contract suite itself: every violation is reported, and a correct model passes."""

from pathlib import Path

import pytest

from tests.models.contract import watched

GOOD = """
import ctypes, os, socket, subprocess, sys
from pathlib import Path
import numpy as np
from models.segmenter import Prediction, NoMask

class Good:
    device = "cpu"
    def __init__(self, *, device):
        Path(os.environ["CUTOUTBENCH_HOME"], "weights").write_text("allowed while loading")
    def predict(self, image):
        self.side_effect(image)
        return (image[:, :, 0] < 128).astype("uint8") * 255
    def side_effect(self, image):
        pass

class WithFacts(Good):
    def predict(self, image):
        if image.shape == (1, 1, 3):
            raise NoMask("too small", {"width_px": 1})
        return Prediction(super().predict(image), {"tokens_out": 3})
"""
BREAKS = {
    "writes …/cwd/note in predict": "open('note', 'w')",
    "writes …/user/note in predict": "Path.home().joinpath('note').write_text('')",
    "writes …/home/note in predict": "Path(os.environ['CUTOUTBENCH_HOME'], 'note').touch()",
    "leaves user/note": "ctypes.CDLL(None).creat(os.path.expanduser('~/note').encode(), 0o600)",
    "leaves tmp/note": "Path(os.environ['TMPDIR'], 'note').touch()",
    "opens a connection to 127.0.0.1 in predict": "socket.socket().connect(('127.0.0.1', 9))",
    "opens a connection to example.org in predict": "socket.getaddrinfo('example.org', 80)",
    "starts a process": "subprocess.run(['true'])",
    "prints 'word": "print('word')",
    "prints 'by C": "ctypes.CDLL(None).puts(b'by C')",
    "modifies its input (black)": "image[0, 0] = 7",
    "changes the working directory": "os.chdir('/')",
    "gives two answers to the same picture": "self.calls = getattr(self, 'calls', 0) + 1; "
    "image = image if self.calls == 1 else 255 - image",
}


def problems(folder: Path, body: str, names: list[str]) -> list[str]:
    """The violations of the classes of a module ``naughty``."""
    (folder / "naughty.py").write_text(body)
    (folder / "home").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("CUTOUTBENCH_HOME", str(folder / "home"))
        models = [
            {"name": n, "target": f"naughty.{n}", "options": {}, "remote": n.startswith("Remote")}
            for n in names
        ]
        done = watched(models, folder)
    assert done.returncode == bool(done.stderr)
    return done.stderr.replace(str(folder), "…").splitlines()


def test_models_that_keep_the_contract_pass(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD, ["Good", "WithFacts"]) == []


def test_each_violation_is_reported(tmp_path: Path) -> None:
    body, names = GOOD, []
    for number, action in enumerate(BREAKS.values()):
        names.append(f"Bad{number}")
        body += (
            f"\nclass Bad{number}(Good):\n    def predict(self, image):\n"
            f"        {action}\n        return super().predict(image)\n"
        )
    found = problems(tmp_path, body, names)
    for name, problem in zip(names, BREAKS, strict=True):
        assert any(line.startswith(f"{name}: {problem}") for line in found), (name, problem, found)


def test_remote_models_may_connect_to_this_machine_only(tmp_path: Path) -> None:
    body = GOOD + (
        "\nclass RemoteHere(Good):\n    device = 'elsewhere'\n    def side_effect(self, image):\n"
        "        socket.getaddrinfo('127.0.0.1', 80)\n"
        "\nclass RemoteAway(Good):\n    device = 'elsewhere'\n    def side_effect(self, image):\n"
        "        socket.getaddrinfo('example.org', 80)\n"
        "\nclass RemoteNowhere(Good):\n    pass\n"
    )
    found = problems(tmp_path, body, ["RemoteHere", "RemoteAway", "RemoteNowhere"])
    assert not any(line.startswith("RemoteHere") for line in found)
    assert "RemoteAway: opens a connection to example.org in predict" in found
    assert "RemoteNowhere: runs on cpu instead of elsewhere" in found


def test_violations_while_loading_and_wrong_answers_are_reported(tmp_path: Path) -> None:
    body = GOOD + (
        "\nclass Calls(Good):\n    def __init__(self, *, device):\n"
        "        try:\n            socket.create_connection(('192.0.2.1', 80))\n"
        "        except OSError:\n            pass  # as libraries do\n"
        "\nclass Elsewhere(Good):\n    device = 'cuda'\n"
        "\nclass Never(Good):\n    def predict(self, image):\n        raise NoMask('never')\n"
        "\nclass Facts(Good):\n    def predict(self, image):\n"
        "        return Prediction(super().predict(image), {'cost_usd': float('nan')})\n"
        "\nclass Shape(Good):\n    def predict(self, image):\n        return image\n"
    )
    found = problems(tmp_path, body, ["Calls", "Elsewhere", "Never", "Facts", "Shape"])
    for line in (
        "Calls: opens a connection to 192.0.2.1 while loading",
        "Elsewhere: runs on cuda instead of cpu",
        "Never: has no mask for any picture",
        "ValueError: fact cost_usd=nan is neither text nor a finite number",
        "ValueError: predict returned uint8 of shape (121, 91, 3); "
        "it must return uint8 of shape (121, 91)",
    ):
        assert line in found
