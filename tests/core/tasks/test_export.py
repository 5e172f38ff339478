"""Exports: stems reach the games under names they know, hits are written as heard."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from mutagen.flac import FLAC, Picture

from chart_hero_core.audio.io import song_audio
from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.base.errors import ChartError
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.formats.old_files import digest, is_copy
from chart_hero_core.formats.song_folder import load_song
from chart_hero_core.tasks import transcribed
from chart_hero_core.tasks.export import export_song_folder, write_hits
from tests.conftest import PROJECT
from tests.core.synthesis.material import chart


def test_stems_games_do_not_know_are_played_as_ones_they_do(tmp_path: Path) -> None:
    source = tmp_path / "stems"
    source.mkdir()
    for name in ("drums", "bass", "other", "vocals"):
        sf.write(source / f"{name}.wav", np.full(2000, 0.1), 22050)
    written, proof = export_song_folder(
        chart(8), song_audio(source), tmp_path / "out", ["chart"], SilentProgress()
    )
    names = {path.name for path in written}
    assert {"drums.wav", "bass.wav", "vocals.wav", "keys.wav", "notes.chart"} <= names
    assert proof.ok


def test_separated_drums_are_played_as_drums(tmp_path: Path) -> None:
    source = tmp_path / "separated"
    source.mkdir()
    for name, level in (("1_Song_(Drums)", 0.1), ("1_Song_(Other)", 0.2)):
        sf.write(source / f"{name}.wav", np.full(2000, level), 22050)
    out = tmp_path / "out"
    export_song_folder(chart(8), song_audio(source), out, ["chart"], SilentProgress())
    assert sf.read(out / "drums.wav")[0][1000] == pytest.approx(0.1, abs=1e-3)
    assert sf.read(out / "song.wav")[0][1000] == pytest.approx(0.2, abs=1e-3)


def test_a_lone_file_is_the_song(tmp_path: Path) -> None:
    source = tmp_path / "My drums.wav"
    sf.write(source, np.full(2000, 0.1), 22050)
    written, _ = export_song_folder(
        chart(8), song_audio(source), tmp_path / "out", ["chart"], SilentProgress()
    )
    assert "song.wav" in {path.name for path in written}


def test_silence_comes_before_song_and_chart(tmp_path: Path) -> None:
    source = tmp_path / "take.wav"
    sf.write(source, np.full(44100, 0.1), 22050)
    song = chart(8)
    out = tmp_path / "out"
    _, proof = export_song_folder(
        song, song_audio(source), out, ["chart"], SilentProgress(), lead_in=True
    )
    assert proof.ok
    later = load_song(out).song
    early = song.tempo_map.seconds(song.expert.notes[0].tick)
    moved_s = later.tempo_map.seconds(later.expert.notes[0].tick) - early
    samples, rate = sf.read(out / "song.ogg")
    assert moved_s >= 2.0
    assert len(samples) / rate == pytest.approx(2.0 + moved_s, abs=0.01)
    assert np.abs(samples[: round((moved_s - 0.05) * rate)]).max() < 1e-3
    assert np.abs(samples[round((moved_s + 0.5) * rate) :]).max() > 0.05
    with pytest.raises(ChartError, match="own sound"):
        export_song_folder(
            song, song_audio(source), tmp_path, ["chart"], SilentProgress(), lead_in=True
        )


def test_what_is_written_can_no_longer_be_stopped(tmp_path: Path) -> None:
    source, out = tmp_path / "take.wav", tmp_path / "out"
    sf.write(source, np.full(2000, 0.1), 22050)
    progress = CallbackProgress(is_cancelled=lambda: (out / "notes.chart").exists())
    _, proof = export_song_folder(chart(8), song_audio(source), out, ["chart"], progress)
    assert proof.ok


@pytest.mark.parametrize("inside", [False, True])
def test_the_cover_comes_along(inside: bool, tmp_path: Path) -> None:
    demo = PROJECT / "resources" / "demo"
    if inside:
        source = tmp_path / "take.flac"
        sf.write(source, np.full(2000, 0.1), 22050)
        file, picture = FLAC(source), Picture()
        picture.data = (demo / "album.png").read_bytes()
        file.add_picture(picture)
        file.save()
    else:
        source = tmp_path / "f"
        source.mkdir()
        sf.write(source / "song.wav", np.full(2000, 0.1), 22050)
        shutil.copy(demo / "album.png", source / "Album.PNG")
    out = tmp_path / "out"
    export_song_folder(chart(8), song_audio(source), out, ["chart"], SilentProgress())
    assert (out / "album.png").read_bytes() == (demo / "album.png").read_bytes()


def test_only_what_a_transcription_cannot_give_again_is_kept(tmp_path: Path) -> None:
    source, out = tmp_path / "take.wav", tmp_path / "out"
    sf.write(source, np.full(2000, 0.1), 22050)

    def transcribe(hits: int, *, by_hand: bool = False) -> list[str]:
        written, _ = export_song_folder(
            chart(hits), song_audio(source), out, ["chart"], SilentProgress(), by_hand=by_hand
        )
        return [file.name for file in written if is_copy(file)]

    for hits in (8, 12, 16):
        assert transcribe(hits) == []
    notes = out / "notes.chart"
    notes.write_bytes(mine := notes.read_bytes().replace(b"N 0 0", b"N 1 0", 1))
    assert transcribe(8) == ["notes.chart.bak"]
    assert (out / "notes.chart.bak").read_bytes() == mine
    assert transcribe(10, by_hand=True) == []
    assert "notes.chart.bak1" in transcribe(8)  # a person's chart had gone into it


def test_a_list_of_transcriptions_that_is_lost_costs_copies_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcribed, "user_data_dir", lambda: tmp_path / "data")
    file = tmp_path / "notes.chart"
    file.write_text("as it was heard")
    transcribed.remember_transcribed([file, tmp_path / "absent"])
    assert transcribed.transcribed() == frozenset()
    transcribed.remember_transcribed([file])
    assert transcribed.transcribed() == {digest(file)}
    (tmp_path / "data" / "transcribed.txt").write_bytes(b"\xff")
    assert transcribed.transcribed() == frozenset()


def test_hits_are_written_as_heard(tmp_path: Path) -> None:
    write_hits([Hit(1.23456789, DrumClass.TOM_LOW, 0.75)], tmp_path / "hits.tsv")
    assert (tmp_path / "hits.tsv").read_text() == "1.234568\ttom_low\t0.7500\n"
