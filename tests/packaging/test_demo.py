"""The demo song: small, complete, and its chart, its truth table and its sound agree."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.audio.io import load_song_audio, song_audio
from chart_hero_core.audio.loudness import integrated_lufs
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.files import resource_path
from chart_hero_core.chart.song import Difficulty, Dynamic, PhraseKind, Song
from chart_hero_core.formats.dot_chart import read_chart
from chart_hero_core.formats.song_ini import read_song_ini


@pytest.fixture(scope="module")
def demo() -> Path:
    return resource_path("demo")


@pytest.fixture(scope="module")
def song(demo: Path) -> Song:
    result = read_chart((demo / "notes.chart").read_bytes())
    assert result.mended == ()
    return result.song


@pytest.fixture(scope="module")
def truth(demo: Path) -> list[tuple[float, DrumClass]]:
    rows = [line.split("\t") for line in (demo / "truth.tsv").read_text("utf-8").splitlines()]
    return [(float(time), DrumClass.from_label(label)) for time, label in rows]


def test_it_is_small_and_says_whose_it_is(demo: Path) -> None:
    files = {file.name: file.stat().st_size for file in demo.iterdir()}
    assert sum(files.values()) < 1_000_000
    assert set(files) >= {"drums.ogg", "song.ogg", "notes.chart", "song.ini", "truth.tsv"}
    licence = (demo / "LICENCE.txt").read_text("utf-8")
    assert "CC0 1.0" in licence
    assert "Permission is hereby granted" in licence


def test_the_chart_has_everything_a_chart_can_have(demo: Path, song: Song) -> None:
    notes = song.expert.notes
    assert {note.drum for note in notes} == set(DrumClass)
    assert {note.dynamic for note in notes} == set(Dynamic)
    kinds = {phrase.kind for phrase in song.expert.phrases}
    assert kinds == {PhraseKind.STAR_POWER, PhraseKind.SOLO}
    assert len(song.tempo_map.tempos) == 2
    assert len(song.sections) > 4
    counts = [len(song.tracks[difficulty].notes) for difficulty in Difficulty]
    assert all(fewer < more for fewer, more in pairwise(counts))
    metadata = read_song_ini((demo / "song.ini").read_bytes()).metadata
    assert metadata.name == "Count Me In"
    assert 0 <= metadata.difficulty <= 6


def test_the_truth_is_the_chart_played_by_a_person(
    song: Song, truth: list[tuple[float, DrumClass]]
) -> None:
    charted = [(song.tempo_map.seconds(note.tick), note.drum) for note in song.expert.notes]
    for drum in DrumClass:
        grid = np.sort([time for time, hit in charted if hit == drum])
        played = np.sort([time for time, hit in truth if hit == drum])
        assert len(grid) == len(played) > 5, drum
        assert np.abs(grid - played).max() < 0.009
        assert abs(float(np.mean(grid - played))) < 0.002


@pytest.mark.parametrize("drum", [DrumClass.KICK, DrumClass.SNARE, DrumClass.TOM_LOW])
def test_the_sound_has_its_strokes_where_the_truth_says(
    demo: Path, truth: list[tuple[float, DrumClass]], drum: DrumClass
) -> None:
    rate = 44100
    clip, domain = load_song_audio(song_audio(demo), sample_rate=rate)
    assert domain == "drums"
    assert clip.warnings == ()
    edges = np.abs(np.diff(clip.samples))
    window = round(0.010 * rate)
    starts = [round(time * rate) for time, hit in truth if hit == drum]
    around = np.mean([edges[at - window : at + window] for at in starts], axis=0)
    smooth = np.convolve(around, np.ones(22) / 22, mode="same")  # half a millisecond
    quiet, loud = smooth[22 : window - 66].max(), smooth.max()
    begin_s = float(np.argmax(smooth > quiet + 0.15 * (loud - quiet)) - window) / rate
    assert begin_s == pytest.approx(0.0, abs=0.0015)


def test_the_mix_is_as_loud_as_music_is(demo: Path) -> None:
    mix, domain = load_song_audio(song_audio(demo), "mix")
    assert domain == "mix"
    assert 30.0 < mix.duration_s < 60.0
    assert integrated_lufs(mix) == pytest.approx(-14.0, abs=1.5)
