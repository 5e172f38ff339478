"""Fitting of the judge between tempos."""

from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.tasks.train_tempo_choice import train_tempo_choice
from chart_hero_core.timing.tempo_choice import FEATURES
from chart_hero_core.timing.tempo_map import TempoMap
from chart_hero_core.training.small_networks.stroke_songs import StrokeSong, stroke_song
from chart_hero_core.training.small_networks.tempo_choice import (
    TempoCase,
    fit_tempo_choice,
    gained,
    tempo_case,
)


def song(bars: int = 30) -> StrokeSong:
    """A plain beat at 120 BPM."""
    tempo_map = TempoMap.constant(120)
    struck = [(bar * 1920 + 480 * k, DrumClass.KICK) for bar in range(bars) for k in (0, 2)]
    struck += [(bar * 1920 + 480 * k, DrumClass.SNARE) for bar in range(bars) for k in (1, 3)]
    struck += [(tick, DrumClass.HIHAT) for tick in range(0, bars * 1920, 240)]
    strokes = [(tempo_map.seconds(tick), int(drum), np.nan) for tick, drum in struck]
    return stroke_song("plain", strokes, tempo_map)


def test_the_row_at_the_true_tempo_is_the_one_that_is_right() -> None:
    case = tempo_case(song(), np.random.default_rng(1))
    assert case is not None
    assert case.features.shape == (len(case.right), len(FEATURES))
    assert np.isfinite(case.features).all()
    at = {name: case.features[:, index] for index, name in enumerate(FEATURES)}
    assert at["itself"].tolist() == [1.0] + [0.0] * (len(case.right) - 1)
    best = int(case.right.argmax())
    assert case.right[best] > 0.9
    assert np.exp(at["log_bpm"][best]) == pytest.approx(120, rel=0.05)
    half = np.exp(at["log_bpm"]) < 75
    assert case.right[half].max() < 0.75


def test_too_little_is_no_case() -> None:
    assert tempo_case(song(bars=2), np.random.default_rng(1)) is None


def test_what_tells_the_right_row_gets_the_weight() -> None:
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(60):
        features = rng.normal(0, 1, (4, len(FEATURES)))
        cases.append(TempoCase(features, (features[:, 3] == features[:, 3].max()).astype(float)))
    choice = fit_tempo_choice(cases)
    assert int(np.abs(choice.weight).argmax()) == 3
    before, after = gained(cases)
    assert before < 0.5
    assert after > 0.6


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no song"):
        fit_tempo_choice([])
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "manifest.csv").write_text("file,heldout\n")
    with pytest.raises(DatasetError, match="no chart"):
        train_tempo_choice(tmp_path, tmp_path / "choice.json", SilentProgress())
