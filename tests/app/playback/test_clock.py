"""The slaved clock: true, steady, never backwards."""

from hypothesis import given
from hypothesis import strategies as st

from chart_hero_app.playback.clock import SlavedClock


class FakeTime:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_before_the_first_block_nothing_is_heard() -> None:
    assert SlavedClock(0.1, FakeTime()).heard_s() == -0.1


def test_it_runs_on_between_blocks() -> None:
    now = FakeTime()
    clock = SlavedClock(0.1, now)
    clock.on_block(0.0)
    assert abs(clock.heard_s() + 0.1) < 1e-9
    now.now_s += 0.15
    assert abs(clock.heard_s() - 0.05) < 1e-9


def test_one_late_callback_moves_it_by_a_twentieth() -> None:
    now = FakeTime()
    clock = SlavedClock(0.0, now)
    clock.on_block(0.0)
    now.now_s += 0.04
    clock.on_block(0.02)  # 20 ms late
    assert abs(clock.heard_s() - 0.039) < 1e-9


def test_an_underrun_is_taken_over_after_four_blocks() -> None:
    now = FakeTime()
    clock = SlavedClock(0.0, now)
    for block in range(10):
        now.now_s = 100.0 + block * 0.02
        clock.on_block(block * 0.02)
    for block in range(10, 15):
        now.now_s = 100.0 + block * 0.02 + 0.18  # the sound stood still for 180 ms
        clock.on_block(block * 0.02)
    now.now_s += 0.2
    assert abs(clock.heard_s() - (14 * 0.02 + 0.2)) < 0.002


@given(st.lists(st.floats(-0.08, 0.08), min_size=5, max_size=60))
def test_it_never_runs_backwards(jitter: list[float]) -> None:
    now = FakeTime()
    clock = SlavedClock(0.05, now)
    last_s = clock.heard_s()
    for block, late_s in enumerate(jitter):
        now.now_s = max(now.now_s, 100.0 + block * 0.02 + late_s)
        clock.on_block(block * 0.02)
        heard_s = clock.heard_s()
        assert heard_s >= last_s
        last_s = heard_s
