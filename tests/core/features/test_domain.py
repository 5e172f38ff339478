"""Drums or mix: names decide where they are clear, the sound where they are not."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from chart_hero_core.audio.io import AudioClip, load_audio, song_audio
from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.files import resource_path
from chart_hero_core.features import domain
from chart_hero_core.features.domain import DomainDetector, heard_domain, shipped_detector
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.features.tonality import peak_statistics, windows_of


@pytest.fixture(scope="module")
def stems() -> tuple[Float32Array, Float32Array]:
    """The demo's drums, and its whole mix."""
    drums = load_audio(resource_path("demo", "drums.ogg")).samples
    music = load_audio(resource_path("demo", "song.ogg")).samples
    length = min(len(drums), len(music))
    return drums[:length], drums[:length] + music[:length]


def test_the_demo_is_told_by_its_sound(stems: tuple[Float32Array, Float32Array]) -> None:
    drums, mix = stems
    assert shipped_detector().log_odds(drums) > 1
    assert shipped_detector().log_odds(mix) < -0.5


def test_the_statistics_are_those_the_weights_were_taught_with(
    stems: tuple[Float32Array, Float32Array],
) -> None:
    # A definition that changes silently would still tell these two, and other songs worse.
    drums, mix = stems
    assert shipped_detector().log_odds(drums) == pytest.approx(4.74, abs=0.05)
    assert shipped_detector().log_odds(mix) == pytest.approx(-2.85, abs=0.05)


def test_the_level_does_not_matter(stems: tuple[Float32Array, Float32Array]) -> None:
    window = next(windows_of(stems[0]))
    assert peak_statistics(window * np.float32(0.1)) == pytest.approx(
        peak_statistics(window), abs=0.05
    )


def test_held_tones_speak_for_a_mix_and_falling_ones_against() -> None:
    time_s = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    noise = np.random.default_rng(1).normal(0, 0.001, len(time_s))
    tone = np.sin(2 * np.pi * 440 * time_s)
    held = peak_statistics((tone + noise).astype(np.float32))
    fallen = peak_statistics((tone * np.exp(-12 * (time_s % 0.5)) + noise).astype(np.float32))
    # The second triple of a block is of 250 to 1000 Hz: its energy share in tones that hold.
    assert held[3] > -0.3 > fallen[3] + 0.5


def test_windows_are_spread_over_the_song() -> None:
    samples = np.ones(SAMPLE_RATE * 300, np.float32)
    assert len(list(windows_of(samples))) == 12
    assert len(list(windows_of(samples[: 15 * SAMPLE_RATE]))) == 1
    assert not list(windows_of(samples[:100]))
    assert not list(windows_of(np.zeros(20 * SAMPLE_RATE, np.float32)))
    assert shipped_detector().log_odds(np.zeros(20 * SAMPLE_RATE, np.float32)) == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [("take 3.wav", "drums"), ("song.wav", "mix"), ("Rough Mix 2.wav", "mix")],
)
def test_clear_names_win(
    name: str, expected: str, tmp_path: Path, stems: tuple[Float32Array, Float32Array]
) -> None:
    path = tmp_path / name
    sf.write(path, stems[0][: 12 * SAMPLE_RATE], SAMPLE_RATE)
    clip = load_audio(path)
    assert heard_domain(song_audio(path), clip, "mix") == expected


def test_drum_stems_stay_drums(tmp_path: Path) -> None:
    path = tmp_path / "my drums.wav"
    sf.write(path, np.zeros(SAMPLE_RATE), SAMPLE_RATE)
    silence = AudioClip(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)
    assert heard_domain(song_audio(path), silence, "drums") == "drums"
    other = tmp_path / "take.wav"
    sf.write(other, np.zeros(SAMPLE_RATE), SAMPLE_RATE)
    assert heard_domain(song_audio(other), silence, "mix") == "mix"  # silence says nothing


def test_weights_survive_being_written() -> None:
    shipped = shipped_detector()
    again = DomainDetector.from_json(shipped.to_json())
    assert again.weights == pytest.approx(shipped.weights)
    with pytest.raises(ValueError, match="differ in length"):
        DomainDetector.from_json({**shipped.to_json(), "mean": [0.0]})


def test_damaged_weights_are_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "domain.json"
    path.write_text("{}")
    monkeypatch.setattr(domain, "resource_path", lambda _: path)
    shipped_detector.cache_clear()
    with pytest.raises(StorageError, match="damaged"):
        shipped_detector()
    monkeypatch.undo()
    shipped_detector.cache_clear()
