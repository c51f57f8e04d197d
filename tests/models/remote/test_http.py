"""The wait that a busy service asks for."""

import pytest
import requests

from models.remote.http import _retry_after_s


@pytest.mark.parametrize(
    ("asked", "waited"), [("7", 7), ("0.5", 0.5), ("nan", 0), ("-5", 0), ("soon", 0), ("", 0)]
)
def test_a_wait_that_is_no_time_is_none(asked: str, waited: float) -> None:
    response = requests.Response()
    response.headers["Retry-After"] = asked
    assert _retry_after_s(response) == waited
