"""The judge between tempos, with judges of our own."""

from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.timing import tempo_choice
from chart_hero_core.timing.beat_path import BeatRow, PathOptions
from chart_hero_core.timing.beats import observations_of, tempo_candidates
from chart_hero_core.timing.observations import BeatObservations, likeliest_row
from chart_hero_core.timing.tempo_choice import (
    FEATURES,
    MARGIN,
    TempoChoice,
    chosen_row,
    rival_rows,
    row_features,
)

BEAT_S = 0.5


def played() -> list[Hit]:
    hits = [Hit(eighth * BEAT_S / 2, DrumClass.HIHAT) for eighth in range(240)]
    hits += [Hit(beat * BEAT_S, (DrumClass.KICK, DrumClass.SNARE)[beat % 2]) for beat in range(120)]
    return sorted(hits, key=lambda hit: hit.time_s)


def heard(hits: list[Hit]) -> tuple[BeatRow, BeatObservations]:
    observations = observations_of(hits, hits[-1].time_s, None)
    return likeliest_row(observations, PathOptions()), observations


def judge(**weights: float) -> TempoChoice:
    count = len(FEATURES)
    weight = np.array([weights.get(name, 0.0) for name in FEATURES])
    return TempoChoice(np.zeros(count), np.ones(count), weight)


def period(row: BeatRow) -> float:
    return float(np.median(np.diff(row.times_s)))


def test_rivals_are_at_other_tempos() -> None:
    row, observations = heard(played())
    found = rival_rows(row, observations, PathOptions())
    assert found[0] == (1.0, row)
    for factor, other in found:
        assert period(row) / period(other) == pytest.approx(factor, rel=0.16)


def test_every_row_has_all_features() -> None:
    hits = played()
    row, observations = heard(hits)
    for factor, one in rival_rows(row, observations, PathOptions()):
        features = dict(zip(FEATURES, row_features(one, factor, observations, hits), strict=True))
        assert np.isfinite(list(features.values())).all()
        assert np.exp(features["log_bpm"]) == pytest.approx(60 / period(one), rel=0.01)
        assert features["itself"] == (factor == 1)


def test_a_rival_must_be_better_by_more_than_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    hits = played()
    row, observations = heard(hits)
    monkeypatch.setattr(tempo_choice, "_classifier", lambda: judge())
    assert chosen_row(row, observations, hits, PathOptions()) is row
    name = "times_0.50" if period(row) < 0.7 else "times_2.00"
    monkeypatch.setattr(tempo_choice, "_classifier", lambda: judge(**{name: MARGIN - 0.1}))
    assert chosen_row(row, observations, hits, PathOptions()) is row
    monkeypatch.setattr(tempo_choice, "_classifier", lambda: judge(**{name: MARGIN + 0.1}))
    assert chosen_row(row, observations, hits, PathOptions()) is not row


def test_a_tempo_that_is_told_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempo_choice, "_classifier", lambda: judge(**{"times_0.50": 99.0}))
    found = tempo_candidates(played(), 60.0, hint_bpm=120)[0]
    assert found.bpm == pytest.approx(120, rel=0.01)


def test_the_shipped_judge_leaves_a_plain_beat_alone() -> None:
    hits = played()
    row, observations = heard(hits)
    found = chosen_row(row, observations, hits, PathOptions())
    assert period(found) == pytest.approx(BEAT_S, rel=0.02)


def test_the_shipped_judge_knows_every_feature(tmp_path: Path) -> None:
    choice = TempoChoice.load()
    assert choice.weight.shape == (len(FEATURES),)
    assert (choice.spread > 0).all()
    assert np.abs(choice.weight).max() > 0.01
