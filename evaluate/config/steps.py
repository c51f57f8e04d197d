"""The chosen steps around a model: a yaml each, in conf/crop, conf/enhance and conf/refine.

A yaml without a ``_target_`` means no step. A step stands in the row's name as ``crop=paper``, and
each parameter that differs from its yaml as ``refine.eps=0.01``.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from evaluate.store.identity import ROOT

GROUPS = ("crop", "enhance", "refine")


def chosen(
    configs: Mapping[str, dict[str, Any]], choices: Mapping[str, str | None]
) -> dict[str, dict[str, Any]]:
    """The steps in ``configs``: by group, the yaml's name, its target and its options."""
    return {
        group: {"choice": choices[group], "target": config.pop("_target_"), "options": config}
        for group, config in configs.items()
        if config["_target_"]
    }


def changes_of(steps: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The steps and their changed parameters, as they stand in a row's name."""
    changes = []
    for group, step in steps.items():
        path = ROOT / "conf" / group / f"{step['choice']}.yaml"
        usual = yaml.safe_load(path.read_text(encoding="utf-8"))
        changes.append(f"{group}={step['choice']}")
        changes += [f"{group}.{k}={v}" for k, v in step["options"].items() if v != usual.get(k)]
    return changes


def refine_steps() -> dict[str, dict[str, Any]]:
    """Every refine step as its yaml has it, by name: its target and its options."""
    found = {}
    for path in sorted((ROOT / "conf" / "refine").glob("*.yaml")):
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        if target := config.pop("_target_"):
            found[path.stem] = {"target": target, "options": config}
    return found
