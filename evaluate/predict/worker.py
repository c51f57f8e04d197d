"""The worker process: it loads one model, then predicts and times one photo per request.

``evaluate.predict.keeper`` starts it with the file descriptor of an inherited socket, over which it
exchanges messages with ``evaluate.predict.worker_process``. The worker writes masks and candidates
only to the paths in a request, and the parent moves them into place. So a worker whose parent has
died cannot change a finished run.

A run's key includes the sources of all modules imported here. Therefore this module imports nothing
of evaluate.store, evaluate.compare or evaluate.config.
"""

import errno
import hashlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2

from datasets.arrays import Alpha, Image, as_alpha
from datasets.pictures import PictureError
from evaluate.predict.batch_call import check_batches, predict_photos
from evaluate.predict.channel import Channel, InvalidMessage
from evaluate.predict.failure import failure_answer
from evaluate.predict.mask_file import write_mask_png
from evaluate.predict.memory.limit import limit_memory
from evaluate.predict.memory.meter import MemoryMeter
from evaluate.predict.photo_reader import PhotoReader
from evaluate.predict.pipeline import Pipeline
from evaluate.predict.timing import timed, warmup_image
from models.prompting.candidates import write_candidates
from models.runtime.batching import expect_batches
from models.segmenter import (
    Candidate,
    NoMask,
    PrecomputedMasks,
    Prediction,
    TimedOut,
    Unavailable,
    WeightsUnavailable,
    load_class,
)
from models.weights.weight_file import fetch_s, origins, tell_of_fetches

# An error of writing a mask or its candidates is the disk's, unless this process lacks a descriptor
# or memory, or the model closed what was being written to.
NOT_OF_THE_DISK = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EBADF}

# What a model's code may raise. Of Ctrl-C this process knows nothing: the keeper ignores it.
RAISED = (Exception, KeyboardInterrupt)


class UnusableMask(Exception):
    """A precomputed mask is missing or does not fit its photo; the text says which."""


class ModelError(Exception):
    """A model's own OSError while it made its candidates, which is not the disk's."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error


def serve(descriptor: int) -> None:
    """Serve one parent until it closes the socket."""
    end = socket.socket(fileno=descriptor)
    end.set_inheritable(False)  # a command that the model starts must not hold it open
    channel = Channel(end)
    has_keeper = sys.platform == "linux"
    if not has_keeper:  # which would do it
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    meter = MemoryMeter(os.getppid() if has_keeper else None)
    own = os.getpid()
    os.register_at_fork(after_in_child=channel.close)
    try:
        order = channel.receive()
        cv2.setNumThreads(order["threads"])
        tell_of_fetches(lambda begins: channel.send({"fetching": begins}))
        segmenter, answer = _load(order)
        reader = PhotoReader()
        measure = partial(meter.measure, answer.get("device", "cpu"))
        _send(channel, order, answer, own, measure)
        while segmenter is not None:
            request = channel.receive()
            if request.get("warmup"):
                answer = _warm_up(segmenter)
            elif "photos" in request:
                answer = _answer_batch(segmenter, request, reader)
            else:
                answer = _answer(segmenter, request, reader, own)
            _send(channel, request, answer, own, measure)
    except (EOFError, ConnectionError):  # the parent has gone
        _end_group()
    except (OSError, InvalidMessage) as error:  # the model closed the socket, or read from it
        print(f"no answer can be sent ({error})", file=sys.stderr, flush=True)
        os._exit(1)


def _send(
    channel: Channel,
    request: dict[str, Any],
    answer: dict[str, Any],
    own: int,
    measure: Callable[[], dict[str, int | None]],
) -> None:
    """Answer a request, with what memory the model has now.

    Raises:
        OSError: the socket is closed.
    """
    _end_if_forked(own)
    answer |= measure()
    answer["number"] = request["number"]
    try:
        channel.send(answer)
    except (TypeError, ValueError, RecursionError) as error:  # such as facts that are no JSON
        kept = {name: answer.get(name) for name in ("number", "peak_rss_bytes", "rss_bytes")}
        channel.send({**failure_answer(error), **kept})


def _end_if_forked(own: int) -> None:
    """End a child that the model forked and that returned from its call: only one may answer."""
    if os.getpid() != own:
        os._exit(0)


def _load(order: dict[str, Any]) -> tuple[Pipeline | PrecomputedMasks | None, dict[str, Any]]:
    start = time.perf_counter_ns()
    try:
        limit_memory(order["memory_limit_gb"])
        if order.get("batches"):
            expect_batches()
        segmenter = load_class(order["target"])(device=order["device"], **order["options"])
        seconds = (time.perf_counter_ns() - start) / 1e9 - fetch_s()
        weights = {str(k): str(v) for k, v in getattr(segmenter, "weights", {}).items()}
        device = str(segmenter.device)
        runtime = {str(k): str(v) for k, v in getattr(segmenter, "runtime", {}).items()}
        if order.get("batches"):
            check_batches(segmenter)
        if not isinstance(segmenter, PrecomputedMasks):
            segmenter = Pipeline(segmenter, order["steps"])
        elif order["steps"]:
            wanted = " ".join(f"{group}={step['choice']}" for group, step in order["steps"].items())
            raise Unavailable(f"precomputed masks are used as they are; leave out {wanted}")
    except WeightsUnavailable as error:
        return None, {"status": "unavailable", "error": str(error), "lacks": "weights"}
    except Unavailable as error:
        return None, {"status": "unavailable", "error": str(error)}
    except ModuleNotFoundError as error:
        return None, {"status": "missing-package", "error": error.name}
    except RAISED as error:  # a model may fail in any way; each is recorded
        failure = failure_answer(error)
        lacking = "out of memory: " if failure["status"] == "out-of-memory" else ""
        return None, {**failure, "status": "load-failed", "error": lacking + failure["error"]}
    return segmenter, {
        "status": "ok",
        "load_s": seconds,
        "device": device,
        "weights": weights,
        "weights_from": {name: place for name, place in origins().items() if name in weights},
        **({"runtime": runtime} if runtime else {}),
    }


def _warm_up(segmenter: Pipeline | PrecomputedMasks) -> dict[str, Any]:
    if isinstance(segmenter, PrecomputedMasks):
        return {"status": "ok", "seconds": None}
    try:
        _, seconds = timed(lambda: segmenter.predict(warmup_image()), segmenter.device)
    except RAISED as error:  # the photos will show whether only this image fails
        return failure_answer(error)
    return {"status": "ok", "seconds": seconds}


def _answer(
    segmenter: Pipeline | PrecomputedMasks, request: dict[str, Any], reader: PhotoReader, own: int
) -> dict[str, Any]:
    try:
        image, photo_stamp = reader.read(request)
    except PictureError as error:
        return {"status": "unreadable", "error": str(error)}
    except Exception as error:  # the process lacks memory or descriptors
        return failure_answer(error)
    answer: dict[str, Any] = {
        "size": image.shape[:2], "photo_stamp": photo_stamp, "status": "ok"
    }  # fmt: skip
    alpha: Alpha | None = None
    if request.get("beside"):
        reader.begin(request.get("next"))
    start = time.perf_counter_ns()
    try:
        if isinstance(segmenter, PrecomputedMasks):
            recalled, answer["seconds"] = segmenter.recall(request["id"])
            if recalled is None:
                raise UnusableMask(f"no mask for {request['id']}")
            stored = recalled if isinstance(recalled, Prediction) else Prediction(recalled)
            _check_size(stored.alpha, image)
            alpha, proposed = as_alpha(stored.alpha, image), stored.candidates
            answer["facts"] = dict(stored.facts)
        else:
            result, answer["seconds"] = timed(lambda: segmenter.predict(image), segmenter.device)
            alpha, proposed, answer["box"] = result.alpha, result.candidates, result.box
            answer["model_seconds"], answer["facts"] = result.model_seconds, dict(result.facts)
    except NoMask as error:  # the attempt took time too
        if not isinstance(segmenter, PrecomputedMasks):
            answer["seconds"] = (time.perf_counter_ns() - start) / 1e9
        answer["status"] = "timeout" if isinstance(error, TimedOut) else "no-mask"
        answer |= {"error": str(error), "facts": dict(error.facts)}
        proposed = error.candidates
    except Unavailable as error:  # every photo would fail: a wrong key, an exhausted quota
        return {"status": "unavailable", "error": str(error)}
    except (PictureError, UnusableMask) as error:  # of a mask file; the text is for its maker
        return {**answer, "status": "error", "error": str(error)}
    except RAISED as error:  # any failure of a photo is recorded
        return {**answer, **failure_answer(error)}
    _end_if_forked(own)
    reader.begin(request.get("next"))  # the clock has stopped
    return {**answer, **_written(request, alpha, proposed)}


def _answer_batch(
    segmenter: Pipeline | PrecomputedMasks, request: dict[str, Any], reader: PhotoReader
) -> dict[str, Any]:
    """Predict several photos in one call; an error of one is the answer for all."""
    assert isinstance(segmenter, Pipeline)  # noqa: S101 - ``check_batches`` refuses the others
    try:
        seconds = predict_photos(segmenter, request["photos"], reader)
    except Unavailable as error:
        return {"status": "unavailable", "error": str(error)}
    except RAISED as error:  # any failure is recorded
        return failure_answer(error)
    return {"status": "ok", "seconds": seconds}


def _check_size(mask: Alpha, image: Image) -> None:
    """Refuse a precomputed mask of another size: which pixels it means is for its maker to say."""
    (height, width), (own_height, own_width) = image.shape[:2], mask.shape[:2]
    if (height, width) != (own_height, own_width):
        raise UnusableMask(
            f"the mask is {own_width} pixels wide and {own_height} high, its photo {width} and "
            f"{height}; export it at the photo's size"
        )


def _written(
    request: dict[str, Any], alpha: Alpha | None, proposed: Iterable[Candidate] | None
) -> dict[str, Any]:
    """Write the mask and the candidates; return the entries to add to the answer."""
    written: dict[str, Any] = {}
    try:
        if proposed is not None and "candidates" in request:  # the canary and trace keep none
            path = Path(request["candidates"])
            written["candidates"] = write_candidates(path, _of_the_model(proposed))
            written["candidates_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        if alpha is not None:
            written["mask_sha256"] = write_mask_png(Path(request["mask"]), alpha)
    except OSError as error:
        if error.errno in NOT_OF_THE_DISK:
            return failure_answer(error)
        return {"status": "disk", "error": os.strerror(error.errno or errno.EIO)}
    except ModelError as error:
        return failure_answer(error.error)
    except Exception as error:  # candidates of another shape than the photo's
        return failure_answer(error)
    return written


def _of_the_model(proposed: Iterable[Candidate]) -> Iterator[Candidate]:
    """The candidates, whose making may read files of the model."""
    try:
        yield from proposed
    except OSError as error:
        raise ModelError(error) from error


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    _end_group()


def _end_group() -> None:
    """End this process and those that the model started; on Linux the keeper ends the latter."""
    if sys.platform != "linux":
        os.killpg(0, signal.SIGKILL)  # the parent started it as the leader of a group
    os._exit(0)
