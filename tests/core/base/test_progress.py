"""Progress: reports are scaled and clipped, a cancelled job learns of it."""

import pytest

from chart_hero_core.base.errors import Cancelled, ChartHeroError
from chart_hero_core.base.progress import CallbackProgress, SilentProgress, SubProgress


def test_reports_are_clipped_and_passed_on() -> None:
    seen: list[tuple[float, str]] = []
    progress = CallbackProgress(lambda fraction, text: seen.append((fraction, text)))
    progress.report(-1.0, "a")
    progress.report(0.5)
    progress.report(3.0, "b")
    assert seen == [(0.0, "a"), (0.5, ""), (1.0, "b")]


def test_a_part_fills_its_stretch_of_the_whole() -> None:
    seen: list[float] = []
    whole = CallbackProgress(lambda fraction, _: seen.append(fraction))
    part = SubProgress(SubProgress(whole, 0.5, 1.0), 0.0, 0.5)
    for fraction in (0.0, 0.5, 1.0):
        part.report(fraction)
    assert seen == pytest.approx([0.5, 0.625, 0.75])


def test_cancelling_reaches_the_innermost_part() -> None:
    stop = False
    part = SubProgress(CallbackProgress(is_cancelled=lambda: stop), 0.0, 1.0)
    part.check_cancelled()
    stop = True
    with pytest.raises(Cancelled):
        part.check_cancelled()


def test_nobody_has_to_watch() -> None:
    for progress in (SilentProgress(), CallbackProgress()):
        progress.report(0.5, "x")
        progress.check_cancelled()


def test_cancelled_is_not_a_failure() -> None:
    assert not issubclass(Cancelled, ChartHeroError)
