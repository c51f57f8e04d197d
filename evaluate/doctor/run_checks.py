"""All checks in their order, printed as they end."""

from collections.abc import Callable, Iterable
from pathlib import Path

from evaluate.doctor.check_result import CheckResult, Mark, guarded
from evaluate.doctor.devices import check_nvidia, check_onnxruntime, check_torch
from evaluate.doctor.disk import check_reports
from evaluate.doctor.keys import check_keys
from evaluate.doctor.machine import (
    check_file_names,
    check_memory,
    check_processor,
    check_python,
)
from evaluate.doctor.packages import (
    check_imports,
    check_installed,
    check_overwritten,
    check_versions,
)
from evaluate.doctor.self_test import check_one_photo
from evaluate.doctor.weights import check_weights

Check = Callable[[], Iterable[CheckResult]]


def run_checks(reports: Path, mirror: str) -> bool:
    """Run and print every check; whether there is no problem."""
    groups: dict[str, dict[str, Check]] = {
        "Machine": {
            "Python": check_python,
            "processor": check_processor,
            "memory": check_memory,
            "locale": check_file_names,
        },
        "Packages": {
            "installed packages": check_installed,
            "versions": check_versions,
            "packages that overwrite each other": check_overwritten,
            "imports": check_imports,
        },
        "Devices": {
            "nvidia-smi": check_nvidia,
            "PyTorch": check_torch,
            "ONNX Runtime": check_onnxruntime,
        },
        "Files": {
            "reports folder": lambda: check_reports(reports),
            "weights": lambda: check_weights(mirror),
        },
        "Keys": {"API keys": check_keys},
        "Self-test": {"self-test": check_one_photo},
    }
    counts = dict.fromkeys(Mark, 0)
    width = max(len(mark.value) for mark in Mark)
    for title, checks in groups.items():
        print(title, flush=True)
        for name, check in checks.items():
            for result in guarded(name, check):
                counts[result.mark] += 1
                print(f"  {result.mark.value:<{width}}  {result.line}", flush=True)
    problems, warnings = counts[Mark.PROBLEM], counts[Mark.WARNING]
    print(f"\n{_count(problems, 'problem')}, {_count(warnings, 'warning')}", flush=True)
    return problems == 0


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
