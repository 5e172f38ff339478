"""Words on labels."""

import pytest

from chart_hero_app.widgets.labels import percent, shortened


@pytest.mark.parametrize(
    ("text", "shown"), [("abcdefg", "abcdefg"), ("abcdefgh", "abc…fgh"), ("", "")]
)
def test_the_middle_is_left_out(text: str, shown: str) -> None:
    assert shortened(text, 7) == shown


def test_percent() -> None:
    assert percent(0.834) == "83 %"
