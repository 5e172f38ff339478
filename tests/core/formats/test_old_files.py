"""What a new chart replaces is kept once, and only where it would be lost."""

from pathlib import Path

import pytest

from chart_hero_core.base.errors import StorageError
from chart_hero_core.formats import old_files
from chart_hero_core.formats.old_files import digest, is_copy, keep_old, move_away
from chart_hero_core.formats.song_folder import save_song_folder
from tests.core.formats.marked_song import make_song


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    made = tmp_path / "notes.chart"
    made.write_bytes(b"mine")
    return made


def test_every_content_is_kept_once(chart: Path) -> None:
    for number, content in enumerate((b"one", b"two", b"one", b"two")):
        chart.write_bytes(content)
        kept = keep_old(chart, b"new")
        assert (kept is not None) == (number < 2)
    assert names(chart.parent) == {"notes.chart", "notes.chart.bak", "notes.chart.bak1"}
    assert (chart.parent / "notes.chart.bak").read_bytes() == b"one"
    assert (chart.parent / "notes.chart.bak1").read_bytes() == b"two"


def test_nothing_is_kept_that_would_not_be_lost(chart: Path) -> None:
    assert keep_old(chart, b"mine") is None
    assert keep_old(chart, b"new", {digest(chart)}) is None
    assert keep_old(chart.with_name("absent"), b"new") is None
    assert names(chart.parent) == {"notes.chart"}


def test_what_is_in_the_way_goes_and_is_kept(chart: Path) -> None:
    assert move_away(chart) == chart.with_name("notes.chart.bak")
    assert names(chart.parent) == {"notes.chart.bak"}
    for content in (b"mine", b"other"):
        chart.write_bytes(content)
        assert move_away(chart, {digest(chart)} if content == b"other" else ()) is None
        assert names(chart.parent) == {"notes.chart.bak"}
    assert move_away(chart) is None


def test_copies_are_told_by_their_names() -> None:
    told = [is_copy(Path(name)) for name in ("a.bak", "a.chart.bak12", "a.chart", "a.bakery")]
    assert told == [True, True, False, False]


def test_a_copy_that_cannot_be_made_stops_the_writing(
    chart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_source: Path, target: Path) -> None:
        raise StorageError(f"Could not write {target}: No space left on device.")

    monkeypatch.setattr(old_files, "copy_file", full)
    with pytest.raises(StorageError, match="No space"):
        save_song_folder(make_song(), chart.parent, replaceable=())
    assert chart.read_bytes() == b"mine"
    assert names(chart.parent) == {"notes.chart"}
