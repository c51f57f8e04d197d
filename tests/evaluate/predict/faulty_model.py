"""A model of a few lines that a test writes, run by a ``ModelProcess`` without a command around it.

Its lines may use ``os``, ``signal`` and ``note(name)``, which leaves the caller's process id in a
file; ``hang()``, which never returns; ``native_fork()``, which runs none of Python's hooks; and
``write_everywhere(data)``, which writes to every descriptor but standard ones. ``daemon(name)``
starts a process in a session of its own whose parent ends at once.
"""

from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from evaluate.predict.model import Conditions, Model
from evaluate.predict.model_process import ModelProcess, photo_request

TOOLS = """
import ctypes, errno, os, pathlib, resource, signal, subprocess, sys, time
FOLDER = pathlib.Path({folder!r})

def note(name, pid=None):
    (FOLDER / (name + ".new")).write_text(str(pid or os.getpid()))
    (FOLDER / (name + ".new")).replace(FOLDER / name)

def wait_for(name):
    while not (FOLDER / name).exists():
        time.sleep(0.005)

def hang():
    while True:
        signal.pause()

def native_fork():
    return ctypes.CDLL(None).fork()

def daemon(name):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            note(name)
            hang()
        os._exit(0)
    os.wait()
    wait_for(name)

def write_everywhere(data):
    for descriptor in range(3, 1000):
        try:
            os.write(descriptor, data)
        except OSError:
            pass
"""
MODEL = """
class Model:
    def __init__(self, *, device):
        self.device = "cpu"
        {load}
    def predict(self, image):
        if image[0, 0, 0] == 0:
            {predict}
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""


def source(folder: Path, load: str, predict: str) -> str:
    """The module of a model that runs ``load`` as it loads, and ``predict`` for a bad photo."""
    indented = (text.replace("\n", "\n" + " " * n) for text, n in ((load, 8), (predict, 12)))
    loads, predicts = indented
    return TOOLS.format(folder=str(folder)) + MODEL.format(load=loads, predict=predicts)


class FaultyModel:
    """Model ``faulty.Model`` in ``folder``, which is on the path of its processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[ModelProcess] = []
        for name, level in (("good", 200), ("bad", 0)):
            Pillow.new("RGB", (60, 40), (level, level, level)).save(folder / f"{name}.png")

    def process(
        self, *, load: str = "pass", predict: str = "pass", **conditions: Any
    ) -> ModelProcess:
        """A process of a model with these lines."""
        (self.folder / "faulty.py").write_text(source(self.folder, load, predict))
        model = Model("faulty", "faulty", "faulty.Model", {}, {}, None, None, 0, "")
        limits = {"device": "cpu", "threads": 1, "timeout_s": 300.0, **conditions}
        self.processes.append(ModelProcess(model, Conditions(**limits)))
        return self.processes[-1]

    def ask(self, process: ModelProcess, name: str) -> dict[str, Any]:
        """The answer for the photo ``good`` or ``bad``."""
        mask = self.folder / "mask.png"
        request = photo_request(name, self.folder / f"{name}.png", mask)
        request["candidates"] = str(self.folder / "candidates.json")
        return process.ask(request)

    def alive(self, name: str) -> bool:
        """Whether the process that left this note runs; False if none did, being ended before."""
        note = self.folder / name
        return note.exists() and is_alive(int(note.read_text()))

    def close(self) -> None:
        """End every process."""
        for process in self.processes:
            process.close()


def is_alive(pid: int) -> bool:
    """Whether the process exists and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
