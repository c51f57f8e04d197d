"""Weight files: those that are here have their hash; the others are only counted."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets.listing.typed_path import expanded
from evaluate.doctor.check_result import CheckResult, ok, problem, warning
from evaluate.doctor.disk import check_folder
from evaluate.doctor.packages import REINSTALL
from evaluate.doctor.probe import run_probe
from evaluate.doctor.progress import Progress
from models.remote.redact import without_credentials

HASHED_BYTES = 1 << 20
HOME_GB = 3  # the largest weight files have 1 GB


def check_weights(mirror: str) -> Iterator[CheckResult]:
    """The folder of the weights, each file in it that a model loads, and ``weights.mirror``."""
    ended = run_probe("weight_files")
    answers = ended.answers
    files: dict[str, dict[str, Any]] = {}
    for answer in answers:
        if "path" in answer:  # several models may use one file
            files.setdefault(answer["path"], answer)
    if homes := [answer["home"] for answer in answers if "home" in answer]:
        yield from check_folder("weights", Path(homes[0]), HOME_GB, "export CUTOUTBENCH_HOME=DIR")
        yield from _unlisted(answers)
        yield from _check_files(files)
    else:
        yield problem(f"weight files cannot be listed ({ended.failure})", REINSTALL)
    if mirror:
        yield _check_mirror(mirror, [Path(path).name for path in files])


def _unlisted(answers: list[dict[str, Any]]) -> Iterator[CheckResult]:
    """One line for all models whose files are not known, mostly for one and the same reason."""
    reasons = {answer["model"]: answer["failure"] for answer in answers if "failure" in answer}
    if reasons:
        first, *others = reasons
        more = f" and {len(others)} more models" if others else ""
        yield warning(
            f"weight files of {first}{more} cannot be listed ({reasons[first]})",
            "solve that to have them checked",
        )


def _check_files(files: dict[str, dict[str, Any]]) -> Iterator[CheckResult]:
    here = {path: file for path, file in files.items() if Path(path).is_file()}
    intact, unknown = 0, 0
    with Progress("hashing weights", sum(Path(p).stat().st_size for p in here)) as progress:
        for path, file in here.items():
            if file["hash"] is None:
                unknown += 1
                progress.advance(Path(path).stat().st_size)
            elif reason := _damage(Path(path), file, progress):
                yield problem(
                    f"{path}: damaged, {reason}", f"run: make weights model={file['model']}"
                )
            else:
                intact += 1
    missing = len(files) - len(here)
    text = f"weight files: {intact} intact, {missing} of {len(files)} not downloaded"
    yield ok(text + (f", {unknown} present that no hash is known of yet" if unknown else ""))


def _damage(path: Path, file: dict[str, Any], progress: Progress) -> str:
    """What is wrong with a file; empty if nothing is."""
    size_bytes = path.stat().st_size
    if file["size_bytes"] not in (None, size_bytes):
        progress.advance(size_bytes)
        return f"{size_bytes} bytes instead of {file['size_bytes']}"
    algorithm, _, digest = file["hash"].partition(":")
    running = hashlib.new(algorithm, usedforsecurity=False)
    try:
        with path.open("rb") as content:
            while chunk := content.read(HASHED_BYTES):
                running.update(chunk)
                progress.advance(len(chunk))
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return "" if running.hexdigest() == digest else f"its {algorithm} differs"


def _check_mirror(mirror: str, names: list[str]) -> CheckResult:
    """``weights.mirror``: a folder that is there, or a URL, which is not contacted."""
    if "://" in mirror:
        return ok(f"weights.mirror: {without_credentials(mirror)} (not contacted)")
    folder = expanded(mirror)
    if not folder.is_dir():
        return problem(f"weights.mirror={mirror} is no folder", "give a folder or a URL")
    found = sum((folder / name).is_file() for name in names)
    return ok(f"weights.mirror: {found} of {len(names)} files are in {mirror}")
