"""Models that misbehave while they load or predict; mended, the same command makes up for it."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from random import Random

from PIL import Image as Pillow

from tests.evaluate.predict.faulty_model import TOOLS
from tests.faults.stages import NAMES, Bench, Prepared, Stage
from tests.faults.trial import Outcome, Trial, Trials, finish, how_it_ended
from tests.support.projects import copy_project, own_model

SOURCE = (
    TOOLS
    + """
import numpy
class Model:
    def __init__(self, *, device):
        self.device = "cpu"
        self.act("load", None)
    def act(self, when, image):
        if (FOLDER / when).exists():
            names = {**globals(), "image": image, "result": None}
            exec((FOLDER / when).read_text(), names)
            return names["result"]
    def predict(self, image):
        if image[0, 0, 0] == 0 or (FOLDER / "every").exists():
            result = self.act("predict", image)
            if result is not None:
                return result
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""
)
BOTH: Mapping[str, str] = {
    "segfault": "os.kill(os.getpid(), signal.SIGSEGV)",
    "abort": "os.abort()",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "exits": "os._exit(7)",
    "exits with 0": "os._exit(0)",
    "SystemExit": "raise SystemExit(5)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "raises": "raise RuntimeError('no such layer')",
    "recursion": "f = lambda: f()\nf()",
    "forks and dies": "if native_fork() == 0: hang()\nos.kill(os.getpid(), signal.SIGSEGV)",
    "forks and exits": "if os.fork() == 0: hang()\nos._exit(3)",
    "hangs": "hang()",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)\nhang()",
    "ignores TERM and hangs": "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nhang()",
    "closes its descriptors": "os.closerange(3, 1000)",
    "closes all descriptors": "os.closerange(0, 1000)",
    "garbage on the channel": "write_everywhere(b'\\xff\\x00garbage\\n')",
    "half a message": 'write_everywhere(b\'{\\"status\\": \\"ok\\"\')\nos._exit(0)',
    "a foreign answer": 'write_everywhere(b\'{\\"status\\": \\"ok\\", \\"number\\": 99}\\n\')',
    "an endless line": "write_everywhere(b'{' * (1 << 25))",
    "daemon and dies": "daemon('daemon')\nos.kill(os.getpid(), signal.SIGSEGV)",
    "kills its keeper": "os.kill(os.getppid(), signal.SIGKILL)\nhang()",
    "memory limit": "result = numpy.ones(3 << 27)",
}
PREDICTING: Mapping[str, str] = {
    "NaN": "result = numpy.full(image.shape[:2], numpy.nan, numpy.float32)",
    "another shape": "result = image",
    "no array": "result = 'mask'",
    "a child answers too": "os.fork()\nresult = None",
    "fatal after the answer": "import threading\n"
    "threading.Timer(0.05, os.kill, (os.getpid(), 11)).start()",
}
WITHOUT_TROUBLE: Mapping[str, str] = {
    "daemon": "daemon('daemon')",
    "a child that stays": "if os.fork() == 0: hang()",
    "a program that stays": "subprocess.Popen(['sleep', '100000'])",
    "chatter": "print('chatter' * 1000)\nos.system('echo more')",
    "another folder": "os.chdir('/')",
    "other handlers": "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
}
SLOW = ("hangs", "stops itself", "ignores TERM and hangs")
STAGE = Stage(
    "misbehaving",
    ("eval", "model=own", "timeout_s=15", "load_timeout_s=60", "memory_limit_gb=2"), timed=True,
    repeat=("retry=true",),
)  # fmt: skip


class ModelBench(Bench):
    """A bench of a project whose model ``own`` runs what a trial writes into a file."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, copy_project(folder / "project"))
        self.acts = folder / "acts"
        self.acts.mkdir()
        own_model(self.project, "own", SOURCE.replace("{folder!r}", repr(str(self.acts))))

    def begin(self, *, masks: bool = True) -> None:
        """Photo b has the pixel at which the model misbehaves."""
        super().begin(masks=masks)
        path = self.work / "photos" / "images" / f"{NAMES[1]}.png"
        with Pillow.open(path) as picture:
            changed = picture.copy()
        changed.putpixel((0, 0), (0, 0, 0))
        changed.save(path)


def misbehaving(bench: ModelBench, random: Random) -> Trials:
    """Every kind, while loading and while predicting, in random order; those that wait last."""
    cases = [("load", name, act) for name, act in {**BOTH, **WITHOUT_TROUBLE}.items()]
    cases += [("predict", name, act) for name, act in
              {**BOTH, **PREDICTING, **WITHOUT_TROUBLE}.items()]  # fmt: skip
    cases += [("every", name, BOTH[name]) for name in ("segfault", "exits", "raises")]
    random.shuffle(cases)
    cases.sort(key=lambda case: case[1] in SLOW)
    for when, name, act in cases:
        yield Trial(
            f"a model misbehaves: {'loading' if when == 'load' else 'predicting'}",
            f"{when}: {name}", partial(_misbehave, bench, when, act, name in WITHOUT_TROUBLE),
        )  # fmt: skip


def _misbehave(bench: ModelBench, when: str, act: str, harmless: bool) -> Outcome:
    stage = bench.prepare_stage(STAGE)
    bench.restore(stage.template)
    for path in bench.acts.iterdir():
        path.unlink()
    (bench.acts / ("load" if when == "load" else "predict")).write_text(act)
    if when == "every":
        (bench.acts / "every").touch()
    ended = bench.run(bench.words(stage.stage))
    for path in bench.acts.iterdir():
        path.unlink()
    if bad := how_it_ended(ended, (0,) if harmless else (0, 2, 3)):
        return bad
    if ended.code == 0 and not harmless:
        return finish(bench, stage, ("retry=true",)) or Outcome("same result")
    if bad := _rows(bench, stage, when):
        return bad
    if bad := finish(bench, stage, ("retry=true",)):
        return bad
    return Outcome("same result" if harmless else "clear error")


def _rows(bench: ModelBench, stage: Prepared, when: str) -> Outcome | None:
    """While one photo fails, the others have the scores of an undisturbed run."""
    if when != "predict":
        return None
    name = "reports/photos/runs/own/scores.csv"
    now, reference = bench.state(stage.stage).get(name), stage.after[name]
    if now is None:
        return Outcome("lost", "no scores of the other photos")
    good = [
        line for line in bytes(reference).splitlines()  # type: ignore[call-overload]
        if not line.startswith(NAMES[1].encode())
    ]  # fmt: skip
    lost = [line for line in good if line not in bytes(now).splitlines()]  # type: ignore[call-overload]
    return Outcome("wrong", f"other photos changed: {lost}") if lost else None
