"""Several photos in one call of a network: the one place that knows how.

Libraries such as rembg take one photo a call, though their networks would take several. So each
photo of a batch goes through the model's own ``predict``, in a thread of its own, until that calls
the network. There it waits for the others; the network is called once with all inputs, and each
photo goes on with its part of the outputs. Only one thread runs at any time, so that the
seconds are those of the work, not of how threads shared the cores.

It is done only in a process that expects batches: otherwise networks are called as they are.
"""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from models.segmenter import Unavailable

_state = threading.local()  # ``photo`` of the thread that predicts it
_process = {"expects": False, "gathers": False}

Inputs: TypeAlias = Sequence[Any]  # arrays or tensors, first axis: photos
Call: TypeAlias = Callable[[Inputs, int], Sequence[Any]]
"""Joins the inputs of photos, calls the network, and returns the outputs of each photo."""


class BatchFailed(Exception):
    """Ends the threads of a batch whose network call failed; wrappers do not catch it."""


def expect_batches() -> None:
    """Make networks that are loaded from now on take batches, where they can."""
    _process["expects"] = True


def batches_expected() -> bool:
    """Whether this process predicts batches."""
    return _process["expects"]


def check_batches_possible() -> None:
    """See whether a loaded network takes batches.

    Raises:
        Unavailable: none does.
    """
    if not _process["gathers"]:
        raise Unavailable("it takes one photo a call: no network of it is known to take several")


def gather_session(session: Any) -> None:
    """Make an ONNX session, whose first axis is free, join the calls of a batch's photos."""
    _process["gathers"] = True
    run = session.run

    def gathered(names: Any, feed: dict[str, Any], *_options: Any) -> Any:
        keys = list(feed)

        def call(inputs: Inputs, photos: int) -> Sequence[Any]:
            joined = [np.concatenate(arrays) for arrays in zip(*inputs, strict=True)]
            outputs = run(names, dict(zip(keys, joined, strict=True)))
            return [[part_of(n, photos, output) for output in outputs] for n in range(photos)]

        return _joined(session, list(feed.values()), call, lambda: run(names, feed))

    session.run = gathered


def gather_network(network: Any, method: str = "forward") -> None:
    """Make a method of a ``torch.nn.Module`` that takes one tensor join calls of a batch's photos.

    What the network does to each photo by itself, such as stretching its map, must be outside.
    """
    import torch

    _process["gathers"] = True
    forward = getattr(network, method)

    def call(inputs: Inputs, photos: int) -> Sequence[Any]:
        with torch.inference_mode():  # of each thread: this may be another than the photo's
            outputs = forward(torch.cat([tensor for (tensor,) in inputs]))
        return [map_tensors(outputs, partial(part_of, n, photos)) for n in range(photos)]

    def gathered(tensor: Any) -> Any:
        return _joined(network, [tensor], call, lambda: forward(tensor))

    setattr(network, method, gathered)


def part_of(number: int, photos: int, output: Any) -> Any:
    """Photo ``number``'s part of an output for ``photos`` photos, its first axis kept.

    Raises:
        ValueError: the first axis is not the photos'.
    """
    if not len(output.shape) or output.shape[0] != photos:
        raise ValueError(
            f"for {photos} photos the network gave an output of shape {tuple(output.shape)}"
        )
    return output[number : number + 1]


def map_tensors(value: Any, change: Callable[[Any], Any]) -> Any:
    """``value``, tensors in lists, tuples and mappings, with each tensor changed."""
    if isinstance(value, dict):
        return {key: map_tensors(part, change) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [map_tensors(part, change) for part in value]
    return change(value) if hasattr(value, "shape") else value


def predict_together(predict: Callable[[Any], Any], images: Sequence[Any]) -> list[Any]:
    """``predict`` of all ``images``, with their calls of the network joined.

    Raises:
        Unavailable: the photos' inputs to the network differ in shape, or there was no call.
        Exception: what the network or ``predict`` raised for any of them.
    """
    photos = [_Photo(predict, image) for image in images]
    for photo in photos:
        photo.proceed()
    calls = 0
    while waiting := [photo for photo in photos if photo.waits]:
        calls += 1
        failure = _answer(waiting, len(photos))
        for photo in waiting:
            photo.failure = failure
            photo.proceed()
        if failure is not None:
            raise failure
    for photo in photos:
        if photo.error is not None:
            raise photo.error
    if not calls:
        raise Unavailable("it takes one photo a call: it called no network that takes several")
    return [photo.result for photo in photos]


class _Photo:
    """One photo of a batch and its thread; ``waits`` while it asks for the network's outputs."""

    def __init__(self, predict: Callable[[Any], Any], image: Any) -> None:
        self.waits = False
        self.key: tuple[Any, ...] = ()
        self.inputs: Inputs = ()
        self.call: Call | None = None
        self.outputs: Any = None
        self.failure: Exception | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        self._may_run, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        threading.Thread(target=self._run, args=(predict, image), daemon=True).start()

    def proceed(self) -> None:
        """Let the photo's thread run until it asks for outputs, or ends."""
        self.waits = False
        self._may_run.release()
        self._stopped.acquire()

    def ask(self, key: tuple[Any, ...], inputs: Inputs, call: Call) -> Any:
        """Called in the photo's thread: its part of the network's outputs."""
        self.key, self.inputs, self.call, self.waits = key, inputs, call, True
        self._stopped.release()
        self._may_run.acquire()
        if self.failure is not None:
            raise BatchFailed
        outputs, self.outputs = self.outputs, None
        return outputs

    def _run(self, predict: Callable[[Any], Any], image: Any) -> None:
        self._may_run.acquire()
        _state.photo = self
        try:
            self.result = predict(image)
        except BaseException as error:  # raised again in the thread that asked for the batch
            self.error = error
        finally:
            self._stopped.release()


def _joined(network: Any, inputs: Inputs, call: Call, alone: Callable[[], Any]) -> Any:
    photo = getattr(_state, "photo", None)
    if photo is None:
        return alone()
    return photo.ask((id(network), *(tuple(part.shape) for part in inputs)), inputs, call)


def _answer(waiting: Sequence[_Photo], photos: int) -> Exception | None:
    """Call the network once for all photos; return the error instead of raising it."""
    first = waiting[0]
    shapes = {photo.key[1:] for photo in waiting}
    if len(waiting) < photos or any(photo.key[0] != first.key[0] for photo in waiting):
        return Unavailable("it takes one photo a call: which network it calls depends on the photo")
    if len(shapes) > 1:
        found = " and ".join("×".join(map(str, shape[0])) for shape in sorted(shapes)[:2])
        return Unavailable(f"the photos' inputs to the network differ in size: {found}")
    assert first.call is not None  # noqa: S101 - narrows the type
    try:
        outputs = first.call([photo.inputs for photo in waiting], photos)
    except Exception as error:  # any error of the network; the caller reports it
        return error
    for photo, own in zip(waiting, outputs, strict=True):
        photo.outputs, photo.inputs, photo.call = own, (), None
    return None
