"""``suite=tracefinity`` on a storage folder: tracefinity's six networks and its columns."""

import re
from pathlib import Path

from tests.datasets.test_tracefinity import ONE, TWO, add_session
from tests.support.commands import Command
from tests.support.projects import models_of_a_suite, own_model

TITLES = ["Approach", "Speed (CPU)", "Min RAM", "Avg IoU", "Min IoU", "Median IoU", ">0.9 IoU",
          ">0.7 IoU"]  # fmt: skip


def test_one_command_gives_tracefinitys_table(
    command: Command, project: Path, tmp_path: Path
) -> None:
    """Stand-ins under the six names; the last cannot run."""
    for session in (ONE, TWO):
        add_session(tmp_path / "storage", "default", session)
    names = models_of_a_suite("tracefinity")
    assert names == ["isnet", "birefnet", "birefnet-lite", "inspyrenet", "u2net", "u2netp"]
    for name in names[:-1]:
        (project / "conf" / "model" / f"{name}.yaml").write_text(
            f"_target_: models.otsu.Otsu\nlabel: {name}\nthreshold: otsu\n"
        )
    own_model(project, names[-1], "class Model:\n    def __init__(self, *, device):\n"
              "        import nosuch\n")  # fmt: skip
    done = command(
        "eval", "suite=tracefinity", "dataset=tracefinity", f"dataset.root={tmp_path / 'storage'}",
        project=project,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    table = done.stdout.splitlines()
    header = next(line for line in table if line.startswith("Approach"))
    assert re.split("  +", header) == TITLES
    rows = [re.split("  +", line) for line in table]
    cells = {row[0]: row for row in rows if len(row) == len(TITLES)}
    for name in names[:-1]:
        speed, memory, *iou = cells[name][1:]
        assert re.fullmatch(r"<?\d+\.\d+s", speed)
        assert re.fullmatch(r"\d+GB", memory)
        assert all(0.9 < float(value) <= 1 for value in iou[:3])
    assert cells[names[-1]][1:] == ["N/A"] * 7
    assert "does not record which tracer made a mask" in done.stdout + done.stderr
