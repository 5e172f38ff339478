"""Times in words."""

import pytest

from chart_hero_core.base.clock import clock


@pytest.mark.parametrize(
    ("time_s", "digits", "text"),
    [
        (0, 3, "0:00.000"),
        (59.9996, 3, "1:00.000"),
        (187.042, 3, "3:07.042"),
        (-1.0, 3, "0:00.000"),
        (119.96, 1, "2:00.0"),
        (61.4, 0, "1:01"),
        (59.6, 0, "1:00"),
    ],
)
def test_seconds_never_reach_sixty(time_s: float, digits: int, text: str) -> None:
    assert clock(time_s, digits) == text
