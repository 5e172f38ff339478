"""The gate opens for what is better and shuts for what is not proved or costs elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from chart_hero_core.base.calibration import Calibration, PresetLevels, Provenance
from chart_hero_core.base.drums import DRUM_COUNT, Activations, Hit
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.model.network import DrumNetwork, NetworkSettings
from chart_hero_core.training.own_songs import gate, recalibrate
from chart_hero_core.training.own_songs.gate import (
    Change,
    Scores,
    compare_scores,
    judge,
    score_models,
)
from chart_hero_core.training.own_songs.held_out import HeldOutSong, event_f
from chart_hero_core.training.own_songs.known_strokes import Span
from chart_hero_core.training.own_songs.recalibrate import shifted_levels
from tests.core.training.datasets import dataset_song

EARS = Checkpoint(DrumNetwork(NetworkSettings(stem=(4, 4, 4), width=8, dilations=(1,))))


def _scores(edits: list[float], songs: int) -> Scores:
    """100 notes in each passage; an edit costs a pair."""
    rows = [[e, 100.0, 100.0 - e, 100.0, 100.0] for e in edits]
    names = tuple(f"song{index * songs // len(edits)}" for index in range(len(edits)))
    return Scores(names, np.array(rows))


def _change(before: list[float], after: list[float], songs: int = 6) -> Change:
    return compare_scores(_scores(before, songs), _scores(after, songs))


STILL = _change([30.0] * 6, [30.0] * 6)
GAIN = _change([40, 50, 45, 38, 60, 41], [30, 41, 35, 30, 51, 30])


def test_a_gain_on_every_song_opens_it() -> None:
    verdict = judge(GAIN, STILL)
    assert verdict.offered
    assert GAIN.units == "songs"
    assert GAIN.edits_before == pytest.approx(274 / 6)
    assert GAIN.edits_after == pytest.approx(217 / 6)
    assert "36.2 edits per 100 notes instead of 45.7" in verdict.sentence
    assert "6 songs it was not trained on" in verdict.sentence


def test_a_gain_within_chance_does_not() -> None:
    chance = _change([40, 50, 45, 38, 60, 41], [30, 60, 35, 48, 50, 49])
    assert chance.edits_after < chance.edits_before
    assert "no proof of gain" in judge(chance, STILL).sentence
    assert not judge(chance, STILL).offered


def test_a_loss_elsewhere_shuts_it() -> None:
    loss = _change([30.0] * 6, [33, 34, 31, 32, 33, 34])
    verdict = judge(GAIN, loss)
    assert not verdict.offered
    assert "it is worse on other music" in verdict.sentence
    assert not judge(GAIN, None).offered


def test_a_gain_that_may_be_none_or_costs_f_is_no_gain() -> None:
    assert GAIN.better
    assert not replace(GAIN, edits_high=0.0).better
    assert not replace(GAIN, f_after=GAIN.f_before - 0.001).better
    assert replace(GAIN, f_after=GAIN.f_before).better


@pytest.mark.parametrize(
    ("edits_more", "f_less", "worse"),
    [(1.0, 0.0, False), (1.1, 0.0, True), (0.0, 0.01, False), (0.0, 0.011, True)],
)
def test_other_music_may_lose_little_even_within_chance(
    edits_more: float, f_less: float, worse: bool
) -> None:
    change = replace(
        STILL,
        edits_before=30.0,
        edits_after=30.0 + edits_more,
        edits_low=-5.0,
        edits_high=5.0,
        f_before=0.75,
        f_after=0.75 - f_less,
        f_low=-0.1,
        f_high=0.1,
    )
    assert change.worse is worse
    assert judge(GAIN, change).offered is not worse


@pytest.mark.parametrize(
    ("edits_low", "f_high", "worse"), [(0.0, 0.0, False), (0.1, 0.0, True), (0.0, -0.001, True)]
)
def test_a_small_loss_of_other_music_beyond_chance_is_one(
    edits_low: float, f_high: float, worse: bool
) -> None:
    assert replace(STILL, edits_low=edits_low, f_high=f_high).worse is worse


def test_few_songs_are_judged_by_passages() -> None:
    change = _change([40.0, 50, 45, 38, 60, 41, 40, 44], [30.0, 41, 35, 30, 51, 30, 31, 33], 2)
    assert (change.songs, change.units) == (2, "passages")
    assert change.better
    alone = _change([40.0], [30.0], 1)
    assert not alone.better
    assert not alone.worse


@pytest.mark.parametrize(("passages", "proved"), [(2, False), (5, False), (6, True)])
def test_a_few_passages_that_agree_prove_nothing(passages: int, proved: bool) -> None:
    change = _change([50.0] * passages, [48.0 - place for place in range(passages)], 1)
    assert change.better is proved
    assert ("too little music to tell it from chance" in change.sentence) is not proved
    assert "inf" not in change.sentence


def test_drums_alone_and_the_mix_of_a_passage_are_one_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drums = HeldOutSong.of(dataset_song("a", "test", 5))
    other = HeldOutSong.of(dataset_song("b", "test", 6))
    songs = [drums, other, replace(drums, domain="mix")]
    monkeypatch.setattr(gate, "transcribe_held_out", lambda _, song: song.strokes_in((0.0, 8.0)))
    (scores,) = score_models([EARS], songs, 3, SilentProgress())
    assert scores.songs == ("a", "b")
    assert scores.counts[0, 1] == 2 * len(drums.known.times_s)
    assert scores.counts[1, 1] == len(other.known.times_s)


def test_songs_are_scored_where_they_were_reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    song = HeldOutSong.of(dataset_song("a", "test", 5))
    truth = song.strokes_in((0.0, 8.0))
    # All but one stroke found, and one more in the second half.
    heard = [*truth[1:], Hit(7.17, truth[0].drum)]
    monkeypatch.setattr(gate, "transcribe_held_out", lambda *_: heard)
    (scores,) = score_models([EARS], [song], 1, SilentProgress())
    edits, notes, pairs, strokes, hits = scores.counts.sum(axis=0)
    assert (edits, notes) == (2, len(truth))
    assert (pairs, strokes, hits) == (len(truth) - 1, len(truth), len(truth))
    assert event_f([song], [truth]) == 1.0
    assert event_f([song], [heard]) == pytest.approx(2 * pairs / (strokes + hits))


def test_an_excerpt_does_not_keep_its_song_in_memory() -> None:
    song = HeldOutSong.of(dataset_song("a", "test", 5))
    part = song.excerpt(2.0)
    assert len(part.samples) == 2 * 22050
    assert not np.shares_memory(part.samples, song.samples)


def test_thresholds_move_together() -> None:
    levels = PresetLevels(0.5, (0.5,) * DRUM_COUNT)
    moved = shifted_levels(Calibration(presets={"conservative": levels}), 0.8)
    assert moved.presets["conservative"].thresholds == pytest.approx((0.69,) * DRUM_COUNT, abs=0.01)
    assert moved.presets["conservative"].activity_gate == 0.5


@pytest.mark.parametrize(("gain", "moves"), [(0.0049, False), (0.0051, True)])
def test_thresholds_move_only_for_a_gain_beyond_noise(
    monkeypatch: pytest.MonkeyPatch, gain: float, moves: bool
) -> None:
    tried: list[float] = []

    def f_of(*_: object) -> float:
        tried.append(0.0)
        return 0.5 + gain * (len(tried) > 1)

    song = HeldOutSong.of(dataset_song("a", "validation", 5))
    monkeypatch.setattr(recalibrate, "event_f", f_of)
    levels = PresetLevels(0.5, (0.5,) * DRUM_COUNT)
    calibration = Calibration(song.domain, presets={"conservative": levels})
    old = replace(EARS, calibrations={song.domain: calibration})
    found = recalibrate.recalibrated(old, [song], Provenance()).calibrations[song.domain]
    assert (found.presets["conservative"].thresholds[0] < 0.5) is moves


def test_levels_of_the_finer_hop_follow_those_that_were_fitted() -> None:
    def at(threshold: float) -> dict[str, PresetLevels]:
        return {"conservative": PresetLevels(0.5, (threshold,) * DRUM_COUNT)}

    old = Calibration("drums", presets=at(0.5), micro=Calibration("drums", presets=at(0.3)))
    followed = recalibrate._followed(old, Calibration("drums", presets=at(0.6)))
    assert followed is not None
    # Odds of 0.5 became one and a half times as high at 0.6; those of 0.3 do, too.
    odds = 1.5 * 0.3 / 0.7
    thresholds = followed.presets["conservative"].thresholds
    assert thresholds == pytest.approx((odds / (1 + odds),) * DRUM_COUNT)


@pytest.mark.parametrize(
    ("reviewed_s", "fitted"),
    [
        (((0.0, 8.0),), True),
        (((0.2, 7.8),), True),
        (((0.0, 4.0),), False),
        (((0.0, 3.0), (3.5, 8.0)), False),
    ],
)
def test_thresholds_are_fitted_to_songs_reviewed_throughout_only(
    monkeypatch: pytest.MonkeyPatch, reviewed_s: tuple[Span, ...], fitted: bool
) -> None:
    # Elsewhere whatever is heard would count as wrong, strokes that nobody looked at as well.
    songs = [
        HeldOutSong.of(
            replace(dataset_song(f"song{seed}", "validation", seed), reviewed_s=reviewed_s)
        )
        for seed in range(recalibrate.FIT_SONGS)
    ]
    nothing = Activations(
        np.zeros((DRUM_COUNT, 1400), np.float32), np.zeros(1400, np.float32), 128 / 22050
    )
    new, shifted = Calibration("drums"), Calibration("drums")
    monkeypatch.setattr(recalibrate, "FIT_STROKES", 1)
    monkeypatch.setattr(recalibrate, "activations", lambda *_: nothing)
    monkeypatch.setattr(recalibrate, "fit_calibration", lambda *_: new)
    monkeypatch.setattr(recalibrate, "_best_shift", lambda *_: shifted)
    old = replace(EARS, calibrations={"drums": Calibration("drums")})
    found = recalibrate.recalibrated(old, songs, Provenance())
    assert (found.calibrations["drums"] is not shifted) is fitted
