"""Beat tracking on played rhythms whose tempo is known, and on input that has none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.timing.beat_path import HOP_S
from chart_hero_core.timing.beats import (
    BeatActivations,
    TempoCandidate,
    observations_of,
    rough_map,
    tempo_candidates,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

ROCK = {0: [DrumClass.KICK], 2: [DrumClass.SNARE], 4: [DrumClass.KICK], 6: [DrumClass.SNARE]}
WALTZ = {0: [DrumClass.KICK], 2: [DrumClass.SNARE], 4: [DrumClass.SNARE]}


def played(
    tempo_map: TempoMap,
    bars: int,
    start_bar: int = 0,
    eighths: int = 8,
    pattern: dict[int, list[DrumClass]] = ROCK,
    jitter_s: float = 0.004,
    offset_s: float = 0.0,
) -> list[Hit]:
    """A pattern with a hi-hat on every eighth, a crash every fourth bar, a 16th kick now and then.

    ``offset_s`` moves everything later, as silence before the music would.
    """
    rng = np.random.default_rng(3)
    hits = []
    for bar in range(start_bar, bars):
        for eighth in range(eighths):
            tick = bar * eighths * 240 + eighth * 240
            drums = [*pattern.get(eighth, []), DrumClass.HIHAT]
            if eighth == 0 and bar % 4 == 0:
                drums[-1] = DrumClass.CRASH
            places = [(tick, drum) for drum in drums]
            if eighth == eighths - 3 and bar % 2:
                places.append((tick + 120, DrumClass.KICK))
            for place, drum in places:
                time_s = tempo_map.seconds(place) + offset_s + rng.normal(0, jitter_s)
                hits.append(Hit(max(time_s, 0.0), drum, 0.9))
    return hits


def best_of(hits: list[Hit], hint_bpm: float | None = None) -> TempoCandidate:
    return tempo_candidates(hits, hits[-1].time_s + 2, hint_bpm=hint_bpm)[0]


def bar_times(tempo_map: TempoMap, end_s: float) -> np.ndarray:
    beats = tempo_map.beats(0, int(tempo_map.tick_at(end_s)))
    return np.array([tempo_map.seconds(beat.tick) for beat in beats if beat.beat == 0])


def assert_covered(wanted_s: np.ndarray, found_s: np.ndarray, within_s: float) -> None:
    distance = np.abs(wanted_s[:, None] - found_s[None, :]).min(axis=1)
    assert distance.max() < within_s


@pytest.mark.parametrize("bpm", [80, 100, 120.5, 140, 170])
@pytest.mark.parametrize("offset_s", [0.0, 0.37, 2.9])
def test_a_steady_song_gets_one_tempo_and_its_bar_lines(bpm: float, offset_s: float) -> None:
    truth = TempoMap.constant(bpm)
    best = best_of(played(truth, 32, offset_s=offset_s))
    assert best.bpm == pytest.approx(bpm, abs=0.06)
    assert best.markers <= (1 if offset_s == 0 else 2)
    assert best.on_grid > 0.98
    assert best.error_ms < 6
    bars = np.array([truth.seconds(bar * 1920) + offset_s for bar in range(32)])
    assert_covered(bars, bar_times(best.tempo_map, bars[-1] + 1), 0.008)
    assert best.tempo_map.signatures[-1] == TimeSignature(best.tempo_map.signatures[-1].tick, 4, 4)


def test_whole_tempos_are_found_exactly() -> None:
    best = best_of(played(TempoMap.constant(128), 48, jitter_s=0.006))
    assert best.tempo_map.tempos == (TempoChange(0, 468_750.0),)
    assert best.label == "128 BPM, 4/4"


def test_a_waltz_is_in_three() -> None:
    best = best_of(played(TempoMap.constant(140), 48, eighths=6, pattern=WALTZ))
    assert best.bpm == pytest.approx(140, abs=0.1)
    assert best.tempo_map.signatures[-1].numerator in (3, 6)


@pytest.mark.parametrize("bpm", [110, 150, 190])
@pytest.mark.parametrize(
    ("eighths", "kicks", "snares"),
    [(5, (0, 3), (2,)), (7, (0, 3, 5), (2, 6)), (7, (0, 1, 4), (2, 6))],
)
def test_bars_of_odd_eighths_are_found(
    bpm: int, eighths: int, kicks: tuple[int, ...], snares: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    struck = [(place, DrumClass.HIHAT) for place in range(eighths)]
    struck += [(place, DrumClass.KICK) for place in kicks]
    struck += [(place, DrumClass.SNARE) for place in snares]
    hits = [
        Hit(0.3 + (bar * eighths + place) * 30 / bpm + rng.normal(0, 0.004), drum)
        for bar in range(32)
        for place, drum in [*struck, *([(0, DrumClass.CRASH)] if bar % 8 == 0 else [])]
    ]
    found = best_of(hits).tempo_map
    last = found.signatures[-1]
    assert (last.numerator, last.denominator) == (eighths, 8)
    lengths = np.diff(bar_times(found, hits[-1].time_s))
    assert np.median(lengths) == pytest.approx(eighths * 30 / bpm, rel=0.005)
    assert np.mean(np.abs(lengths - np.median(lengths)) < 0.02) > 0.9


def test_a_rough_map_has_the_beats_of_the_whole_search() -> None:
    hits = played(TempoMap.constant(128), 24)
    rough = rough_map(hits, hits[-1].time_s + 2)
    whole = best_of(hits).tempo_map
    assert_covered(bar_times(whole, 40), bar_times(rough, 40), 0.01)
    few = rough_map(hits[:2], 5.0)
    assert few == tempo_candidates(hits[:2], 5.0)[0].tempo_map


def test_a_tempo_change_is_one_marker_at_its_place() -> None:
    truth = TempoMap(480, (TempoChange(0, 60e6 / 120), TempoChange(16 * 1920, 60e6 / 138)))
    best = best_of(played(truth, 40))
    assert best.markers <= 3
    bars = truth.seconds_array(np.arange(40) * 1920)
    assert_covered(bars, bar_times(best.tempo_map, bars[-1] + 1), 0.012)


def test_a_drifting_song_gets_few_markers() -> None:
    beats = np.arange(320)
    us = 500_000 * (1 + 0.03 * np.sin(beats / 40))
    truth = TempoMap(
        480, tuple(TempoChange(int(b) * 480, float(u)) for b, u in zip(beats, us, strict=True))
    )
    best = best_of(played(truth, 80))
    assert 4 <= best.markers <= 40
    assert best.on_grid > 0.97
    bars = truth.seconds_array(np.arange(80) * 1920)
    assert_covered(bars, bar_times(best.tempo_map, bars[-1] + 1), 0.015)


def test_rivals_are_offered() -> None:
    hits = played(TempoMap.constant(120), 32)
    found = tempo_candidates(hits, 70.0)
    labels = [candidate.label for candidate in found]
    assert labels[0] == "120 BPM, 4/4"
    assert "half time, 60 BPM" in labels
    assert "half time, 60 BPM, on the beats between" in labels
    assert len(set(labels)) == len(labels)
    assert "double time, 240 BPM" in labels
    assert "bars shifted by two beats" in labels
    assert any(label.endswith("throughout") for label in labels)
    scores = [candidate.score for candidate in found[1:]]
    assert scores == sorted(scores, reverse=True)
    shifted = next(c for c in found if c.label == "bars shifted by one beat").tempo_map
    assert_covered(np.arange(2, 30) * 2.0 + 0.5, bar_times(shifted, 64), 0.01)


def test_a_hint_decides_between_octaves() -> None:
    hits = played(TempoMap.constant(100), 32)
    for hint in (50.0, 100.0, 200.0):
        assert best_of(hits, hint_bpm=hint).bpm == pytest.approx(hint, rel=0.02)


def test_activations_alone_give_the_tempo() -> None:
    hop_s = 0.02
    times = np.arange(3000) * hop_s
    beat = np.full(3000, 0.02, dtype=np.float32)
    downbeat = beat.copy()
    for index, time_s in enumerate(np.arange(0.4, 59, 60 / 93)):
        near = np.exp(-0.5 * ((times - time_s) / 0.02) ** 2).astype(np.float32)
        beat = np.maximum(beat, near * 0.95)
        if index % 4 == 0:
            downbeat = np.maximum(downbeat, near * 0.9)
    best = tempo_candidates([], 60.0, beat=BeatActivations(beat, downbeat, hop_s))[0]
    assert best.bpm == pytest.approx(93, abs=0.3)
    assert_covered(0.4 + np.arange(20) * 4 * 60 / 93, bar_times(best.tempo_map, 58), 0.03)


@pytest.mark.parametrize("level", [0.002, 0.01, 0.2])
def test_a_model_that_is_sure_of_no_beat_leaves_the_tempo_to_the_strokes(level: float) -> None:
    hits = played(TempoMap.constant(150), 24)
    end_s = hits[-1].time_s + 1
    flat = np.full(int(end_s / 0.01), level, np.float32)
    found = tempo_candidates(
        hits, end_s, beat=BeatActivations(flat, flat * np.float32(0.25), 0.01)
    )[0]
    assert found.bpm == pytest.approx(best_of(hits).bpm)


def test_no_strokes_give_a_plain_map() -> None:
    for candidate in (
        tempo_candidates([], 0.0)[0],
        tempo_candidates([], 100.0, hint_bpm=-1)[0],
        tempo_candidates(
            [], 9.0, beat=BeatActivations(np.zeros(0, np.float32), np.zeros(0, np.float32), 0.02)
        )[0],
    ):
        assert candidate.bpm == 120
        assert candidate.markers == 1


@pytest.mark.parametrize("level", [0.2, 0.05])
def test_silence_that_the_model_murmurs_in_has_no_beats_of_its_own(level: float) -> None:
    beat = np.random.default_rng(1).normal(level, 0.01, 2000).astype(np.float32)
    found = tempo_candidates(
        [], 20.0, beat=BeatActivations(beat, (beat / 4).astype(np.float32), 0.01)
    )
    assert [c.tempo_map for c in found] == [TempoMap()]


def test_a_few_strokes_start_a_bar() -> None:
    best = best_of([Hit(1.3, DrumClass.KICK), Hit(2.0, DrumClass.SNARE)], hint_bpm=90)
    assert best.bpm == pytest.approx(90)
    assert_covered(np.array([1.3]), bar_times(best.tempo_map, 10), 0.001)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.builds(Hit, st.floats(-5, 40), st.sampled_from(DrumClass), st.floats(0, 1)), max_size=80
    ),
    st.floats(0, 40),
    st.one_of(st.none(), st.floats(1, 1e6)),
)
def test_any_strokes_give_sound_maps(
    hits: list[Hit], duration_s: float, hint_bpm: float | None
) -> None:
    found = tempo_candidates(hits, duration_s, hint_bpm=hint_bpm)
    assert found
    for candidate in found:
        tempo_map = candidate.tempo_map
        assert np.isfinite(candidate.score)
        assert 0 <= candidate.on_grid <= 1
        assert all(1_000 <= t.us_per_quarter < 2**24 for t in tempo_map.tempos)
        assert all(t.us_per_quarter == round(t.us_per_quarter) for t in tempo_map.tempos)
        assert all(s.numerator <= 255 for s in tempo_map.signatures)


def test_the_order_of_strokes_does_not_matter() -> None:
    hits = played(TempoMap.constant(111), 16)
    assert tempo_candidates(hits[::-1], 40.0) == tempo_candidates(hits, 40.0)


def test_silence_says_nothing_of_beats() -> None:
    before = [Hit(eighth * 0.25, DrumClass(eighth % 2)) for eighth in range(160)]
    after = [Hit(hit.time_s + 60.0, hit.drum) for hit in before]
    observations = observations_of([*before, *after], 100.0, None)
    quiet = slice(round((before[-1].time_s + 2.1) / HOP_S), round((after[0].time_s - 2.1) / HOP_S))
    assert len(observations.beat[quiet]) > 1000
    assert not observations.beat[quiet].any()
    assert np.abs(observations.beat[: quiet.start]).max() > 1
