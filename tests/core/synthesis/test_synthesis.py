"""Rendered audio: labels exact to a sample, the same for the same seed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.errors import DatasetError
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis import patterns
from chart_hero_core.synthesis.articulations import (
    CLASS_OF,
    OF_MIDI_NOTE,
    Articulation,
)
from chart_hero_core.synthesis.audibility import audible, stroke_shares
from chart_hero_core.synthesis.clips import ClipSettings, ClipStream, Materials
from chart_hero_core.synthesis.performances import (
    from_chart,
    from_strokes,
    read_take,
)
from chart_hero_core.synthesis.render import Voice, render
from chart_hero_core.synthesis.songs import chart_of
from chart_hero_core.timing.tempo_map import TimeSignature
from tests.core.synthesis.material import chart, write_take


def test_every_articulation_has_a_class() -> None:
    assert set(CLASS_OF) == set(Articulation)
    assert set(OF_MIDI_NOTE.values()) <= set(Articulation)


def test_takes_know_their_strokes_and_beats(materials: Materials) -> None:
    (take,) = materials.grooves
    assert take.times_s[:3] == pytest.approx([0.125, 0.375, 0.625])
    assert take.articulations[0] == Articulation.KICK
    assert np.diff(take.beats_s) == pytest.approx(0.5)
    chart = materials.charts[0]
    assert len(chart.times_s) == 64 * 3
    assert chart.downbeats_s[:2] == pytest.approx([0.0, 2.0])


@pytest.mark.parametrize(
    ("signature", "beats_s", "downbeats_s"),
    [
        ((7, 8), [0, 0.5, 1, 1.5, 1.75, 2.25], [0, 1.75, 3.5]),
        ((6, 8), [0, 0.75, 1.5, 2.25], [0, 1.5, 3]),
        ((8, 8), [0, 0.5, 1, 1.5, 2], [0, 2, 4]),
    ],
)
def test_charts_and_takes_count_beats_as_the_tracker_does(
    tmp_path: Path, signature: tuple[int, int], beats_s: list[float], downbeats_s: list[float]
) -> None:
    write_take(tmp_path / "take.mid", signature)
    tempo_map = replace(chart().tempo_map, signatures=(TimeSignature(0, *signature),))
    song = replace(chart(), tempo_map=tempo_map)
    for performance in (
        read_take(tmp_path / "take.mid", True, "groove"),
        from_chart("chart", song),
    ):
        assert performance.beats_s[: len(beats_s)] == pytest.approx(beats_s)
        assert performance.downbeats_s[:3] == pytest.approx(downbeats_s)


def test_a_take_in_bars_of_nothing_is_refused(tmp_path: Path) -> None:
    write_take(tmp_path / "take.mid", (0, 4))
    with pytest.raises(DatasetError, match=r"take\.mid"):
        read_take(tmp_path / "take.mid", True, "groove")


def test_a_stroke_sounds_at_its_label_to_the_sample() -> None:
    one_shot = np.zeros(100, np.float32)
    one_shot[11] = 1.0  # 0.5 ms of pre-roll
    voice = Voice((((one_shot, one_shot),),), 1.0)
    take = from_strokes(
        "t", [(0.1, Articulation.SNARE, 0.8), (0.5, Articulation.SNARE, 0.8)], [], True, "t"
    )
    audio, heard = render(take, {Articulation.SNARE: voice}, 1.0, np.random.default_rng(0))
    assert np.flatnonzero(audio).tolist() == [2205, 11025]
    assert len(heard.times_s) == 2


def test_strokes_no_kit_can_play_are_not_labelled() -> None:
    take = from_strokes("t", [(0.1, Articulation.CHINA, 0.8)], [], True, "t")
    audio, heard = render(take, {}, 0.5, np.random.default_rng(0))
    assert not audio.any()
    assert len(heard.times_s) == 0


@pytest.mark.parametrize("first_s", [0.0, 0.7])
def test_a_hat_chokes_the_one_before(first_s: float) -> None:
    ring = np.ones(SAMPLE_RATE, np.float32)
    voices = {Articulation.HIHAT_OPEN: Voice((((ring, ring),),), 1.0)}
    closed = (first_s + 0.2, Articulation.HIHAT_CLOSED, 0.9)
    take = from_strokes("t", [(first_s, Articulation.HIHAT_OPEN, 0.9), closed], [], True, "t")
    audio, _ = render(take, voices, first_s + 0.9, np.random.default_rng(0))
    assert audio[round(first_s * SAMPLE_RATE) + 2000] > 0.3
    assert audio[-1] < 1e-3


def test_the_same_seed_gives_the_same_clips(materials: Materials) -> None:
    settings_ = ClipSettings(length_s=2.0, pool=4)
    first, second = (ClipStream(materials, settings_, seed=5) for _ in range(2))
    other = ClipStream(materials, settings_, seed=6)
    clips = [first.next() for _ in range(6)]
    for clip in clips:
        twin = second.next()
        np.testing.assert_array_equal(clip.samples, twin.samples)
        np.testing.assert_array_equal(clip.take.times_s, twin.take.times_s)
    assert any(not np.array_equal(c.samples, other.next().samples) for c in clips)


def test_clips_are_finite_and_within_their_length(materials: Materials) -> None:
    stream = ClipStream(materials, ClipSettings(length_s=2.0, pool=4), seed=7)
    domains = set()
    for _ in range(30):
        clip = stream.next()
        domains.add(clip.domain)
        assert clip.samples.shape == (2 * SAMPLE_RATE,)
        assert np.isfinite(clip.samples).all()
        assert (clip.take.times_s >= 0).all()
        assert (clip.take.times_s <= 2.1).all()
        assert (np.diff(clip.take.times_s) >= 0).all()
    assert domains == {"drums", "mix"}


@pytest.mark.parametrize(("share", "domain"), [(0.0, "mix"), (1.0, "drums")])
def test_what_is_separated_counts_as_drums(materials: Materials, share: float, domain: str) -> None:
    settings = ClipSettings(
        length_s=1.0, pool=2, drums_only_share=0.0, drumless_share=0.0, separated_share=share
    )
    stream = ClipStream(materials, settings, seed=3)
    clips = [stream.next() for _ in range(5)]
    assert {clip.domain for clip in clips} == {domain}
    assert all(clip.samples.any() for clip in clips)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_changes_keep_takes_well_formed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    take = patterns.generate(rng, 4.0)
    for change in (
        patterns.humanise,
        patterns.reorchestrate,
        patterns.add_unisons,
        lambda t, r: patterns.add_bursts(t, r, 4.0, per_minute=60.0),
        patterns.add_flams,
    ):
        take = change(take, rng)
        assert len(take.times_s) == len(take.articulations) == len(take.velocities)
        assert (np.diff(take.times_s) >= 0).all()
        assert ((take.velocities >= 0) & (take.velocities <= 1)).all()
        assert set(take.articulations.tolist()) <= {int(a) for a in Articulation}


def test_long_clips_are_as_full_of_rolls_as_short_ones() -> None:
    silence = from_strokes("t", [], [], human=True, kind="groove")

    def strokes(length_s: float, clips: int, per_minute: float = 12.0) -> int:
        rng = np.random.default_rng(5)
        return sum(
            len(patterns.add_bursts(silence, rng, length_s, per_minute).times_s)
            for _ in range(clips)
        )

    assert strokes(4.0, 2000) == pytest.approx(strokes(16.0, 500), rel=0.12)
    assert strokes(4.0, 10, per_minute=0.0) == 0


def test_some_takes_strike_toms_together_with_other_drums() -> None:
    strokes = [(0.5 * i, Articulation.SNARE, 0.8) for i in range(40)]
    take = from_strokes("t", strokes, [], human=True, kind="groove")
    together = 0
    for seed in range(60):
        changed = patterns.add_unisons(take, np.random.default_rng(seed))
        added = np.isin(changed.articulations, [int(a) for a in Articulation if "TOM" in a.name])
        if added.any():
            apart_s = np.abs(changed.times_s[added][:, None] - take.times_s[None]).min(axis=1)
            assert apart_s.max() < 0.02
            together += 1
    # Half of the fifth of takes that is changed, as this one has a snare alone.
    assert 2 <= together <= 14


def test_stretching_moves_strokes_and_beats_together() -> None:
    take = from_strokes("t", [(1.0, Articulation.KICK, 1.0)], [(1.0, True)], True, "t")
    slower = patterns.stretch(take, 1.5)
    assert slower.times_s[0] == slower.beats_s[0] == slower.downbeats_s[0] == 1.5


def test_strokes_under_louder_ones_are_not_audible() -> None:
    time_s = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    ring = np.exp(-time_s[: SAMPLE_RATE // 4] * 30)
    kick, hat = np.zeros((2, SAMPLE_RATE), np.float32)
    kick[5000 : 5000 + len(ring)] = np.sin(2 * np.pi * 60 * time_s[: len(ring)]) * ring
    noise = np.random.default_rng(0).normal(0, 1, SAMPLE_RATE)
    hat[5000 : 5000 + len(ring)] = 0.05 * np.diff(noise, prepend=0.0)[: len(ring)] * ring
    times = np.array([5000, 5000]) / SAMPLE_RATE
    shares = stroke_shares(np.stack([kick, hat]), np.array([0, 1]), times)
    # Far below the kick, yet alone in the treble.
    assert audible(shares, times, kick + hat, None).tolist() == [True, True]
    hiss = (0.5 * np.diff(noise, prepend=0.0)).astype(np.float32)
    assert audible(shares, times, kick + hat, hiss).tolist() == [True, False]
    # What rings on is not struck anew.
    wash = 0.3 * np.sin(2 * np.pi * np.array([[3000.0], [6000.0]]) * time_s).sum(axis=0)
    wash = wash.astype(np.float32)
    again = np.array([5000, 15000]) / SAMPLE_RATE
    ringing = stroke_shares(np.stack([kick, wash]), np.array([1, 1]), again)
    assert not audible(ringing, again, kick + wash, None)[1]


def test_noise_that_rises_by_itself_is_hardly_new() -> None:
    noise = (0.1 * np.random.default_rng(0).normal(0, 1, 10 * SAMPLE_RATE)).astype(np.float32)
    times = np.arange(1, 9, 0.05)
    shares = stroke_shares(noise[None], np.zeros(len(times), np.intp), times)
    assert float(shares.mean()) < 0.15


def test_takes_become_charts_stroke_by_stroke() -> None:
    beats = [(0.5 * i, i % 3 == 0) for i in range(10)]
    strokes = [(0.51, Articulation.SNARE, 0.5), (1.27, Articulation.RIDE_BELL, 0.9)]
    chart = chart_of(from_strokes("t", strokes, beats, human=True, kind="groove"))
    assert chart.tempo_map.signatures[0].numerator == 3
    heard = [(chart.tempo_map.seconds(n.tick), n.drum.label) for n in chart.expert.notes]
    assert [label for _, label in heard] == ["snare", "ride"]
    assert [time for time, _ in heard] == pytest.approx([0.51, 1.27], abs=0.001)


@pytest.mark.parametrize("drift", [0.0, 0.0009, 0.1])
def test_beats_of_a_drummer_who_drifts_stay_where_they_were_played(drift: float) -> None:
    beats_s = np.concatenate([[0.0], np.cumsum(0.5 * np.exp(np.linspace(0, drift, 400)))])
    beats = [(float(time_s), index % 4 == 0) for index, time_s in enumerate(beats_s)]
    strokes = [(time_s, Articulation.KICK, 0.5) for time_s, _ in beats]
    tempo_map = chart_of(from_strokes("t", strokes, beats, human=True, kind="groove")).tempo_map
    found = tempo_map.seconds_array(np.arange(len(beats_s)) * tempo_map.resolution)
    assert np.abs(found - beats_s).max() < 0.0011
    assert len(tempo_map.tempos) <= (1 if drift == 0 else 50)
