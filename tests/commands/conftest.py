"""A run on the built-in photos, for the tests that only read it."""

from pathlib import Path

import pytest

from tests.support.commands import run_command


@pytest.fixture(scope="session")
def otsu_on_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of ``make eval model=otsu`` on the built-in photos."""
    reports = tmp_path_factory.mktemp("sample") / "reports"
    done = run_command("eval", "model=otsu", f"reports={reports}", "html=false")
    assert done.returncode == 0, done.stderr
    return reports / "sample"
