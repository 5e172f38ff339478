"""What sounds beside the drums: backing, bands, singers, percussion that is in no chart."""

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import sosfilt

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.articulations import (
    PULSE,
    Articulation,
)
from chart_hero_core.synthesis.augment import draw_voicing
from chart_hero_core.synthesis.backing import load_backing
from chart_hero_core.synthesis.band import load_band, play_band
from chart_hero_core.synthesis.clips import ClipSettings, ClipStream, Materials
from chart_hero_core.synthesis.distractors import distractors
from chart_hero_core.synthesis.performances import (
    from_strokes,
)
from chart_hero_core.synthesis.rattles import rattle
from chart_hero_core.synthesis.voice import sing
from tests.core.synthesis.material import write_band


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


def test_distractors_have_the_level_they_promise() -> None:
    for seed in range(25):  # all kinds come up
        sound = distractors(np.random.default_rng(seed), SAMPLE_RATE * 4)
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


def test_held_out_music_has_two_halves(root: Path, tmp_path: Path) -> None:
    library = load_backing(root, True, tmp_path)
    assert [track.name for track in library.half("dev").tracks] == ["music10.ogg"]
    assert [track.name for track in library.half("test").tracks] == ["music11.ogg"]


@pytest.mark.parametrize("suffix", [".npy", ".json"])
@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_damage_in_the_cache_is_made_good(
    root: Path, tmp_path: Path, suffix: str, damage: bytes | None
) -> None:
    whole = np.array(load_backing(root, True, tmp_path).samples)
    (file,) = tmp_path.glob(f"backing-*{suffix}")
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)
    library = load_backing(root, True, tmp_path)
    assert np.array_equal(library.samples, whole)
    assert [track.name for track in library.tracks] == ["music10.ogg", "music11.ogg"]


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


def test_percussion_of_the_band_serves_as_distractors(tmp_path: Path) -> None:
    band = load_band(write_band(tmp_path))
    sounds = distractors(np.random.default_rng(1), SAMPLE_RATE, None, band)
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


def test_percussion_plays_more_often_where_nothing_else_keeps_the_time(
    materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    settings = ClipSettings(
        length_s=1.0,
        drumless_share=0.0,
        distractor_share=0.0,
        percussion_share=0.0,
        alone_percussion_share=1.0,
        reuse=1,
    )
    stream = ClipStream(materials, settings, seed=3)

    def listened(*arguments: object) -> Float32Array:
        asked.append(True)
        return np.full(SAMPLE_RATE, 0.01, np.float32)

    monkeypatch.setattr("chart_hero_core.synthesis.clips.distractors", listened)
    silent = 0
    for _ in range(40):
        asked.clear()
        clip = stream.next()
        keeps_time = bool(clip.take.strikes(PULSE).any())
        struck = len(clip.take.times_s) > 0
        assert bool(asked) == (struck and not keeps_time)
        silent += bool(asked)
    assert silent
