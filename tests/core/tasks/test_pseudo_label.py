"""Songs that a teacher listens to: found, answered once, gone on with, and left out."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.errors import Cancelled, CheckpointError, DatasetError, StorageError
from chart_hero_core.base.locks import exclusive
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.cli import main
from chart_hero_core.tasks import pseudo_label as task
from chart_hero_core.tasks.pseudo_label import PseudoLabels, pseudo_label
from chart_hero_core.training.clips.pseudo_labels import (
    PseudoLabelledSong,
    label_song,
    load_pseudo_labels,
)
from tests.core.tasks.checkpoints import write_tiny_checkpoint


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    return write_tiny_checkpoint(tmp_path / "teacher.safetensors", talkative=True)


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    for name in ("b/song.wav", "c/song.wav"):
        _write_song(tmp_path / "songs" / name)
    return tmp_path / "songs"


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the songs that are listened to, as they are."""
    found: list[int] = []

    def counted(samples: Float32Array, teachers: object) -> PseudoLabelledSong:
        found.append(len(samples))
        return label_song(samples, teachers)  # type: ignore[arg-type]

    monkeypatch.setattr(task, "label_song", counted)
    return found


class _StoppedAfterOne(SilentProgress):
    asked = 0

    def check_cancelled(self) -> None:
        self.asked += 1
        if self.asked > 1:
            raise Cancelled


def _write_song(path: Path, seconds: float = 2.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(0).normal(0, 0.1, int(22050 * seconds))
    sf.write(path, samples, 22050)


def _label(songs: Path, teacher: Path, least: float = 0.0) -> PseudoLabels:
    return pseudo_label(songs, songs.parent / "out", [teacher], SilentProgress(), least)


def test_listening_writes_what_training_reads(tmp_path: Path, teacher: Path) -> None:
    songs = tmp_path / "songs"
    for name in ("songs/a.ogg", "songs/kept_apart.ogg", f"elsewhere/{'b' * 250}.ogg"):
        _write_song(tmp_path / name)
    (songs / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (songs / "up").symlink_to(tmp_path, target_is_directory=True)
    (songs / "loop.ogg").symlink_to(songs / "loop.ogg")
    (tmp_path / "manifest.csv").write_text("file,heldout\nsongs/a.ogg,0\nsongs/kept_apart.ogg,1\n")
    (songs / "broken.ogg").write_bytes(b"no sound")
    found = pseudo_label(songs, tmp_path / "out", [teacher] * 2, SilentProgress())
    assert [path.name[8:12] for path in found.written] == ["_a.n", "_bbb"]
    assert [path.name for path in found.unreadable] == ["broken.ogg", "loop.ogg"]
    one, _ = load_pseudo_labels(tmp_path / "out")
    assert len(one.samples) == pytest.approx(44100, abs=200)
    assert len(one.beat) == len(one.samples) // 128 + 1
    # A list that says nothing of what is held out keeps nothing apart.
    (tmp_path / "manifest.csv").write_text("file\nsongs/a.ogg\n")
    with pytest.raises(DatasetError, match=r"can be read with 1e\+06 confident hits a minute"):
        pseudo_label(songs, tmp_path / "sparse", [teacher], SilentProgress(), 1e6)


def test_interrupted_it_goes_on_where_it_was(songs: Path, teacher: Path, heard: list[int]) -> None:
    with pytest.raises(Cancelled):
        pseudo_label(songs, songs.parent / "out", [teacher], _StoppedAfterOne())
    assert len(load_pseudo_labels(songs.parent / "out")) == len(heard) == 1
    assert len(_label(songs, teacher).written) == 2
    assert len(heard) == 2
    assert len(_label(songs, teacher).written) == 2
    assert len(heard) == 2  # done: nothing is left to hear


def test_what_was_left_out_is_not_heard_again_but_where_less_is_asked(
    songs: Path, teacher: Path, heard: list[int]
) -> None:
    for _ in range(2):
        with pytest.raises(DatasetError, match="confident hits a minute"):
            _label(songs, teacher, 1e6)
        assert len(heard) == 2
    assert len(_label(songs, teacher).written) == 2
    assert len(heard) == 4
    with pytest.raises(DatasetError, match="confident hits a minute"):
        _label(songs, teacher, 1e6)
    assert list((songs.parent / "out").glob("*.npz")) == []
    assert len(heard) == 4


@pytest.mark.parametrize("what", ["teacher", "song", "answer", "note"])
def test_what_has_changed_is_heard_again(
    songs: Path, teacher: Path, heard: list[int], what: str
) -> None:
    first = _label(songs, teacher).written
    if what == "teacher":
        write_tiny_checkpoint(teacher)
    elif what == "song":
        _write_song(songs / "b" / "song.wav", 3.0)
    elif what == "answer":
        first[0].write_bytes(b"cut short")
    else:
        first[0].with_suffix(".json").write_text('{"made_of": 1}')
    assert _label(songs, teacher).written == first
    assert len(heard) == (4 if what == "teacher" else 3)
    lengths = sorted(len(song.samples) for song in load_pseudo_labels(songs.parent / "out"))
    assert lengths == [44100, 66150 if what == "song" else 44100]


def test_a_song_that_comes_before_the_others_leaves_them_as_they_are(
    songs: Path, teacher: Path, heard: list[int]
) -> None:
    first = _label(songs, teacher).written
    _write_song(songs / "a" / "song.wav")
    assert _label(songs, teacher).written[1:] == first
    assert len(heard) == 3


def test_two_at_once_are_told_apart(songs: Path, teacher: Path) -> None:
    out = songs.parent / "out"
    with exclusive(out / "listening.lock"), pytest.raises(StorageError, match="Another program"):
        _label(songs, teacher)


def test_the_command_says_what_was_passed_over(
    songs: Path, teacher: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (songs / "broken.ogg").write_bytes(b"no sound")
    out = str(songs.parent / "out")
    assert main(["pseudo-label", str(songs), "-o", out, "--model", str(teacher)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("2 songs in ")
    assert said.err == f"{songs / 'broken.ogg'} could not be read and was passed over.\n"


def test_a_teacher_that_is_none_and_a_place_that_is_no_folder_are_told(
    songs: Path, teacher: Path, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError):
        _label(songs, songs / "b" / "song.wav")
    with pytest.raises(DatasetError, match="holds no sound files"):
        _label(tmp_path / "nowhere", teacher)
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").touch()
    with pytest.raises(StorageError, match="Could not write"):
        _label(songs, teacher)
