"""Photos a minute of a run whose photos shared machines with others."""

from evaluate.compare.rows.offline import OfflineSpeed, offline_speed
from evaluate.store.run_folder import SEVERAL_AT_ONCE


def test_the_seconds_of_all_commands_count() -> None:
    about = {"identity": {"conditions": {"scenario": SEVERAL_AT_ONCE}}}
    commands = [
        {"seconds": 90.0, "photos": 100, "workers": 4},
        {"seconds": 30.0, "photos": 20, "workers": 2},
    ]
    assert offline_speed({**about, "offline": commands}) == OfflineSpeed(60.0, 4)
    assert offline_speed(about) == OfflineSpeed(None, 0)
    assert offline_speed({"identity": {"conditions": {}}, "offline": commands}) is None
    assert OfflineSpeed(1234.5, 4).text == "offline, 1,234/min"
    assert OfflineSpeed(12.345, 4).text == "offline, 12.3/min"
    assert [OfflineSpeed(None, n).beside for n in (0, 1, 2)] == [
        "beside others",
        "beside other jobs",
        "by 2 workers",
    ]
    assert OfflineSpeed(None, 0).text == "offline"
