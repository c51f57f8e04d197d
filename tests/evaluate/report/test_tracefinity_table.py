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
    """Stand-ins for two of the six networks, one of which cannot run."""
    for session in (ONE, TWO):
        add_session(tmp_path / "storage", "default", session)
    names = models_of_a_suite("tracefinity")
    assert names == ["isnet", "birefnet", "birefnet-lite", "inspyrenet", "u2net", "u2netp"]
    first, last = names[0], names[-1]
    suite = project / "conf" / "suite" / "tracefinity.yaml"
    suite.write_text(suite.read_text().replace(",".join(names), f"{first},{last}"))
    (project / "conf" / "model" / f"{first}.yaml").write_text(
        f"_target_: models.otsu.Otsu\nlabel: {first}\nthreshold: otsu\n"
    )
    own_model(project, last, "class Model:\n    def __init__(self, *, device):\n"
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
    speed, memory, *ious = cells[first][1:]
    assert re.fullmatch(r"<?\d+\.\d+s", speed)
    assert re.fullmatch(r"\d+GB", memory)
    assert all(0.9 < float(iou) <= 1 for iou in ious[:3])
    assert cells[last][1:] == ["N/A"] * 7
    assert "does not record which tracer made a mask" in done.stdout + done.stderr
