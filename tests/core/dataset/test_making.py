"""What a shard holds of its chart."""

from dataclasses import replace
from pathlib import Path

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note
from chart_hero_core.dataset.index import open_dataset
from tests.core.dataset.libraries import build, play, take, write_folder

_SECONDS = 14.0


def test_beats_end_with_the_music_whatever_stray_notes_say(tmp_path: Path) -> None:
    made = take(1, _SECONDS)
    stray = Note(round(made.song.tempo_map.tick_at(1800.0)), Lane.KICK)
    track = replace(made.song.expert, notes=(*made.song.expert.notes, stray))
    song = replace(made.song, tracks={Difficulty.EXPERT: track})
    sound = play(made.times_s + 0.1, made.drums, _SECONDS + 1, 1)
    write_folder(tmp_path / "songs/stray", song, stems={"drums": sound})
    (data,) = open_dataset(build(tmp_path / "songs", tmp_path / "data").folder).songs("train")
    beat_s = 60 / 127
    assert data.beats_s[:2] == pytest.approx([0.1, 0.1 + beat_s], abs=0.005)
    assert data.beats_s[-2] < data.duration_s <= data.beats_s[-1] < data.duration_s + beat_s
    assert set(data.downbeats_s) < set(data.beats_s)
    assert data.downbeats_s == pytest.approx(data.beats_s[::4])
