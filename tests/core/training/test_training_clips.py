"""Clips of a person's songs: cut where something is known, with what is known of them."""

from dataclasses import replace

import numpy as np
import pytest

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.training.own_songs import training_clips as clips_module
from chart_hero_core.training.own_songs.known_strokes import KnownStrokes
from chart_hero_core.training.own_songs.training_clips import (
    ClipSampler,
    TrainingSong,
    shifted,
    take_songs,
)
from tests.core.training.datasets import dataset_song


def test_a_window_keeps_what_lies_in_it() -> None:
    known = KnownStrokes(
        times_s=np.array([1.0, 2.5, 4.0]),
        drums=np.array([0, 1, 2], np.int8),
        reviewed_s=((0.0, 2.0), (3.5, 9.0)),
        rejected_times_s=np.array([2.2]),
        rejected_drums=np.array([DrumClass.RIDE], np.int8),
    )
    part = shifted(known, 2.0, 2.5)
    np.testing.assert_allclose(part.times_s, [0.5, 2.0])
    assert part.drums.tolist() == [1, 2]
    assert part.reviewed_s == ((1.5, 2.5),)
    np.testing.assert_allclose(part.rejected_times_s, [0.2])


def test_songs_are_taken_up_to_so_many_minutes_and_only_where_they_teach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    songs = [dataset_song(name, "train", seed) for seed, name in enumerate("abcd")]
    songs[1] = replace(songs[1], reviewed_s=(), rejected_times_s=np.zeros(0))
    minutes = len(songs[0].samples) / SAMPLE_RATE / 60
    monkeypatch.setattr(clips_module, "MOST_MINUTES", 1.5 * minutes)
    assert [len(song.known.times_s) for song in take_songs(songs)] == [
        len(song.times_s) for song in (songs[0], songs[2])
    ]
    monkeypatch.setattr(clips_module, "MOST_MINUTES", 0.5 * minutes)
    assert len(take_songs(songs)) == 1


def test_clips_come_from_reviewed_passages_and_repeat_with_their_seed() -> None:
    song = replace(dataset_song("a", "train", 1), reviewed_s=((4.0, 7.0),))
    sampler = ClipSampler(take_songs([song]), 2.0, None, 0.5)
    first, second = (list(sampler.draw(np.random.default_rng(3), 4)) for _ in range(2))
    for one, two in zip(first, second, strict=True):
        assert len(one.samples) == 2 * SAMPLE_RATE
        np.testing.assert_array_equal(one.samples, two.samples)
        ((start_s, end_s),) = one.known.reviewed_s
        assert end_s - start_s >= 1.4


def test_songs_without_anything_known_teach_nothing() -> None:
    song = replace(dataset_song("a", "train", 1), reviewed_s=())
    with pytest.raises(DatasetError, match="no songs to train on"):
        ClipSampler(take_songs([song]), 2.0, None, 0.0)
    silent = replace(dataset_song("a", "train", 1), samples=np.zeros(0, np.float32))
    with pytest.raises(DatasetError, match="without audio"):
        take_songs([silent])


def test_samples_survive_being_kept_small() -> None:
    song = dataset_song("a", "train", 1)
    kept = TrainingSong.of(song)
    back = kept.cut(-100, len(song.samples) + 200)
    assert np.abs(back[:100]).max() == 0
    np.testing.assert_allclose(back[100:-100], song.samples, atol=1e-3)
