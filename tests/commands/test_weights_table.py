"""The list of weight files: the same from the wrappers and as kept, and never out of date."""

from pathlib import Path

import pytest

from tests.support.commands import Command

U2NETP = Path("rembg/models/u2netp/u2netp.onnx")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where weights belong; the list is kept there too."""
    place = tmp_path / "home"
    place.mkdir()
    return place


def listed(command: Command, project: Path, home: Path) -> list[str]:
    """The list of a project, line by line."""
    done = command("weights", project=project, env={"CUTOUTBENCH_HOME": str(home)})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def line_of(lines: list[str], model: str) -> str:
    (found,) = [line for line in lines if line.split()[:1] == [model]]
    return found


def test_the_kept_list_is_that_of_the_wrappers(command: Command, project: Path, home: Path) -> None:
    first = listed(command, project, home)
    assert (home / ".cache.sqlite").is_file()
    assert len(first) > 30
    assert listed(command, project, home) == first
    (home / ".cache.sqlite").write_bytes(b"no database")
    assert listed(command, project, home) == first


def test_whether_a_file_is_here_is_looked_up(command: Command, project: Path, home: Path) -> None:
    assert line_of(listed(command, project, home), "u2netp").endswith("missing")
    (home / U2NETP).parent.mkdir(parents=True)
    (home / U2NETP).write_bytes(b"\0" * 9)
    assert line_of(listed(command, project, home), "u2netp").endswith("wrong size")
    (home / U2NETP).write_bytes(b"\0" * 4_574_861)
    assert line_of(listed(command, project, home), "u2netp").endswith("present")


def test_a_changed_yaml_or_source_is_asked(command: Command, project: Path, home: Path) -> None:
    listed(command, project, home)
    yaml = project / "conf" / "model" / "u2netp.yaml"
    yaml.write_text(yaml.read_text().replace("4574861", "5574861"))
    assert "5.6 MB" in line_of(listed(command, project, home), "u2netp")
    source = project / "models" / "weights" / "download.py"
    source.write_text(source.read_text().replace(" MB", " megabytes"))
    assert "5.6 megabytes" in line_of(listed(command, project, home), "u2netp")
