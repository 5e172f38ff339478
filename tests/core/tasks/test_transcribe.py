"""From strokes heard to a chart: what of the folder's data still holds, and where it begins."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from chart_hero_core.audio.io import AudioClip, song_audio
from chart_hero_core.base.drums import Activations, DrumClass, Hit
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.tasks.export import game_stems
from chart_hero_core.tasks.metadata import song_metadata
from chart_hero_core.tasks.transcribe import (
    AnalyseOptions,
    Analysis,
    TranscribeOptions,
    analyse,
    chart_from,
    chart_in_time,
    make_song,
    transcribe,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

INI = "[song]\nname = T\nartist = A\ndelay = 400\npreview_start_time = 1000\n"
CHART = (
    "[Song]\n{{\n  Resolution = 480\n  Offset = {offset}\n}}\n[SyncTrack]\n{{\n  0 = B 120000\n}}\n"
)


def folder_with(path: Path, **files: str) -> Path:
    path.mkdir()
    sf.write(path / "song.wav", np.full(22050, 0.1), 22050)
    for name, text in files.items():
        (path / name.replace("_", ".")).write_text(text)
    return path


def analysis() -> Analysis:
    nothing = Activations(np.zeros((8, 1), np.float32), np.zeros(1, np.float32), 0.01)
    clip = AudioClip(np.zeros(22050, np.float32), 22050)
    return Analysis(clip, "mix", nothing, None, "tiny", ())


def test_a_new_chart_has_no_delay_of_an_old_one(tmp_path: Path) -> None:
    source = song_audio(folder_with(tmp_path / "f", song_ini=INI))
    data = song_metadata(source, 1.0)
    assert (data.name, data.preview_start_ms, data.delay_ms) == ("T", 1000, 0)
    (source.folder / "song.ini").rename(source.folder / "Song.INI")
    assert song_metadata(source, 1.0) == data


def test_what_a_song_ini_leaves_open_an_older_chart_tells(tmp_path: Path) -> None:
    said = '[Song]\n{\n  Artist = "B"\n  Album = "Blue"\n  Resolution = 192\n}\n'
    source = song_audio(folder_with(tmp_path / "f", song_ini=INI, notes_chart=said))
    data = song_metadata(source, 1.0)
    assert (data.name, data.artist, data.album) == ("T", "A", "Blue")
    (source.folder / "notes.chart").write_text("nonsense")
    assert song_metadata(source, 1.0).artist == "A"


def test_a_song_is_as_long_as_its_longest_stem(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "f", song_ini=INI)
    sf.write(folder / "drums.wav", np.full(11025, 0.1), 22050)
    source = song_audio(folder)
    assert song_metadata(source, 0.5).length_ms == 1000  # as long as the drums that were heard
    sf.write(folder / "guitar.wav", np.full(66150, 0.1), 44100)
    assert song_metadata(song_audio(folder), 0.5).length_ms == 1500
    assert song_metadata(song_audio(folder / "drums.wav"), 0.5).length_ms == 500


def test_a_chart_names_its_folder_and_is_no_sound(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "f", song_ini=INI, notes_chart=CHART.format(offset=0))
    source = song_audio(folder / "notes.chart")
    assert game_stems(source) == {"song": folder / "song.wav"}
    assert song_metadata(source, 1.0).artist == "A"


@pytest.mark.parametrize("delay_s", [0.0, 0.3, -0.2])
def test_the_tempo_map_of_a_delayed_chart_lies_where_it_sounds(
    delay_s: float, tmp_path: Path
) -> None:
    chart = tmp_path / "lone.chart"
    chart.write_text(CHART.format(offset=delay_s))
    found = chart_in_time(chart).tempo_map
    beats_s = found.seconds_array(480 * np.arange(4, 12))
    np.testing.assert_allclose(beats_s, 0.5 * np.arange(4, 12) + delay_s, atol=1e-6)


def test_ratings_follow_the_instruments_that_come_along(tmp_path: Path) -> None:
    ini = INI + "diff_guitar = 3\ndiff_bass = 2\n"
    folder = folder_with(tmp_path / "f", song_ini=ini)
    chart = tmp_path / "guitar.chart"
    chart.write_text(CHART.format(offset=0) + "[ExpertSingle]\n{\n  0 = N 0 0\n}\n")
    for given, parts in ((None, set()), (chart_in_time(chart), {"diff_guitar"})):
        options = TranscribeOptions(chart=given)
        found = chart_from(song_audio(folder), analysis(), options, SilentProgress())
        assert set(found.song.metadata.other) == parts


@pytest.mark.parametrize(("beat", "bar_tick"), [(0, 0), (3, 1440), (4, 1440), (7, 3360)])
def test_the_first_section_starts_the_bar_of_the_first_note(beat: int, bar_tick: int) -> None:
    tempo_map = TempoMap(
        480, (TempoChange(0, 500_000.0),), (TimeSignature(0, 3, 4), TimeSignature(1440, 4, 4))
    )
    # A little early: the note is on the beat all the same.
    hits = [Hit(max(beat * 0.5 - 0.002, 0.0), DrumClass.KICK, 0.9)]
    song = make_song(
        song_audio(Path(__file__).parents[3] / "resources" / "demo"),
        analysis(),
        hits,
        tempo_map,
    )
    assert [note.tick for note in song.expert.notes] == [beat * 480]
    assert [section.tick for section in song.sections] == [bar_tick]


@pytest.mark.parametrize(
    ("files", "domain", "heard"),
    [
        (("song",), "mix", True),
        (("drums",), "drums", False),
        (("drums", "song"), "drums", True),
    ],
)
def test_harmony_is_heard_where_there_is_music(
    files: tuple[str, ...], domain: str, heard: bool, tmp_path: Path
) -> None:
    rate = 22050
    time_s = np.arange(4 * rate) / rate
    music = 0.2 * np.sin(2 * np.pi * np.where(time_s < 2, 220, 262) * time_s)
    for name in files:
        noise = np.random.default_rng(1).normal(scale=0.05, size=len(time_s))
        sf.write(tmp_path / f"{name}.wav", music if name == "song" else noise, rate)
    found = analyse(tmp_path, AnalyseOptions(domain, "off"), SilentProgress())  # type: ignore[arg-type]
    assert found.domain == domain
    assert (found.activations.harmony is not None) == heard
    if found.activations.harmony is not None:
        frames = found.activations.harmony
        assert abs(int(frames.argmax()) * found.activations.hop_s - 2.0) < 0.1


def test_a_misspelt_knob_is_said_before_the_listening(tmp_path: Path) -> None:
    told: list[str] = []
    options = TranscribeOptions(assignments=("kick_treshold=0.5",))
    with pytest.raises(SettingsError):
        transcribe(
            folder_with(tmp_path / "f"),
            options,
            CallbackProgress(lambda _, text: told.append(text)),
        )
    assert not told


def test_a_lone_recording_of_drums_is_no_music_beside_them(tmp_path: Path) -> None:
    take = tmp_path / "take.wav"
    sf.write(take, np.random.default_rng(1).normal(scale=0.05, size=4 * 22050), 22050)
    found = analyse(take, AnalyseOptions("drums", "off"), SilentProgress())
    assert found.domain == "drums"
    assert found.activations.harmony is None


def test_a_broken_torch_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is imported ahead in a thread, whose own error would come before the one that counts."""
    path = tmp_path / "song.wav"
    sf.write(path, np.zeros(22_050), 22_050)
    monkeypatch.delitem(sys.modules, "chart_hero_core.model.infer", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    threads: list[object] = []
    monkeypatch.setattr(threading, "excepthook", threads.append)
    with pytest.raises(ImportError):
        analyse(path, AnalyseOptions(domain="drums"))
    assert not threads
