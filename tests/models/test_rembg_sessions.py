"""``suite=rembg`` is every network that the installed rembg runs, at its own URLs and hashes."""

import inspect
import os
from functools import cache
from typing import Any

import pytest

from tests.support.model_yamls import MODEL_NAMES, model_yaml
from tests.support.projects import models_of_a_suite

LEFT_OUT = {
    "sam": "needs prompts; sam-base and sam-large are rows of their own",
    "u2net_cloth_seg": "gives three masks, of upper, lower and whole-body clothes",
    "birefnet-general-fp16": "birefnet-general's weights, converted on this machine by a package "
    "that is not installed; for GPUs",
    "dis_custom": "a file of the user's: model=onnx",
    "u2net_custom": "a file of the user's: model=onnx",
    "ben_custom": "a file of the user's; ben2 is a row of its own",
    "withoutbg": "remote and billed; its open weights are a row of their own",
    "atlascloud": "remote and billed",
}
ROWS = {
    content["session"]: name
    for name, content in ((name, model_yaml(name)) for name in MODEL_NAMES)
    if content["_target_"] == "models.rembg.Rembg"
}


@cache
def sessions() -> dict[str, Any]:
    """rembg's own classes by session name."""
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # as models/rembg.py, saves 40 s
    from rembg.sessions import sessions as found

    return dict(found)


def test_the_suite_has_every_session_or_a_reason() -> None:
    new = sorted(sessions().keys() - ROWS.keys() - LEFT_OUT.keys())
    assert not new, f"rembg has new sessions: {', '.join(new)}; add a yaml, or a reason to LEFT_OUT"
    gone = sorted((ROWS.keys() | LEFT_OUT.keys()) - sessions().keys())
    assert not gone, f"rembg no longer has: {', '.join(gone)}"
    assert not ROWS.keys() & LEFT_OUT.keys()
    assert sorted(models_of_a_suite("rembg")) == sorted(ROWS.values())


@pytest.mark.parametrize("session", ROWS)
def test_urls_and_hashes_are_rembgs_own(session: str) -> None:
    weights = model_yaml(ROWS[session])["weights"]
    source = inspect.getsource(sessions()[session].download_models)
    assert weights["url"] in source
    assert weights["hash"] in source
