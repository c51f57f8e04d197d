"""When the times of a run are not to be trusted."""

import os

import pytest

from evaluate.compare.instability import CROWDED, SHORT_S, UNSTEADY, instability, instability_of


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)


def test_times_are_scattered_if_p90_is_over_twice_p50() -> None:
    assert (UNSTEADY, SHORT_S, CROWDED) == (2, 0.001, 0.5)
    assert instability(1, 2, 0, 0) == []
    assert instability(1, 2.5, 0, 0) == ["p90 is 2.5 times p50"]
    assert instability(0.001, 0.003, 0, 0) == ["p90 is 3.0 times p50"]
    assert instability(0.0009, 0.009, 0, 0) == []
    assert instability(None, None, 0, 0) == instability(1, None, 0, 0) == []


def test_a_machine_is_busy_with_half_a_process_more_than_its_cores() -> None:
    assert instability(None, None, 4.5, 4.5) == []
    for before, during in ((4.6, 0), (0, 4.6)):
        told = ["the load was up to 4.6 on 4 cores"]
        assert instability(None, None, before, during) == told
    assert len(instability(1, 3, 9, 0)) == 2


def test_the_highest_load_of_all_sessions_counts() -> None:
    assert instability_of(1, 1, []) == instability_of(1, 1, [{}, {"load_before": None}]) == []
    for name in ("load_before", "load_during"):
        sessions: list[dict[str, float | None]] = [{name: 1.0}, {name: 5.0}, {}, {name: None}]
        assert instability_of(1, 1, sessions) == ["the load was up to 5.0 on 4 cores"]
