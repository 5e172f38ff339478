"""Two charts in one song: a broken or empty one does not hide the good one."""

from pathlib import Path

import pytest

from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.midi import write_midi
from chart_hero_core.formats.package import pack_folder
from chart_hero_core.formats.proof import verify_export
from chart_hero_core.formats.song_folder import load_song, load_song_folder, save_song_folder
from tests.core.formats.marked_song import make_song

_ALL_ZERO = bytes(400)  # what a computer leaves that lost its power while saving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_song_folder(make_song(), tmp_path / "song")
    return tmp_path / "song"


@pytest.mark.parametrize(
    ("broken", "good"), [("notes.mid", "notes.chart"), ("notes.chart", "notes.mid")]
)
def test_a_broken_chart_makes_way_for_the_good_one(folder: Path, broken: str, good: str) -> None:
    (folder / broken).write_bytes(_ALL_ZERO)
    loaded = load_song_folder(folder)
    assert loaded.chart_path == folder / good
    assert loaded.song.expert == make_song().expert
    assert len(loaded.mended) == 1
    assert loaded.mended[0].startswith(f"{broken} is broken; {good} was read. (This ")


@pytest.mark.parametrize(
    ("broken", "good"), [("notes.mid", "notes.chart"), ("notes.chart", "notes.mid")]
)
def test_so_it_does_in_a_sng(folder: Path, tmp_path: Path, broken: str, good: str) -> None:
    (folder / broken).write_bytes(_ALL_ZERO)
    pack_folder(folder, tmp_path / "a.sng")
    loaded = load_song(tmp_path / "a.sng", unpack_to=tmp_path / "unpacked")
    assert loaded.song.expert == make_song().expert
    assert loaded.mended[0].startswith(f"{broken} is broken; {good} was read.")


def test_a_broken_chart_that_was_asked_for_is_refused_and_the_good_one_named(folder: Path) -> None:
    (folder / "notes.mid").write_bytes(_ALL_ZERO)
    with pytest.raises(FormatError, match=r"notes\.chart beside it can be read"):
        load_song(folder / "notes.mid")
    assert load_song(folder / "notes.chart").mended[0].startswith("notes.mid is broken; ")
    (folder / "notes.chart").write_bytes(_ALL_ZERO)
    for path in (folder, folder / "notes.mid"):
        with pytest.raises(FormatError) as caught:
            load_song(path)
        assert "beside" not in str(caught.value)


def test_a_chart_that_is_not_there_is_refused_and_the_other_one_named(folder: Path) -> None:
    (folder / "notes.mid").unlink()
    with pytest.raises(FormatError, match=r"Could not read .* notes\.chart beside it"):
        load_song(folder / "notes.mid")


def test_a_chart_without_drums_makes_way_for_one_with_drums(folder: Path) -> None:
    (folder / "notes.mid").write_bytes(write_midi(Song()))
    loaded = load_song_folder(folder)
    assert loaded.chart_path == folder / "notes.chart"
    assert loaded.mended == (
        "The song has two charts that differ; notes.chart was read, since notes.mid, which "
        "games would read, has no drums.",
    )


def test_the_proof_of_an_export_names_a_broken_chart_beside_it(folder: Path) -> None:
    (folder / "notes.mid").write_bytes(_ALL_ZERO)
    proof = verify_export(folder, make_song())
    assert not proof.ok
    assert proof.read_back == 0
    assert proof.differences == (
        "notes.mid: It cannot be read. This is not a MIDI file: it has no MThd header.",
    )
