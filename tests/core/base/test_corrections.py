"""Curves moved by what the context of a song says, by hand."""

import numpy as np
import pytest

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.corrections import with_corrections, without_corrections
from chart_hero_core.base.drums import DRUM_COUNT, Activations, ContextCorrections


def heard(p: float = 0.5, frames: int = 100) -> Activations:
    classes = np.full((DRUM_COUNT, frames), p, np.float32)
    return Activations(classes, np.full(frames, p, np.float32), hop_s=0.01, start_s=1.0)


def said(rows: list[tuple[float, float]], reach_s: float) -> ContextCorrections:
    """At some times (s), how much is said for the snare."""
    odds: Float32Array = np.zeros((len(rows), DRUM_COUNT), np.float32)
    odds[:, 1] = [odds_of for _, odds_of in rows]
    return ContextCorrections(np.array([time_s for time_s, _ in rows]), odds, reach_s)


def test_only_what_is_within_reach_is_moved_and_by_the_nearer_moment() -> None:
    moved = with_corrections(heard(), said([(1.2, np.log(3)), (1.29, -np.log(3))], 0.0501))
    snare = moved.classes[1]
    assert snare[15:25] == pytest.approx(0.75)  # 1.15 to 1.24 s
    assert snare[25:35] == pytest.approx(0.25)
    assert snare[:15] == pytest.approx(0.5)
    assert snare[35:] == pytest.approx(0.5)
    assert moved.classes[0] == pytest.approx(0.5)


@pytest.mark.parametrize("p", [0.0, 1e-6, 0.3, 0.999, 1.0])
def test_what_was_moved_can_be_moved_back(p: float) -> None:
    before = heard(p)
    after = without_corrections(with_corrections(before, said([(1.5, 2.0)], 0.05)))
    assert after.corrections is None
    np.testing.assert_allclose(after.classes, before.classes, atol=1e-6)


def test_nothing_said_moves_nothing() -> None:
    before = heard()
    moved = with_corrections(before, said([], 0.05))
    np.testing.assert_array_equal(moved.classes, before.classes)
    assert without_corrections(before) is before
