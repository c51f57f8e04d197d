"""A short form of ``make faults``: models that misbehave."""

import sys
from pathlib import Path
from random import Random

import pytest

from tests.faults import models
from tests.faults.campaign import bad_trials
from tests.faults.models import ModelBench

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a fork is not sound")


def test_models_that_misbehave(tmp_path: Path) -> None:
    bench = ModelBench(tmp_path)
    assert bad_trials(models.misbehaving(bench, Random(1)), 7) == []
    bench.close()
