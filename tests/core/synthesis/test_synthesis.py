"""Rendered audio: labels exact to a sample, the same for the same seed, held-out kept apart."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import sosfilt

from chart_hero_core.base.drums import FloatArray
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis import patterns
from chart_hero_core.synthesis.articulations import (
    CLASS_OF,
    HIHATS,
    OF_MIDI_NOTE,
    PULSE,
    Articulation,
)
from chart_hero_core.synthesis.audibility import audible, stroke_shares
from chart_hero_core.synthesis.augment import draw_voicing
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.band import load_band, play_band
from chart_hero_core.synthesis.clips import ClipSettings, ClipStream, Materials
from chart_hero_core.synthesis.decoys import decoys
from chart_hero_core.synthesis.kits import Kit, Layers, assemble, layered, load_kits
from chart_hero_core.synthesis.performances import (
    from_chart,
    from_strokes,
    load_charts,
    load_grooves,
    read_take,
)
from chart_hero_core.synthesis.rattles import rattle
from chart_hero_core.synthesis.render import Voice, render
from chart_hero_core.synthesis.songs import chart_of
from chart_hero_core.synthesis.voice import sing
from chart_hero_core.timing.tempo_map import TimeSignature
from tests.core.synthesis.material import chart, write_band, write_material, write_take


def _kit_of(*articulations: Articulation) -> Kit:
    wave = np.sin(np.arange(2000) * 0.1).astype(np.float32)
    sounds = dict.fromkeys(articulations, ((wave,),))
    return Kit("small", "CC0-1.0", "", False, True, False, 1.0, sounds)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(scope="module")
def materials(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Materials:
    return Materials(
        kits=load_kits(root / "kits", heldout=False),
        grooves=list(load_grooves(root / "grooves", heldout=False)),
        charts=list(load_charts(root / "charts", heldout=False)),
        backing=load_backing([root / "backing"], False, tmp_path_factory.mktemp("cache")),
    )


def test_every_articulation_has_a_class() -> None:
    assert set(CLASS_OF) == set(Articulation)
    assert set(OF_MIDI_NOTE.values()) <= set(Articulation)


def test_heldout_and_weak_claims_stay_apart(root: Path) -> None:
    assert [kit.name for kit in load_kits(root / "kits", heldout=False)] == ["one"]
    assert [kit.name for kit in load_kits(root / "kits", heldout=True)] == ["two"]
    assert [take.name for take in load_grooves(root / "grooves", heldout=True)] == ["take1"]
    assert len(list(load_charts(root / "charts", heldout=True))) == 2


def test_missing_material_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"manifest\.json"):
        load_kits(tmp_path, heldout=False)
    with pytest.raises(DatasetError, match=r"manifest\.csv"):
        list(load_grooves(tmp_path, heldout=False))
    with pytest.raises(DatasetError, match="backing"):
        load_backing([], False, tmp_path)


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


def test_a_hat_chokes_the_one_before() -> None:
    ring = np.ones(SAMPLE_RATE, np.float32)
    voices = {Articulation.HIHAT_OPEN: Voice((((ring, ring),),), 1.0)}
    strokes = [(0.0, Articulation.HIHAT_OPEN, 0.9), (0.2, Articulation.HIHAT_CLOSED, 0.9)]
    take = from_strokes("t", strokes, [], True, "t")
    audio, _ = render(take, voices, 0.9, np.random.default_rng(0))
    assert audio[2000] > 0.3
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


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_changes_keep_takes_well_formed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    take = patterns.generate(rng, 4.0)
    for change in (
        patterns.humanise,
        patterns.reorchestrate,
        patterns.add_unisons,
        lambda t, r: patterns.add_bursts(t, r, 4.0, odds=0.9),
        patterns.add_flams,
    ):
        take = change(take, rng)
        assert len(take.times_s) == len(take.articulations) == len(take.velocities)
        assert (np.diff(take.times_s) >= 0).all()
        assert ((take.velocities >= 0) & (take.velocities <= 1)).all()
        assert set(take.articulations.tolist()) <= {int(a) for a in Articulation}


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


def test_an_assembled_kit_is_complete(materials: Materials) -> None:
    sounds = assemble(list(materials.kits), np.random.default_rng(0))
    assert {Articulation.RIMSHOT, Articulation.HIHAT_HALF, Articulation.RIDE_BELL} <= set(sounds)


def _ringing(*pitches_hz: float) -> Layers:
    """One layer of a drum, a robin for each pitch."""
    time_s = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    waves = [np.sin(2 * np.pi * hz * time_s) * np.exp(-time_s * 8) for hz in pitches_hz]
    return (tuple(np.asarray(wave, np.float32) for wave in waves),)


def _pitch_hz(sample: FloatArray) -> float:
    spectrum = np.abs(np.fft.rfft(sample, 1 << 16))
    return float(spectrum.argmax()) * SAMPLE_RATE / (1 << 16)


@pytest.mark.parametrize(("high_hz", "low_hz"), [(130.0, 75.0), (130.0, 112.0), (100.0, 150.0)])
def test_a_tom_that_a_kit_lacks_is_another_one_retuned(high_hz: float, low_hz: float) -> None:
    one = _kit_of(Articulation.TOM_HIGH, Articulation.TOM_LOW)
    toms = {Articulation.TOM_HIGH: _ringing(high_hz), Articulation.TOM_LOW: _ringing(low_hz)}
    one = replace(one, sounds={**one.sounds, **toms})
    sounds = assemble([one], np.random.default_rng(0), 0.0)
    names = (Articulation.TOM_HIGH, Articulation.TOM_MID, Articulation.TOM_LOW)
    high, mid, low = (_pitch_hz(sounds[name][0][0]) for name in names)
    assert high == pytest.approx(high_hz, rel=0.01)
    assert 0.55 * high < mid < 0.86 * high
    assert low < 0.86 * mid


def test_a_tom_is_one_drum_all_song_long() -> None:
    names = (Articulation.TOM_HIGH, Articulation.TOM_MID, Articulation.TOM_LOW)
    kit = _kit_of(*names)
    pairs = {name: _ringing(90.0 * 1.4**i, 105.0 * 1.4**i) for i, name in enumerate(names)}
    kit = replace(kit, sounds={**kit.sounds, **pairs}, doubled=frozenset(names))
    for seed in range(4):
        sounds = assemble([kit], np.random.default_rng(seed), 0.0)
        assert [len(sounds[name][0]) for name in names] == [1, 1, 1]


def test_layered_cymbals_hold_both_kits_and_leave_drums_alone() -> None:
    names = (Articulation.SNARE, *HIHATS, Articulation.CRASH_1, Articulation.RIDE)
    first = {name: ((np.full(100, 0.5, np.float32),),) for name in names}
    second = {name: ((np.full(200, 0.1, np.float32),),) for name in names}
    mixed = [layered(first, second, np.random.default_rng(seed)) for seed in range(8)]
    assert all(np.array_equal(kit[Articulation.SNARE][0][0], np.full(100, 0.5)) for kit in mixed)
    rides = [kit[Articulation.RIDE][0][0] for kit in mixed]
    assert {len(ride) for ride in rides} == {100, 200}
    assert all(ride[0] > 0.5 for ride in rides if len(ride) == 200)


def test_a_voicing_is_stable_and_says_other_things_each_time() -> None:
    click = np.zeros(SAMPLE_RATE)
    click[0] = 1.0
    spectra = []
    for seed in range(12):
        ringing = sosfilt(draw_voicing(np.random.default_rng(seed)), click)
        assert np.abs(ringing[-1000:]).max() < 1e-6
        spectra.append(20 * np.log10(np.abs(np.fft.rfft(ringing))))
    # Below the lowest bell nothing happens, among them every voicing differs by decibels.
    assert np.abs(np.array(spectra)[:, :20]).max() < 1.0
    assert np.std(spectra, axis=0)[1000:8000].mean() > 1.0


def test_decoys_have_the_level_they_promise() -> None:
    for seed in range(25):  # all kinds come up
        sound = decoys(np.random.default_rng(seed), SAMPLE_RATE * 4)
        assert np.isfinite(sound).all()
        assert np.std(sound) == pytest.approx(0.03, rel=0.01)


def test_rattles_ring_high_die_away_and_differ() -> None:
    spectra = []
    for seed in range(30):
        strokes = rattle(np.random.default_rng(seed))
        assert len(strokes) == 3
        for stroke in strokes:
            assert np.isfinite(stroke).all()
            assert np.abs(stroke).max() == pytest.approx(1.0, rel=1e-3)
            # No stroke is cut off: its end is silent.
            assert np.abs(stroke[-5:]).max() < 0.02
        spectra.append(np.abs(np.fft.rfft(strokes[0])) ** 2)
    frequencies_hz = np.fft.rfftfreq(len(strokes[0]), 1 / SAMPLE_RATE)
    centres_hz = [float((one * frequencies_hz).sum() / one.sum()) for one in spectra]
    assert np.median(centres_hz) > 3500
    assert np.ptp(centres_hz) > 2000


def test_aligned_backing_is_found_by_name(materials: Materials) -> None:
    assert materials.backing.aligned("unknown", 0, 10) is None
    excerpt = materials.backing.excerpt(np.random.default_rng(0), SAMPLE_RATE)
    assert len(excerpt) == SAMPLE_RATE


def test_a_band_plays_in_time_with_the_drums(tmp_path: Path) -> None:
    band = load_band(write_band(tmp_path))
    beats = [(0.5 * i, i % 4 == 0) for i in range(9)]
    take = from_strokes("t", [(b, Articulation.KICK, 0.8) for b, _ in beats], beats, True, "groove")
    rng = np.random.default_rng(4)
    heard = np.zeros(4 * SAMPLE_RATE)
    for _ in range(12):
        music = play_band(band, take, len(heard), rng)
        assert music.shape == heard.shape
        assert np.isfinite(music).all()
        heard += np.abs(music)
    # Notes begin on the beats or on even parts of them: more on them than an eighth beside.
    rise = np.maximum(np.diff(heard.reshape(-1, SAMPLE_RATE // 50).mean(axis=1)), 0)
    on = sum(rise[int(b * 50) - 1 : int(b * 50) + 2].sum() for b, _ in beats[1:8])
    off = sum(rise[int(b * 50) + 2 : int(b * 50) + 5].sum() for b, _ in beats[1:8])
    assert on > 1.5 * off
    with pytest.raises(DatasetError, match="make_band"):
        load_band(tmp_path / "nowhere")


def test_percussion_of_the_band_serves_as_decoys(tmp_path: Path) -> None:
    band = load_band(write_band(tmp_path))
    sounds = decoys(np.random.default_rng(1), SAMPLE_RATE, None, band)
    assert sounds.shape == (SAMPLE_RATE,)
    assert float(np.std(sounds)) == pytest.approx(0.03, rel=0.01)


def test_a_singer_is_voiced_on_pitch_and_silent_in_breaths() -> None:
    starts, keys = np.array([0.0, 1.0, 2.0]), np.array([57.0, 0.0, 57.0])  # 220 Hz
    voice = sing(starts, keys, 3 * SAMPLE_RATE, np.random.default_rng(2))
    spectrum = np.abs(np.fft.rfft(voice[: SAMPLE_RATE - 2000]))
    bins = np.arange(len(spectrum)) * SAMPLE_RATE / (SAMPLE_RATE - 2000)
    low = spectrum[(bins > 60) & (bins < 330)].argmax() + np.flatnonzero(bins > 60)[0]
    assert bins[low] == pytest.approx(220, rel=0.06)
    breath = voice[int(1.2 * SAMPLE_RATE) : int(1.8 * SAMPLE_RATE)]
    assert float(np.std(breath)) < 0.2 * float(np.std(voice[:SAMPLE_RATE]))


def test_kits_with_many_strokes_are_drawn_more_often(tmp_path: Path) -> None:
    kits = load_kits(write_material(tmp_path) / "kits", heldout=False)
    rich, poor = replace(kits[0], weight=9.0), replace(kits[0], weight=1.0, sounds={})
    rng = np.random.default_rng(0)
    drawn = [len(assemble([rich, poor], rng, mixing=0.0, weighted=True)) for _ in range(200)]
    assert sum(count > 0 for count in drawn) >= 160


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


def test_takes_become_charts_stroke_by_stroke() -> None:
    beats = [(0.5 * i, i % 3 == 0) for i in range(10)]
    strokes = [(0.51, Articulation.SNARE, 0.5), (1.27, Articulation.RIDE_BELL, 0.9)]
    chart = chart_of(from_strokes("t", strokes, beats, human=True, kind="groove"))
    assert chart.tempo_map.signatures[0].numerator == 3
    heard = [(chart.tempo_map.seconds(n.tick), n.drum.label) for n in chart.expert.notes]
    assert [label for _, label in heard] == ["snare", "ride"]
    assert [time for time, _ in heard] == pytest.approx([0.51, 1.27], abs=0.001)


def test_percussion_plays_more_often_where_nothing_else_keeps_the_time(
    materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    settings = ClipSettings(
        length_s=1.0,
        drumless_share=0.0,
        decoy_share=0.0,
        percussion_share=0.0,
        alone_percussion_share=1.0,
        reuse=1,
    )
    stream = ClipStream(materials, settings, seed=3)

    def listened(*arguments: object) -> FloatArray:
        asked.append(True)
        return np.full(SAMPLE_RATE, 0.01, np.float32)

    monkeypatch.setattr("chart_hero_core.synthesis.clips.decoys", listened)
    silent = 0
    for _ in range(40):
        asked.clear()
        clip = stream.next()
        keeps_time = bool(clip.take.strikes(PULSE).any())
        struck = len(clip.take.times_s) > 0
        assert bool(asked) == (struck and not keeps_time)
        silent += bool(asked)
    assert silent
