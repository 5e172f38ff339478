"""What source separators write is known by its name: which file is the drums, which the rest."""

from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.audio.io import SongAudio, load_song_audio, song_audio
from chart_hero_core.base.errors import AudioError
from tests.core.audio.sounds import write


def folder_of(folder: Path, *names: str) -> SongAudio:
    folder.mkdir(exist_ok=True)
    for name in names:
        write(folder / f"{name}.wav", np.zeros(100, np.float32), 22050)
    return song_audio(folder)


def stems(files: tuple[Path, ...]) -> list[str]:
    return [file.stem for file in files]


@pytest.mark.parametrize(
    ("names", "drums", "mix"),
    [
        (("Song", "Song (drums)"), "Song (drums)", ["Song"]),
        (("1_Song_(Drums)", "1_Song_(Instrumental)", "Song"), "1_Song_(Drums)", ["Song"]),
        (
            ("Song_(Bass)", "Song_(Drums)", "Song_(Other)", "Song_(Vocals)"),
            "Song_(Drums)",
            ["Song_(Drums)", "Song_(Bass)", "Song_(Other)", "Song_(Vocals)"],
        ),
        (
            ("Song (drums)", "Song (no drums)"),
            "Song (drums)",
            ["Song (drums)", "Song (no drums)"],
        ),
        (("All That Bass", "All That Bass (drums)"), "All That Bass (drums)", ["All That Bass"]),
        (
            ("All That Bass (bass)", "All That Bass (drums)"),
            "All That Bass (drums)",
            ["All That Bass (drums)", "All That Bass (bass)"],
        ),
        (("bass", "Song (drums)"), "Song (drums)", ["Song (drums)", "bass"]),
        (("drums", "no_drums"), "drums", ["drums", "no_drums"]),
        (("bass", "drums", "other", "vocals"), "drums", ["drums", "bass", "vocals", "other"]),
    ],
)
def test_the_drums_and_the_whole_are_found(
    names: tuple[str, ...], drums: str, mix: list[str], tmp_path: Path
) -> None:
    song = folder_of(tmp_path / "separated", *names)
    assert stems(song.drums) == [drums]
    assert stems(song.mix) == mix
    assert song.title == "separated"


@pytest.mark.parametrize(
    "names", [("one", "two", "two (drums)"), ("one (drums)", "two (drums)"), ("one", "two")]
)
def test_several_songs_are_not_one(names: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="several sound files"):
        folder_of(tmp_path / "many", *names)


@pytest.mark.parametrize("name", ["no_drums", "Song (No Drums)", "Song without drums"])
def test_the_rest_of_a_song_is_not_its_drums(name: str, tmp_path: Path) -> None:
    folder_of(tmp_path / "rest", name)
    song = song_audio(tmp_path / "rest" / f"{name}.wav")
    assert song.drums == ()
    assert load_song_audio(song)[1] == "mix"
