"""Facts about peaks, against the plainest way to compute them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.drums import DRUM_COUNT, Activations
from chart_hero_core.decode.peaks import (
    MAX_ISOLATION,
    MAX_SPACING_S,
    critical_spacing,
    find_peaks,
)
from tests.core.decode.strategies import HOP_S, noise


def survives(curve: np.ndarray, frame: int, half: int) -> bool:
    """The definition: the highest within ``half`` frames, of equal ones the first."""
    start = max(frame - half, 0)
    return start + int(np.argmax(curve[start : frame + half + 1])) == frame


@given(noise(spans=False))
def test_isolation_says_in_which_windows_a_peak_is_the_highest(activations: Activations) -> None:
    peaks = find_peaks(activations, open_start=False, open_end=False)
    frames = np.round((peaks.frame_s - activations.start_s) / HOP_S).astype(int)
    found = {
        (int(drum), int(frame)): int(isolation)
        for drum, frame, isolation in zip(peaks.drum, frames, peaks.isolation, strict=True)
    }
    for half in (1, 2, 4, 10, MAX_ISOLATION - 1):
        expected = {
            (drum, frame)
            for drum in range(DRUM_COUNT)
            for frame in range(activations.frames)
            if activations.classes[drum, frame] >= 0.05
            and survives(activations.classes[drum], frame, half)
        }
        assert {place for place, isolation in found.items() if isolation > half} == expected


@given(noise(spans=False))
def test_an_open_end_has_no_peak_at_its_edge(activations: Activations) -> None:
    closed = find_peaks(activations, open_start=False, open_end=False)
    opened = find_peaks(activations, open_start=True, open_end=True)
    last_s = activations.start_s + (activations.frames - 1) * HOP_S
    inner = (closed.frame_s > activations.start_s) & (closed.frame_s < last_s - 1e-9)
    assert opened.frame_s.tolist() == closed.frame_s[inner].tolist()


def thinned(
    peaks: list[tuple[int, float, float]], spacing_s: float
) -> set[tuple[int, float, float]]:
    """The closest pair first, the weaker one goes, over all pairs, one at a time."""
    alive = list(peaks)
    while True:
        pairs = [
            (round(b[1] - a[1], 8), -max(a[2], b[2]), index, a, b)
            for index, a in enumerate(alive)
            for b in alive[index + 1 :]
            if a[0] == b[0] and round(b[1] - a[1], 8) < spacing_s
        ]
        if not pairs:
            return set(alive)
        _, _, _, earlier, later = min(pairs)
        alive.remove(earlier if earlier[2] < later[2] else later)


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 60), st.integers(1, 5)),
        max_size=24,
        unique_by=lambda peak: peak[:2],
    ),
    st.integers(0, 30),
)
def test_critical_spacing_is_where_thinning_reaches_a_peak(
    drawn: list[tuple[int, int, int]], spacing: int
) -> None:
    spacing_s = min(spacing * 0.004, MAX_SPACING_S)
    peaks = sorted((drum, step * 0.004, level / 5) for drum, step, level in drawn)
    critical = critical_spacing(
        np.array([peak[0] for peak in peaks], dtype=np.intp),
        np.array([peak[1] for peak in peaks], dtype=np.float64),
        np.array([peak[2] for peak in peaks], dtype=np.float64),
    )
    kept = {p for p, own in zip(peaks, critical, strict=True) if own >= spacing_s - 1e-8}
    assert kept == thinned(peaks, spacing_s - 1e-8)


def test_no_peaks_need_no_spacing() -> None:
    none = np.zeros(0)
    assert critical_spacing(np.zeros(0, dtype=np.intp), none, none).shape == (0,)
