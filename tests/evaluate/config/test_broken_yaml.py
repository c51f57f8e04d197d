"""A slip in a person's own yaml is a line with its place, and no traceback."""

from pathlib import Path

import pytest

from tests.support.commands import Command
from tests.support.projects import own_model


@pytest.mark.parametrize(
    ("slip", "reason"),
    [
        ("size: x: y\n", "line 4: mapping values are not allowed here; put a text that"),
        ("mean: [0.5\nstd: 1\n", "line 5: expected ',' or ']'"),
        ("size: \x00\n", "special characters are not allowed"),
    ],
)
def test_a_slip_is_named(command: Command, project: Path, slip: str, reason: str) -> None:
    own_model(project, "mine", "")
    path = project / "conf" / "model" / "mine.yaml"
    path.write_text(path.read_text() + slip)
    done = command("eval", "model=mine", project=project)
    assert done.returncode == 2
    assert f"{path}" in done.stderr
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
