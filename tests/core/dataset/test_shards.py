"""Shards and index: what is written is what is read, and damage is noticed."""

import contextlib
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.audio.fingerprint import Fingerprint
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.dataset.grid import GridSettings, draw_grid
from chart_hero_core.dataset.index import Dataset, Entry, open_dataset, write_index
from chart_hero_core.dataset.shards import DatasetSong, Marks, parse_shard, read_marks, shard_bytes

_TIMES = np.array([0.5, 1.0, 1.0])
_DRUMS = np.array([0, 1, 5], np.int8)


def _song(song_id: str = "a", samples: int = 44_100) -> DatasetSong:
    sound = np.random.default_rng(3).normal(0, 0.4, samples).astype(np.float32)
    return DatasetSong(
        song_id=song_id,
        title="Song",
        artist="Böse",
        charter="Someone",
        domain="drums",
        split="",
        samples=sound,
        times_s=_TIMES,
        drums=_DRUMS,
        velocities=np.array([0.5, np.nan, 1.0], np.float32),
        beats_s=np.array([0.5, 1.0]),
        downbeats_s=np.array([0.5]),
        offset_s=-0.25,
        reviewed_s=((0.0, 2.0),),
        rejected_times_s=np.array([1.5]),
        rejected_drums=np.array([7], np.int8),
        grid=draw_grid(_TIMES, _DRUMS, samples, GridSettings(128, 2)),
        duration_s=samples / 22_050,
    )


def _entry(song: DatasetSong, data: bytes, split: str) -> Entry:
    return Entry(
        song_id=song.song_id,
        domain=song.domain,
        split=split,
        shard=f"{song.song_id}.npz",
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        source="/songs/a",
        title=song.title,
        artist=song.artist,
        charter=song.charter,
        genre="",
        duration_s=song.duration_s,
        reviewed_s=2.0,
        strokes=(1, 1, 0, 0, 0, 1, 0, 0),
        bpm=120.0,
        offset_s=song.offset_s,
        quality=0.9,
    )


def _dataset(folder: Path) -> Dataset:
    entries = []
    for song_id, split in (("a", "train"), ("b", "train"), ("c", "test")):
        song = _song(song_id)
        data = shard_bytes(song)
        (folder / f"{song_id}.npz").write_bytes(data)
        entries.append(_entry(song, data, split))
    write_index(folder, entries, {"hop": 128})
    return open_dataset(folder)


def test_a_shard_gives_back_its_song() -> None:
    song = _song()
    found = parse_shard(shard_bytes(song), "a", "train")
    assert (found.song_id, found.artist, found.split) == ("a", "Böse", "train")
    step = np.abs(song.samples).max() / 32_767
    assert np.abs(found.samples - song.samples).max() <= 0.51 * step
    np.testing.assert_array_equal(found.times_s, song.times_s)
    np.testing.assert_array_equal(found.drums, song.drums)
    np.testing.assert_allclose(found.velocities, song.velocities, atol=1e-3)
    assert found.reviewed_s == song.reviewed_s
    assert found.rejected_drums.tolist() == [7]
    assert found.grid is not None
    assert found.grid.frames.tolist() == [86, 172, 172]
    assert found.offset_s == -0.25


def test_equal_songs_make_equal_bytes() -> None:
    assert shard_bytes(_song()) == shard_bytes(_song())


def test_the_grid_is_dilated_and_cut_at_the_ends() -> None:
    grid = draw_grid(np.array([0.0, 0.1]), np.array([0, 2], np.int8), 2205, GridSettings(64, 1))
    assert grid.classes.shape == (8, 35)
    assert grid.classes[0].nonzero()[0].tolist() == [0, 1]
    assert grid.classes[2].nonzero()[0].tolist() == [33, 34]  # frame 34 is the last
    assert grid.onset_any.nonzero()[0].tolist() == [0, 1, 33, 34]


def test_marks_are_read_alone(tmp_path: Path) -> None:
    sound = Fingerprint(np.array([1, 5], np.uint32), np.array([3, 4], np.int32), 2.0)
    kept = Marks(sound, np.array([7], np.uint32))
    (tmp_path / "a.npz").write_bytes(shard_bytes(_song(), kept))
    found = read_marks(tmp_path / "a.npz")
    assert found.sound.hashes.tolist() == [1, 5]
    assert found.sound.duration_s == 2.0
    assert found.chart.tolist() == [7]


def test_damage_anywhere_gives_a_sentence(tmp_path: Path) -> None:
    sound = Fingerprint(np.zeros(1, np.uint32), np.zeros(1, np.int32), 1.0)
    whole = shard_bytes(_song(), Marks(sound, np.zeros(1, np.uint32)))
    rng = np.random.default_rng(0)
    start = whole.index(b"meta.npy")
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(start, len(data), 2):
            data[place] = rng.integers(256)
        (tmp_path / "a.npz").write_bytes(data)
        with contextlib.suppress(DatasetError):
            read_marks(tmp_path / "a.npz")
        with contextlib.suppress(DatasetError):
            parse_shard(bytes(data), "a.npz")


def test_songs_are_found_by_split_and_shared_among_workers(tmp_path: Path) -> None:
    dataset = _dataset(tmp_path)
    assert [song.song_id for song in dataset.songs("train")] == ["a", "b"]
    assert [song.split for song in dataset.songs("test", "drums")] == ["test"]
    assert not list(dataset.songs("train", "mix"))
    shares = [{s.song_id for s in dataset.songs(seed=1, worker=w, workers=2)} for w in (0, 1)]
    assert shares[0] | shares[1] == {"a", "b", "c"}
    assert not shares[0] & shares[1]
    summary = dataset.summary()
    assert summary.songs == {"train": 2, "validation": 0, "test": 1}
    assert summary.classes["hihat"] == 3


def test_damage_is_noticed(tmp_path: Path) -> None:
    dataset = _dataset(tmp_path)
    data = bytearray((tmp_path / "b.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "b.npz").write_bytes(data)
    (tmp_path / "c.npz").unlink()
    assert dataset.damaged() == ["b.npz", "c.npz"]
    with pytest.raises(DatasetError, match="damaged"):
        list(dataset.songs("train"))
    with pytest.raises(DatasetError, match="cannot be read"):
        list(dataset.songs("test"))


def test_foreign_and_broken_files_give_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no dataset"):
        open_dataset(tmp_path)
    for text in ("{", "[]", '{"format": "chart-hero dataset", "version": 99}'):
        (tmp_path / "index.json").write_text(text)
        with pytest.raises(DatasetError):
            open_dataset(tmp_path)
    with pytest.raises(DatasetError, match="damaged"):
        parse_shard(b"PK", "x")
    song = replace(_song(), drums=np.array([0, 1, 99], np.int8), grid=None)
    with pytest.raises(DatasetError, match="damaged"):
        parse_shard(shard_bytes(song), "x")


def test_shards_outside_the_folder_are_refused(tmp_path: Path) -> None:
    _dataset(tmp_path)
    document = json.loads((tmp_path / "index.json").read_text())
    document["shards"][0]["shard"] = "../a.npz"
    (tmp_path / "index.json").write_text(json.dumps(document))
    with pytest.raises(DatasetError, match="damaged"):
        open_dataset(tmp_path)
