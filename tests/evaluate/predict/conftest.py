"""The model whose lines a test writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evaluate.predict.faulty_model import FaultyModel


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyModel]:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    faulty = FaultyModel(tmp_path)
    yield faulty
    faulty.close()
