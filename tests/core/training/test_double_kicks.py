"""Fitting of what tells kicks of the second foot."""

from collections.abc import Callable
from pathlib import Path

import mido
import numpy as np
import pytest

from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.decode.double_kicks import DoubleKicks
from chart_hero_core.synthesis.performances import load_charts
from chart_hero_core.tasks.train_double_kicks import train_double_kicks
from chart_hero_core.training.small_networks.double_kicks import (
    KickSong,
    fit_double_kicks,
    load_kick_songs,
    shares,
)
from chart_hero_core.training.small_networks.stroke_songs import load_songs


def song(first: int, runs: int = 20, step_s: float = 0.09) -> KickSong:
    """Runs of eight sixteenths, the first of each on sixteenth ``first``; the second foot plays
    those between eighths."""
    place = np.tile((np.arange(8) + first) % 4, runs)
    starts_s = np.repeat(2.0 * np.arange(runs), 8)
    times_s = np.asarray(starts_s + np.tile(np.arange(8), runs) * step_s, np.float64)
    return KickSong("runs", times_s, np.asarray(place / 4, np.float64), place % 2 == 1)


def test_the_foot_of_the_beats_is_learned() -> None:
    model = fit_double_kicks([song(0), song(3)])
    assert shares(model, [song(1), song(2)]) == (1.0, 1.0)


def test_long_chains_are_learned_from_in_parts() -> None:
    count = 300
    place = np.arange(count) % 4
    times_s = np.asarray(np.arange(count) * 0.08, np.float64)
    long = KickSong("long", times_s, np.asarray(place / 4, np.float64), place % 2 == 1)
    assert shares(fit_double_kicks([long]), [long]) == (1.0, 1.0)


def test_shares_are_precision_and_recall() -> None:
    never = DoubleKicks(*(values * 0 - 1 for values in _weights()))
    assert shares(never, [song(0)]) == (0.0, 0.0)
    always = DoubleKicks(*(values * 0 + 1 for values in _weights()))
    assert shares(always, [song(0)]) == (0.5, 1.0)


def _weights() -> tuple[np.ndarray, np.ndarray]:
    model = fit_double_kicks([song(0, runs=2)])
    return model.own, model.pair


def _chart(path: Path, doubles: bool) -> None:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name="PART DRUMS", time=0)])
    for index in range(8):
        pitch = 95 if doubles and index % 2 else 96
        track.append(mido.Message("note_on", note=pitch, velocity=100, time=110 if index else 0))
        track.append(mido.Message("note_off", note=pitch, velocity=0, time=10))
    mido.MidiFile(ticks_per_beat=480, tracks=[mido.MidiTrack(), track]).save(path)


def test_charts_with_double_kicks_are_read_broken_and_held_out_ones_left_out(
    tmp_path: Path,
) -> None:
    for name, doubles in (("one.mid", True), ("kept.mid", True), ("plain.mid", False)):
        _chart(tmp_path / name, doubles)
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    rows = ("one.mid,0", "kept.mid,1", "plain.mid,0", "broken.mid,0")
    (tmp_path / "manifest.csv").write_text("\n".join(("file,heldout", *rows, "")))
    (read,) = load_kick_songs(tmp_path, heldout=False)
    assert read.name == "one.mid"
    assert read.second.tolist() == [False, True] * 4
    assert read.in_beat.tolist() == [0.0, 0.25, 0.5, 0.75] * 2
    assert read.times_s == pytest.approx(np.arange(8) * 0.125)


def test_a_chart_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "manifest.csv").write_text("file,heldout\ngone.mid,0\n")
    readers: tuple[Callable[[], object], ...] = (
        lambda: list(load_kick_songs(tmp_path / "charts", heldout=False)),
        lambda: list(load_charts(tmp_path / "charts", heldout=False)),
        lambda: load_songs(tmp_path),
    )
    for read in readers:
        with pytest.raises(DatasetError, match=r"gone\.mid, which the manifest names"):
            read()


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no chart with double kicks"):
        fit_double_kicks([])
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "manifest.csv").write_text("file,heldout\n")
    with pytest.raises(DatasetError, match="no chart with double kicks"):
        train_double_kicks(tmp_path, tmp_path / "kicks.json", SilentProgress())
