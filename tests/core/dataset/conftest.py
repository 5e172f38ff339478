"""Libraries to build: one with every kind of trouble, one of two good songs."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from chart_hero_core.tasks.build_dataset import BuildReport
from tests.core.dataset.libraries import SONG_S, build, play, take, write_folder, write_song


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good songs, a copy, another's sound, broken files."""
    root = tmp_path_factory.mktemp("library")
    write_song(root / "good", 1, 0.8)
    made = take(1, SONG_S)
    whole = play(made.times_s, made.drums, SONG_S, 1) * np.float32(0.5)
    write_folder(root / "copy", made.song, name="By another", stems={"song": whole}, suffix=".mp3")
    made = take(2, SONG_S)
    mix = play(made.times_s + 0.1, made.drums, SONG_S + 1, 2, noise=0.1)
    write_folder(root / "mix only", made.song, stems={"song": mix})
    write_song(root / "wrong", 3, sound_of=4)
    write_song(root / "no audio", 5)
    (root / "no audio/drums.ogg").unlink()
    (root / "no audio/song.ogg").unlink()
    write_song(root / "noise", 6)
    for stem in ("drums", "song"):
        (root / f"noise/{stem}.ogg").write_bytes(b"\x07" * 9_000)
    write_song(root / "short", 8)
    for stem in ("drums", "song"):
        sound, rate = soundfile.read(root / f"short/{stem}.ogg")
        soundfile.write(root / f"short/{stem}.ogg", sound[: rate * 9], rate)
    write_song(root / "no chart", 7)
    (root / "no chart/notes.chart").write_bytes(b"\x00\x01\x02" * 500)
    return root


@pytest.fixture(scope="session")
def built(library: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildReport:
    """The library built once, by two processes."""
    return build(library, tmp_path_factory.mktemp("dataset"), workers=2)


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Two good songs."""
    for seed in (11, 12):
        write_song(tmp_path / f"songs/{seed}", seed)
    return tmp_path / "songs"
