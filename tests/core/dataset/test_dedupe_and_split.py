"""Doubles are found by sound and by chart; splits share nothing and stay."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.audio.fingerprint import Fingerprint, fingerprint
from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.errors import Cancelled, DatasetError
from chart_hero_core.base.progress import CallbackProgress
from chart_hero_core.dataset.build import Chosen, choose, entries_of, split_of, splits_away
from chart_hero_core.dataset.dedupe import (
    candidate_pairs,
    chart_sketch,
    clusters,
    duplicate_charts,
    duplicate_sounds,
    likeness,
    thin_landmarks,
)
from chart_hero_core.dataset.index import open_dataset, write_index
from chart_hero_core.dataset.labels import labels_of
from chart_hero_core.dataset.outcome import Outcome, Shard
from chart_hero_core.dataset.split import Split, SplitSong, held_back, split_songs
from tests.core.dataset.libraries import RATE, play, take


def _print(seed: int, start_s: float = 0.0, gain: float = 1.0) -> Fingerprint:
    made = take(seed)
    sound = play(made.times_s, made.drums, 24, seed, noise=0.02)[int(start_s * RATE) :]
    hiss = np.random.default_rng(9).normal(0, 0.002, len(sound)).astype(np.float32)
    return fingerprint(AudioClip(sound * np.float32(gain) + hiss, RATE))


def test_a_trimmed_softer_copy_is_found_among_others() -> None:
    prints = {"a": _print(1), "b": _print(2), "copy": _print(1, 3.1, 0.5), "c": _print(3)}
    thin = {key: thin_landmarks(found) for key, found in prints.items()}
    (pair,) = duplicate_sounds(thin, prints.__getitem__)
    assert {pair.first, pair.second} == {"a", "copy"}
    assert pair.what == "sound"
    assert pair.same


def test_the_same_chart_is_found_wherever_it_starts() -> None:
    labels = [labels_of(take(seed).song) for seed in (1, 2)]
    one, two = (chart_sketch(found.quarters, found.drums, found.bpm) for found in labels)
    moved = chart_sketch(labels[0].quarters[40:] + 8, labels[0].drums[40:], labels[0].bpm)
    assert likeness(one, moved) > 0.9
    assert likeness(one, two) < 0.1
    (pair,) = duplicate_charts({"a": one, "b": two, "c": moved})
    assert {pair.first, pair.second} == {"a", "c"}


def test_plain_charts_are_not_taken_for_one_another() -> None:
    beat = np.arange(400) / 2
    drums = np.resize(np.array([0, 1], np.int8), 400)
    sketch = chart_sketch(beat, drums, 120)
    assert likeness(sketch, sketch) == 0.0
    assert not len(chart_sketch(beat[:5], drums[:5], 120))


def test_candidates_share_rare_marks() -> None:
    marks = [np.array(m, np.uint32) for m in ([1, 2, 3, 9], [2, 3, 4], [5, 6], [3, 5, 9])]
    assert candidate_pairs(marks, 2) == [(0, 1), (0, 3)]
    assert candidate_pairs([], 1) == []
    assert candidate_pairs([np.zeros(0, np.uint32)] * 2, 1) == []


def test_clusters_join_over_several_pairs() -> None:
    found = clusters("abcd", [("b", "c"), ("c", "a")])
    assert found == {"a": "a", "b": "a", "c": "a", "d": "d"}


def _songs(count: int, charters: int = 30) -> list[SplitSong]:
    rng = np.random.default_rng(5)
    return [
        SplitSong(
            song_id=f"{i:05d}",
            artist=f"Artist {i % 97}",
            title=f"Title {i // 2 if i % 10 == 1 else i}",
            charter=f"Charter {rng.integers(charters)}",
            genre=("rock", "metal", "jazz")[i % 3],
            bpm=float(rng.integers(70, 220)),
            strokes=(50, 40, int(rng.integers(0, 60)), 0, 0, 60, 5, 50 * (i % 2)),
            domains=("drums", "mix") if i % 4 else ("mix",),
        )
        for i in range(count)
    ]


_SHARES = {"validation": 0.1, "test": 0.1}


def test_nothing_leaks_and_the_shares_are_kept() -> None:
    songs = _songs(400)
    of = split_songs(songs, _SHARES, {}).of
    for key in ("charter", "work"):
        splits: dict[str, set[str]] = {}
        for song in songs:
            splits.setdefault(getattr(song, key), set()).add(of[song.song_id])
        assert all(len(found) == 1 for found in splits.values())
    counts = Counter(of.values())
    for name in ("validation", "test"):
        assert 0.5 * held_back(400, 0.1) <= counts[name] <= held_back(400, 0.1)
        jazz = sum(of[s.song_id] == name for s in songs if s.genre == "jazz")
        assert 0.15 < jazz / counts[name] < 0.55


def test_songs_stay_where_they_are_when_others_come() -> None:
    songs = _songs(300)
    first = split_songs(songs[:200], _SHARES, {}).of
    second = split_songs(songs, _SHARES, first).of
    moved = {key for key in first if second[key] != first[key]}
    assert all(second[key] == "train" for key in moved)  # groups that a new song has joined
    assert len(moved) < 20
    assert split_songs(songs, _SHARES, second).of == second


def test_the_order_of_the_songs_does_not_matter() -> None:
    songs = _songs(120)
    assert split_songs(songs, _SHARES, {}).of == split_songs(songs[::-1], _SHARES, {}).of


def test_what_was_trained_on_is_never_held_back() -> None:
    songs = _songs(2)
    same = [songs[0], replace(songs[1], charter=songs[0].charter)]
    many = same + _songs(50)[2:]
    of = split_songs(many, _SHARES, {songs[0].song_id: "test", songs[1].song_id: "train"}).of
    assert of[songs[0].song_id] == of[songs[1].song_id] == "train"


def test_songs_that_share_a_recording_go_one_way() -> None:
    songs = _songs(60)
    alone = split_songs(songs, _SHARES, {}).of
    here = next(key for key in alone if alone[key] == "test")
    there = next(key for key in alone if alone[key] == "train")
    of = split_songs(songs, _SHARES, {}, [(here, there)]).of
    assert of[here] == of[there]


@pytest.mark.parametrize("keeper", [0, 1, 2])
def test_doubles_that_a_third_one_joined_are_trained_on(tmp_path: Path, keeper: int) -> None:
    outcomes = [
        Outcome(f"/{i}", "song folder", song_id=f"{i}", title=f"Title {i}", shards=(_SHARD,))
        for i in range(3)
    ]
    earlier = Chosen(tuple(outcomes[:2]), (), {})
    were = Split({"0": "test", "1": "train"})
    write_index(tmp_path, entries_of(earlier.kept, were), {})
    others = tuple(str(i) for i in range(3) if i != keeper)
    chosen = Chosen((outcomes[keeper],), (), {str(keeper): others})
    assert split_of(tmp_path, chosen, _SHARES).of == {str(keeper): "train"}


def test_songs_that_were_away_go_where_they_were(tmp_path: Path) -> None:
    outcomes = [
        Outcome(f"/{i}", "song folder", song_id=f"{i}", title=f"Title {i}", shards=(_SHARD,))
        for i in range(2)
    ]
    everything = Chosen(tuple(outcomes), (), {})
    write_index(tmp_path, entries_of(everything.kept, Split({"0": "test", "1": "train"})), {})
    for kept in (outcomes[1:], outcomes[1:]):  # two builds while the first song is away
        split = split_of(tmp_path, Chosen(tuple(kept), (), {}), _SHARES)
        entries = entries_of(kept, split)
        write_index(tmp_path, entries, {}, splits_away(tmp_path, entries))
    assert [entry.song_id for entry in open_dataset(tmp_path).entries] == ["1"]
    assert split_of(tmp_path, everything, _SHARES).of == {"0": "test", "1": "train"}


@pytest.mark.parametrize("away", [[], {"1": "holiday"}, 3])
def test_an_index_with_splits_that_are_none_is_damaged(tmp_path: Path, away: object) -> None:
    write_index(tmp_path, [], {})
    path = tmp_path / "index.json"
    path.write_text(path.read_text().replace('"away": {}', f'"away": {json.dumps(away)}'))
    with pytest.raises(DatasetError, match="damaged"):
        open_dataset(tmp_path)


def test_looking_for_duplicates_can_be_stopped(tmp_path: Path) -> None:
    outcome = Outcome("/0", "song folder", song_id="0", shards=(_SHARD,))
    with pytest.raises(Cancelled):
        choose(tmp_path, [outcome], CallbackProgress(is_cancelled=lambda: True))


_SHARD = Shard("mix", "shards/aa/a.mix.npz", "", 1, 10.0, 10.0, (1,) * 8)


def test_a_charter_of_nearly_everything_is_spread_and_it_is_said() -> None:
    split = split_songs(_songs(40, charters=1), _SHARES, {})
    assert set(split.of.values()) == {"train", "validation", "test"}
    assert "100 %" in split.remarks[0]


def test_how_many_are_held_back() -> None:
    assert [held_back(n, 0.1) for n in (1, 5, 10, 60, 3_000, 100_000)] == [0, 1, 2, 9, 300, 2_000]
    assert held_back(1_000, 0.0) == 0
