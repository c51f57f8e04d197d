"""Packages: installed, in the pinned versions, not twice, and importable."""

import importlib.metadata
from collections.abc import Iterator, Mapping

from evaluate.doctor.check_result import CheckResult, ok, problem, warning
from evaluate.doctor.probe import IMPORTS_S, run_probe
from evaluate.doctor.project_files import core_packages, extras, normalised, pinned_versions

REINSTALL = "run: make clean install"
# Packages that write the same files: whichever was installed last has overwritten the others.
OVERWRITING = {
    "cv2": (
        "opencv-python", "opencv-python-headless", "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
    "onnxruntime": (
        "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino",
        "onnxruntime-rocm",
    ),
}  # fmt: skip
INSTALLED_BY_US = {"cv2": "opencv-python-headless"}  # which of them the project installs
MODULES_OF = {  # where the module's name is not the package's
    "hydra-core": "hydra",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "pyyaml": "yaml",
}
DIFFERENCES_NAMED = 5


def check_installed() -> Iterator[CheckResult]:
    """Every core package is installed; which extras are complete."""
    here = installed_versions()
    missing = [name for name in core_packages() if name not in here]
    if missing:
        yield problem(f"core packages not installed: {', '.join(missing)}", REINSTALL)
    else:
        yield ok(f"core packages: all {len(core_packages())} installed")
    complete = _complete_extras(here)
    absent = [extra for extra in extras() if extra not in complete]
    text = f"extras installed: {', '.join(complete) or 'none'}"
    if absent:
        text += f"; not installed: {', '.join(absent)} (make install extra=NAME, if wanted)"
    yield ok(text)


def check_versions() -> Iterator[CheckResult]:
    """Installed versions are the pinned ones, with which the project is tested."""
    here = installed_versions()
    pins = pinned_versions(_complete_extras(here))
    different = [
        f"{name} {version} (pinned: {', '.join(sorted(pins[name]))})"
        for name, version in sorted(here.items())
        if name in pins
        and version.partition("+")[0] not in {p.partition("+")[0] for p in pins[name]}
    ]
    if different:
        more = len(different) - DIFFERENCES_NAMED
        named = ", ".join(different[:DIFFERENCES_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield warning(f"versions differ from requirements/: {named}", REINSTALL)
    else:
        yield ok("versions: as pinned in requirements/")


def _complete_extras(here: Mapping[str, str]) -> list[str]:
    return [extra for extra, names in extras().items() if here.keys() >= {*names}]


def check_overwritten() -> Iterator[CheckResult]:
    """No two installed packages write the same files."""
    here = installed_versions()
    for module, names in OVERWRITING.items():
        found = [f"{name} {here[name]}" for name in names if name in here]
        if len(found) > 1:
            yield problem(
                f"{' and '.join(found)} are installed and overwrite each other's {module}",
                f"{REINSTALL}, which installs {INSTALLED_BY_US[module]} only"
                if module in INSTALLED_BY_US
                else "uninstall all of them, then install one again",
            )


def check_imports() -> Iterator[CheckResult]:
    """Every installed core package can be imported."""
    here = installed_versions()
    names = [MODULES_OF.get(n, n.replace("-", "_")) for n in core_packages() if n in here]
    failures = import_failures(names)
    for name, reason in failures.items():
        if name == "cv2" and "libGL" in reason:
            yield problem(
                f"cv2 cannot be imported ({reason}): this OpenCV needs the system's libGL",
                f"{REINSTALL}, which installs opencv-python-headless, or install libgl1",
            )
        else:
            yield problem(f"{name} cannot be imported ({reason})", REINSTALL)
    if not failures:
        yield ok(f"imports: all {len(names)} core packages")


def import_failures(names: list[str], timeout_s: float = IMPORTS_S) -> dict[str, str]:
    """Why modules cannot be imported, by name.

    One process imports one module after the other. If it dies or hangs, the module it was at is
    the reason, and another process goes on behind that.
    """
    failures: dict[str, str] = {}
    while names:
        ended = run_probe("import_modules", *names, timeout_s=timeout_s)
        answers = ended.answers
        failures |= {a["module"]: a["failure"] for a in answers if a.get("failure")}
        if len(answers) < len(names):
            failures[names[len(answers)]] = ended.failure or "the process ended in the middle"
        names = names[len(answers) + 1 :]
    return failures


def installed_versions() -> dict[str, str]:
    """The version of each installed package, of the one that Python finds first."""
    versions: dict[str, str] = {}
    for distribution in importlib.metadata.distributions():
        try:
            name, version = distribution.metadata["Name"], distribution.version
        except Exception:  # noqa: S112 - damaged metadata: the package counts as missing
            continue
        if name and version:
            versions.setdefault(normalised(name), version)
    return versions
