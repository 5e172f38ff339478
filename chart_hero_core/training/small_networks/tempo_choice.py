"""Fitting of the classifier of tempos (``timing/tempo_choice.py``)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.base.drums import Hit
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.evaluation.matching import match_times
from chart_hero_core.timing.beat_path import BeatRow, PathOptions
from chart_hero_core.timing.beats import observations_of
from chart_hero_core.timing.grids import counted_grid, straight_grid
from chart_hero_core.timing.observations import BeatObservations, likeliest_row
from chart_hero_core.timing.tempo_choice import TempoChoice, rival_rows, row_features
from chart_hero_core.training.small_networks.stroke_songs import StrokeSong
from chart_hero_core.training.small_networks.stroke_windows import disturbed

_WINDOW_S = 90.0
_FEWEST_STROKES, _FEWEST_BEATS = 40, 4
_RIGHT_S = 0.07
_STEPS, _RATE, _DECAY = 400, 0.02, 0.003
_FLATTEST = 1e-3


@dataclass(frozen=True, eq=False)
class TempoCase:
    """A stretch of a song: the features of its rows, ``[rows, features]``, the likeliest first,
    and how right the beats of each are (F within 70 ms), ``[rows]``."""

    features: Float64Array
    right: Float64Array


def tempo_case(song: StrokeSong, rng: np.random.Generator) -> TempoCase | None:
    """Of a random stretch of ``song``, disturbed; None where there is nothing to choose."""
    last_s = max(song.times_s[-1] - _WINDOW_S, song.times_s[0] + 0.1)
    start_s = float(rng.uniform(song.times_s[0], last_s))
    inside = (song.times_s >= start_s) & (song.times_s < start_s + _WINDOW_S)
    strokes = (song.times_s[inside] - start_s, song.drums[inside], song.velocities[inside])
    heard = [hit for hit in disturbed(*strokes, rng) if hit.time_s >= 0]
    hits = sorted(heard, key=lambda hit: hit.time_s)
    if len(hits) < _FEWEST_STROKES:
        return None
    observations = observations_of(hits, hits[-1].time_s, None)
    options = PathOptions()
    row = likeliest_row(observations, options)
    if len(row.times_s) < _FEWEST_BEATS:
        return None
    rows = rival_rows(row, observations, options)
    beats_s = song.beats_s - start_s
    beats_s = beats_s[(beats_s >= hits[0].time_s - 0.3) & (beats_s <= hits[-1].time_s + 0.3)]
    features = [row_features(one, factor, observations, hits) for factor, one in rows]
    right = [_right(_beats_of(one, observations, hits), beats_s) for _, one in rows]
    return TempoCase(np.array(features), np.array(right))


def _beats_of(row: BeatRow, observations: BeatObservations, hits: Sequence[Hit]) -> Float64Array:
    grid, ternary = straight_grid(row, observations, hits, PathOptions())
    if not ternary:
        grid = counted_grid(grid, observations, hits)
    times = grid.line.times_at(grid.beats)
    return times[(times >= hits[0].time_s - 0.3) & (times <= hits[-1].time_s + 0.3)]


def _right(found_s: Float64Array, beats_s: Float64Array) -> float:
    pairs = len(match_times(beats_s, found_s, _RIGHT_S)[0])
    return 2 * pairs / max(len(found_s) + len(beats_s), 1)


def fit_tempo_choice(cases: Sequence[TempoCase], seed: int = 1) -> TempoChoice:
    """Weights with which the row that is taken is right most often: the mean over the cases of
    what a softmax over the rows' utilities would be right, less a penalty for great weights.

    Raises:
        DatasetError: there is nothing to learn from.
    """
    cases = [case for case in cases if len(case.right) > 1]
    if not cases:
        raise DatasetError("There is no song to learn tempos from.")
    everything = np.concatenate([case.features for case in cases])
    mean, spread = everything.mean(axis=0), everything.std(axis=0) + _FLATTEST
    most = max(len(case.right) for case in cases)
    features = np.zeros((len(cases), most, everything.shape[1]))
    right, there = np.zeros((2, len(cases), most))
    for index, case in enumerate(cases):
        count = len(case.right)
        features[index, :count] = (case.features - mean) / spread
        right[index, :count], there[index, :count] = case.right, 1
    weight = _ascended(features, right, there, seed)
    return TempoChoice(mean, spread, weight)


def _ascended(
    features: Float64Array, right: Float64Array, there: Float64Array, seed: int
) -> Float64Array:
    torch.manual_seed(seed)
    rows, truth = (torch.from_numpy(values) for values in (features, right))
    absent = torch.from_numpy(there) == 0
    weight = torch.zeros(features.shape[2], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([weight], _RATE)
    for _ in range(_STEPS):
        share = torch.softmax((rows @ weight).masked_fill(absent, -torch.inf), dim=1)
        loss = -(share * truth).sum(dim=1).mean() + _DECAY * (weight**2).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    found: Float64Array = weight.detach().numpy()
    return found


def gained(cases: Sequence[TempoCase], folds: int = 5) -> tuple[float, float]:
    """How right the likeliest rows are, and those chosen by a classifier of other cases."""
    before, after = [], []
    for fold in range(folds):
        choice = fit_tempo_choice([c for i, c in enumerate(cases) if i % folds != fold])
        for case in cases[fold::folds]:
            utility = choice.utility(case.features)
            before.append(case.right[0])
            after.append(case.right[int(utility.argmax())])
    return float(np.mean(before)), float(np.mean(after))
