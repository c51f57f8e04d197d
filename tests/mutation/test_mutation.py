"""The mutation runner on two mutants of a function; the campaign itself is ``make mutants``."""

import re

import pytest

from tests.mutation import campaign
from tests.mutation.campaign import KILLED, SURVIVED, run_package
from tests.mutation.explained import EXPLAINED
from tests.mutation.report import Package, block, share
from tests.mutation.sites import Mutant, mutants_of
from tests.support.projects import ROOT

LIMITS = "evaluate/gate/limits.py"


def test_every_mutant_is_code_and_differs_from_its_source() -> None:
    source = "def f(a, b=1):\n    return a[1:] if 0 < b <= 2 and not a else [x for x in a if x]\n"
    found = mutants_of("f.py", source)
    assert len({mutant.text for mutant in found} - {source}) == len(found)
    changes = [mutant.change for mutant in found]
    for change in ("0 < b <= 2 → 0 <= b <= 2", "0 < b <= 2 → 0 < b < 2", "not a → a", "1: → :",
                   "1 → 2", "for x in a if x → for x in a"):  # fmt: skip
        assert change in changes
    assert [mutant.function for mutant in found if mutant.lines == (1, 1)] == [""]


def test_a_mutant_is_killed_and_one_without_effect_survives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(campaign.TESTS, "gate", ("gate/test_criteria.py",))
    monkeypatch.setattr(campaign, "LEAST_LIMIT_S", 300.0)  # however slow the machine is
    mutants = mutants_of(LIMITS, (ROOT / LIMITS).read_text())
    killed = next(one for one in mutants if one.change == "limit is not None → limit is None")
    same = Mutant(killed.path, killed.function, killed.lines, "", "", (ROOT / LIMITS).read_text())
    results = run_package("gate", [killed, same], 1, lambda _: None)
    assert [one.outcome for one in results] == [KILLED, SURVIVED]
    assert share(results) == 0.5
    assert "| `gate` | 241 | 2 | 1 | 0 | 1 | 0 | 50.0% |" in block(
        [Package("gate", 241, results, 1)]
    )
    assert (ROOT / LIMITS).read_text() == same.text


def test_every_explained_line_exists() -> None:
    for path, starts, change, _ in EXPLAINED:
        lines = [line.strip() for line in (ROOT / "evaluate" / path).read_text().splitlines()]
        for start in starts.split("|"):
            assert any(re.match(start, line) for line in lines), f"{path}: {start}"
        re.compile(change)
