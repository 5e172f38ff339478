"""A dataset of songs with two drums, written as the builder writes them."""

import hashlib
from pathlib import Path

import numpy as np

from chart_hero_core.dataset.index import Entry, write_index
from chart_hero_core.dataset.shards import DatasetSong, shard_bytes
from tests.core.training.two_drums import STEP_S, two_drums

SECONDS = 8.0


def dataset_song(name: str, split: str, seed: int) -> DatasetSong:
    samples, times, drums = two_drums(SECONDS, seed)
    beats = np.arange(0.3, SECONDS, 2 * STEP_S)
    return DatasetSong(
        song_id=name,
        title=name,
        artist="Two Drums",
        charter="Test",
        domain="drums",
        split=split,
        samples=samples,
        times_s=times,
        drums=drums,
        velocities=np.full(len(times), np.nan, np.float32),
        beats_s=beats,
        downbeats_s=beats[::4],
        offset_s=0.0,
        reviewed_s=((0.0, SECONDS),),
        duration_s=SECONDS,
    )


def write_dataset(
    folder: Path,
    train: int,
    validation: int,
    test: int,
    *,
    held_first: bool = False,
    first_seed: int = 0,
) -> Path:
    """``held_first``: however many there are to train on, those held back are the same songs."""
    folder.mkdir(parents=True)
    learned, held = ["train"] * train, ["validation"] * validation + ["test"] * test
    splits = [*held, *learned] if held_first else [*learned, *held]
    entries = []
    for seed, split in enumerate(splits, first_seed):
        song = dataset_song(f"song{seed}", split, seed)
        data = shard_bytes(song)
        (folder / f"{song.song_id}.npz").write_bytes(data)
        entries.append(
            Entry(
                song_id=song.song_id,
                domain="drums",
                split=split,
                shard=f"{song.song_id}.npz",
                sha256=hashlib.sha256(data).hexdigest(),
                size=len(data),
                source="",
                title=song.title,
                artist=song.artist,
                charter=song.charter,
                genre="",
                duration_s=SECONDS,
                reviewed_s=SECONDS,
                strokes=tuple(np.bincount(song.drums, minlength=8).tolist()),
                bpm=120.0,
                offset_s=0.0,
                quality=1.0,
            )
        )
    write_index(folder, entries, {})
    return folder
