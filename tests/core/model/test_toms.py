"""Toms of a song told apart by the pitches of its own kit."""

from dataclasses import replace

import numpy as np
import pytest

from chart_hero_core.base.drums import Activations, DrumClass
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.model.tom_pitch import TOM_PITCHES_HZ, estimate_pitches
from chart_hero_core.model.toms import reassign_toms, reassign_toms_of_span

HOP_S = 128 / SAMPLE_RATE
TOMS = slice(DrumClass.TOM_HIGH, DrumClass.TOM_LOW + 1)
# Strokes of a high, a mid and a low tom in turn, as fills go.
ORDER = np.tile([0, 0, 1, 1, 2, 2], 6)
FRAMES = 60 + 50 * np.arange(len(ORDER))


def drum(pitch_hz: float) -> np.ndarray:
    """Half a second of a membrane: a few partials that fall, and a click."""
    time_s = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    out = np.zeros(len(time_s))
    for ratio, gain, decay in ((1.0, 1.0, 9.0), (1.59, 0.4, 16.0), (2.14, 0.25, 22.0)):
        out += gain * np.sin(2 * np.pi * pitch_hz * ratio * time_s) * np.exp(-decay * time_s)
    out[:60] += np.random.default_rng(0).normal(0, 0.5, 60)
    return out


def song(pitches_hz: tuple[float, float, float]) -> np.ndarray:
    samples = np.zeros(int((FRAMES[-1] + 120) * 128), np.float32)
    for frame, tom in zip(FRAMES, ORDER, strict=True):
        sound = drum(pitches_hz[tom])
        samples[frame * 128 : frame * 128 + len(sound)] += sound.astype(np.float32)
    return samples


def heard(answers: np.ndarray, frames: np.ndarray = FRAMES, hop_s: float = HOP_S) -> Activations:
    """Curves with a peak of ``answers`` ``[N, 3]`` at each stroke."""
    length = int(frames[-1] + 120)
    classes = np.full((8, length), 0.01, np.float32)
    classes[TOMS, frames] = answers.T
    for beside in (-1, 1):
        classes[TOMS, frames + beside] = answers.T / 2
    return Activations(classes, classes.max(axis=0), hop_s)


def named(found: Activations, frames: np.ndarray = FRAMES) -> np.ndarray:
    return np.asarray(found.classes[TOMS, frames].argmax(axis=0))


def doubtful() -> np.ndarray:
    """The network cannot tell neighbours apart, and leans to the lower one."""
    answers = np.array([[0.45, 0.5, 0.05], [0.05, 0.45, 0.5], [0.02, 0.2, 0.6]])
    return np.asarray(answers[ORDER])


# A kit far below the usual tunings is told apart in part only.
@pytest.mark.parametrize(
    ("lowest_hz", "right"),
    [(62.0, 0.6), (72.0, 0.9), (75.0, 0.9), (80.0, 0.9), (90.0, 0.9), (95.0, 0.9)],
)
def test_the_toms_of_one_song_are_told_apart_by_their_pitch(lowest_hz: float, right: float) -> None:
    pitches_hz = (lowest_hz * 1.5, lowest_hz * 1.22, lowest_hz)
    before = heard(doubtful())
    assert (named(before) == ORDER).mean() < 0.4
    after = reassign_toms(before, song(pitches_hz))
    assert (named(after) == ORDER).mean() > right
    assert after.tom_pitches_hz is not None
    np.testing.assert_allclose(after.tom_pitches_hz, pitches_hz, rtol=0.09)


def test_a_kit_whose_toms_are_all_taken_for_lower_ones_is_named_by_its_pitches() -> None:
    answers = np.array([[0.3, 0.7, 0.1], [0.05, 0.3, 0.7], [0.02, 0.1, 0.8]])[ORDER]
    before = heard(answers)
    assert (named(before) == ORDER).mean() < 0.4
    after = reassign_toms(before, song((127.0, 101.0, 80.0)))
    assert (named(after) == ORDER).mean() > 0.9


def test_only_which_tom_changes_not_whether_there_is_one() -> None:
    before = heard(doubtful())
    after = reassign_toms(before, song((130.0, 105.0, 84.0)))

    def odds(found: Activations) -> np.ndarray:
        p = found.classes[TOMS, FRAMES].astype(np.float64)
        return np.asarray((p / (1 - p)).sum(axis=0))

    np.testing.assert_allclose(odds(after), odds(before), rtol=1e-3)
    others = [int(d) for d in DrumClass if not DrumClass.TOM_HIGH <= d <= DrumClass.TOM_LOW]
    assert np.array_equal(after.classes[others], before.classes[others])
    assert np.array_equal(after.classes[:, : FRAMES[0] - 10], before.classes[:, : FRAMES[0] - 10])


def test_a_passage_heard_anew_goes_by_the_pitches_of_the_song() -> None:
    samples = song((130.0, 105.0, 84.0))
    whole = reassign_toms(heard(doubtful()), samples)
    span = replace(heard(doubtful()[2:4], FRAMES[2:4]), start_s=0.0)
    assert named(reassign_toms_of_span(span, whole, samples), FRAMES[2:4]).tolist() == [1, 1]
    untold = replace(whole, tom_pitches_hz=None)
    assert reassign_toms_of_span(span, untold, samples) is span


@pytest.mark.parametrize(("step", "wrong"), [(5, 0), (40, 1)])
def test_strokes_of_a_roll_go_by_each_other(step: int, wrong: int) -> None:
    """Silence tells nothing of pitch; one stroke of five leans to another tom."""
    frames = 60 + step * np.arange(5)
    answers = np.tile([0.05, 0.8, 0.05], (5, 1))
    answers[2] = [0.6, 0.5, 0.05]
    span = heard(answers, frames)
    silence = np.zeros((int(frames[-1]) + 120) * 128, np.float32)
    whole = replace(span, tom_pitches_hz=(130.0, 105.0, 84.0))
    assert (named(reassign_toms_of_span(span, whole, silence), frames) != 1).sum() == wrong


def test_songs_without_toms_stay_as_they_are() -> None:
    nothing = heard(np.full((len(ORDER), 3), 0.01))
    assert reassign_toms(nothing, np.zeros(SAMPLE_RATE, np.float32)) is nothing


@pytest.mark.parametrize("pitch_hz", [70.0, 95.0, 128.0, 170.0])
def test_the_shipped_network_hears_the_pitch_of_a_lone_tom(pitch_hz: float) -> None:
    samples = np.concatenate([np.zeros(SAMPLE_RATE // 4), drum(pitch_hz)]).astype(np.float32)
    pitches, tom = estimate_pitches(samples, np.array([0.25]))
    assert pitches.sum() == pytest.approx(1.0)
    assert TOM_PITCHES_HZ[pitches[0].argmax()] == pytest.approx(pitch_hz, rel=0.1)
    assert tom[0] > 0.5
