"""``make fuzz``: damaged inputs for every decoder and parser, in processes of their own.

    make fuzz [inputs=50000] [seed=0] [target=NAME] [processes=N] [document=true]

Properties: no crash, no more than a second of processor time, no exception but the project's own,
and where stored files have checks, no value changed in silence. Findings are stored with their
inputs in reports/.fuzz; ``target=NAME input=FILE`` tries one again, with its traceback. Exit code 1
if anything was found. With ``document=true`` the counts go to docs/reliability.md.
"""

import re
import sys
import tempfile
from pathlib import Path

from datasets.parallel import available_cores
from tests.fuzz.campaign import Result, run_campaign
from tests.fuzz.driver import quiet
from tests.fuzz.targets.every import TARGETS, target_named
from tests.support.pages import RELIABILITY, replace_block
from tests.support.projects import ROOT

FOUND = ROOT / "reports" / ".fuzz"
DEFAULTS = {
    "inputs": "50000",
    "seed": "0",
    "target": "",
    "input": "",
    "processes": str(available_cores()),
    "document": "false",
}


def main(words: list[str]) -> int:
    """Run the command line; the exit code."""
    given = dict(word.partition("=")[::2] for word in words)
    names = {target.name for target in TARGETS}
    wrong = [name for name in given if name not in DEFAULTS]
    if wrong or (given.get("target") and given["target"] not in names):
        print(__doc__, "Targets: ", ", ".join(sorted(names)), sep="\n", file=sys.stderr)
        return 2
    settings = {**DEFAULTS, **given}
    chosen = [t for t in TARGETS if settings["target"] in ("", t.name)]
    if settings["input"]:
        return _try_again(settings["target"], Path(settings["input"]))
    inputs, seed, processes = (int(settings[name]) for name in ("inputs", "seed", "processes"))
    results = run_campaign(chosen, inputs, seed, processes)
    _store(results)
    print(table(results))
    if settings["document"] == "true":
        command = f"make fuzz inputs={inputs} seed={seed}"
        replace_block(RELIABILITY, "fuzz", f"`{command}`:\n\n{table(results)}")
    return int(any(result.findings for result in results))


def _try_again(name: str, path: Path) -> int:
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        target_named(name).prepare(Path(folder)).check(path.read_bytes())
    print("nothing found")
    return 0


def _store(results: list[Result]) -> None:
    for result in results:
        plain = re.sub(r"\W+", "-", result.target)
        for number, finding in enumerate(result.findings):
            FOUND.mkdir(parents=True, exist_ok=True)
            path = FOUND / f"{plain}-{number}"
            path.write_bytes(finding.input)
            path.with_suffix(".txt").write_text(f"{finding.what}\n{finding.text}", "utf-8")
            print(f"{result.target}: {finding.what}\n{finding.text}", file=sys.stderr)
            print(f"again: make fuzz 'target={result.target}' input={path}", file=sys.stderr)


def table(results: list[Result]) -> str:
    """The counts as Markdown."""
    lines = [
        "| Target | Inputs | By coverage | Slowest | Findings |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one.target} | {one.inputs:,} | {one.guided:,} | {1000 * one.slowest_s:.0f} ms | "
        f"{len(one.findings)} |"
        for one in results
    ]
    inputs, guided = (sum(getattr(r, name) for r in results) for name in ("inputs", "guided"))
    found = sum(len(r.findings) for r in results)
    return "\n".join([*lines, f"| **all** | {inputs:,} | {guided:,} | | {found} |"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
