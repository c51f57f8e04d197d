"""Traces truth with a paid model over the network.

Answers are stored, and a stored answer is used before a new request is made. So a kill at any
moment never causes a second payment for a photo.
"""

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from datasets.arrays import Image
from datasets.caching.file_hash import file_hash
from datasets.messages import counted
from datasets.pictures import PictureError, read_photo
from datasets.reading.truth_size import ASPECT_TOLERANCE
from evaluate.display.text import say
from evaluate.errors import CannotRun
from evaluate.predict.model import Model, missing_package
from evaluate.store.atomic import file_name, write_json
from evaluate.store.run_folder import read_json
from evaluate.trace.align import align_to_edges
from evaluate.trace.provenance import write_mask
from models.segmenter import NoMask, TracedMask, Tracer, Unavailable, load_class


def ask_for(
    model: Model,
    root: Path,
    photos: Mapping[str, Path],
    threshold: int,
    allowed_usd: float,
    retry: bool,
    problems: list[str],
) -> None:
    """Trace each of ``photos`` (by id) from its stored answer or, without one, by a new request.

    Masks are cut at ``threshold``. With ``retry``, photos whose stored answer holds no mask are
    requested again. ``problems`` receives a line for each photo without a mask.

    Raises:
        CannotRun: a package, the key or the quota is missing, or the cost limit is exceeded.
    """
    tracer = _tracer(model)
    jobs = [Job(root, id_, photo, tracer, threshold) for id_, photo in photos.items()]
    unanswered = list(_from_stored_answers(jobs, retry, problems))
    if unanswered:
        terms = tracer.terms()
        say(
            f"{terms.name}: {counted(len(unanswered), 'photo')} to ask for, about "
            f"${model.usd(len(unanswered)):.2f} "
            f"(${terms.usd_per_photo:g} a photo on {terms.priced_on})",
            stdout=True,
        )
        model.agree_on_costs(len(unanswered), allowed_usd)
    for job in tqdm(unanswered, desc=model.label, unit="photo", disable=not unanswered):
        try:
            job.finish(job.ask())
        except (NoMask, PictureError) as error:
            problems.append(_no_mask(job, error))
        except Unavailable as error:
            raise CannotRun(f"{model.label}: {error}") from error


def _tracer(model: Model) -> Tracer:
    if model.steps:
        raise CannotRun(f"{model.label}: truth is traced from whole photos; leave the steps out")
    try:
        tracer: Tracer = load_class(model.target)(device="auto", **model.options)
    except Unavailable as error:
        raise CannotRun(f"{model.label}: {error}") from error
    except ModuleNotFoundError as error:
        raise missing_package(model, error.name) from error
    return tracer


def _from_stored_answers(jobs: list["Job"], retry: bool, problems: list[str]) -> Iterator["Job"]:
    """Write the masks whose answers are stored; yield the jobs that need a request."""
    for job in jobs:
        record = job.stored()
        if record is None:
            yield job
            continue
        try:
            job.finish(record)
        except (NoMask, PictureError) as error:
            if retry:
                yield job
            else:
                problems.append(f"{_no_mask(job, error)}; retry=true asks again")


def _no_mask(job: "Job", error: Exception) -> str:
    return str(error) if isinstance(error, PictureError) else f"{job.photo}: no mask: {error}"


@dataclass(frozen=True)
class Job:
    """One photo to be traced."""

    root: Path
    id: str
    photo: Path
    tracer: Tracer
    threshold: int

    @property
    def answer(self) -> Path:
        """The file of the answer."""
        return self.root / "traced" / file_name(self.tracer.terms().name) / f"{self.id}.json"

    def stored(self) -> dict[str, Any] | None:
        """The stored record, if it is of the same model, prompt and photo.

        Raises:
            ReportsError: the file is damaged.
        """
        if not self.answer.is_file():
            return None
        record = read_json(self.answer)
        return record if record.get("asked", {}).items() >= self._question().items() else None

    def ask(self) -> dict[str, Any]:
        """Send the request and store it with its answer; an earlier file moves to ``earlier/``.

        Raises:
            PictureError: the photo cannot be read.
            NoMask: the request for this photo failed.
            Unavailable: every request would fail.
        """
        answer = self.tracer.ask(self._image())
        now = datetime.datetime.now(datetime.UTC)
        if self.answer.is_file():
            earlier = self.answer.parent / "earlier" / f"{self.id}-{now:%Y%m%dT%H%M%S.%f}.json"
            earlier.parent.mkdir(exist_ok=True)
            self.answer.rename(earlier)
        asked = {**self._question(), "on": now.isoformat(timespec="seconds")}
        record = {"asked": asked, "answer": answer}
        write_json(self.answer, record)
        return record

    def finish(self, record: dict[str, Any]) -> None:
        """Write the mask of a record's answer, after recording the model in ``traced.json``.

        Raises:
            PictureError: the photo cannot be read.
            NoMask: the answer holds no mask of the photo's aspect, or the file exists by now.
        """
        image = self._image()
        traced = self.tracer.read(record["answer"], image)
        _check_aspect(traced, image)
        alpha, shift_px = traced.alpha, (0, 0)
        if self.tracer.terms().shifts:
            alpha, shift_px = align_to_edges(alpha, image, self.threshold)
        question = record["asked"]
        about = {
            "model": question["model"],
            "asked_on": question["on"],
            "prompt_sha256": hashlib.sha256(question["prompt"].encode()).hexdigest(),
            "answer": str(self.answer.relative_to(self.root)),
            "answer_size": list(traced.answer_size),
            "shift_px": list(shift_px),
        }
        write_mask(self.root, self.id, alpha, self.threshold, about)

    def _image(self) -> Image:
        return read_photo(self.photo)

    def _question(self) -> dict[str, str]:
        terms = self.tracer.terms()
        photo = file_hash(self.photo)
        return {"model": terms.name, "prompt": terms.prompt, "photo_sha256": photo}


def _check_aspect(traced: TracedMask, image: Image) -> None:
    height, width = traced.answer_size
    if abs(width / height / (image.shape[1] / image.shape[0]) - 1) > ASPECT_TOLERANCE:
        raise NoMask(
            f"the answer is {width}×{height} for a photo of {image.shape[1]}×{image.shape[0]}, "
            "another aspect"
        )
