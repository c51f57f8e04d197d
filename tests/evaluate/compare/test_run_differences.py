"""Differences between two run.json, by kind and name."""

import json

from evaluate.compare.run_differences import Difference, difference_lines, run_differences


def test_differences_are_named_by_kind() -> None:
    plain = {
        "identity": {
            "config": {"target": "t", "options": {"a": {"b": 1, "c": 2}}, "warmup": 1},
            "files": "f" * 40, "code": {"sources": "s", "packages": {"numpy": "1"}},
            "conditions": {"threads": 1}, "machine": {"cpu": "x"},
        },
        "sessions": [{"weights": {"w.onnx": "1"}, "device": "cpu"}], "cutoutbench": "0",
        "git": {"commit": "0123456789abcdef", "dirty": False},
    }  # fmt: skip
    assert run_differences(plain, plain) == []
    other = json.loads(json.dumps(plain))
    other["identity"]["config"]["options"]["a"]["c"] = None
    other["identity"]["config"]["steps"] = {"crop": {"choice": "paper", "options": {"px": 3}}}
    other["identity"]["files"] = "0" * 40
    other["identity"]["machine"] = {}
    other["sessions"] += [{"device": "cuda"}]
    other["git"]["dirty"] = True
    found = run_differences(plain, other)
    assert found == [
        Difference("Settings", "a.c", "2", "none"),
        Difference("Settings", "crop", "none", "paper"),
        Difference("Settings", "crop.px", "none", "3"),
        Difference("Weights", "w.onnx", "1", "none"),
        Difference("Files read", "hash", "f" * 12, "0" * 12),
        Difference("Code", "commit", "0123456789ab", "0123456789ab with changes"),
        Difference("Conditions", "ran on", "cpu", "cuda"),
        Difference("Machine", "cpu", "x", "none"),
    ]
    assert difference_lines(found)[0] == (
        "Settings, A → B: a.c 2 → none; crop none → paper; crop.px none → 3"
    )
