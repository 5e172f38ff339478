"""Which tempo: the likeliest row of beats against rows at twice, half, two thirds … of its tempo.

A search for beats looks at single moments. Once there are rows of beats at several tempos, each
has more features: how certain the networks over eighths are of its bars, how well earlier bars
predict later ones, how many strokes lie on its eighths and sixteenths. A linear classifier
combines them. Its weights were fitted to charts and recorded drummers, so that the beats of
the row it takes are right as often as possible (``chart-hero train-tempo-choice``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.base.drums import Hit
from chart_hero_core.base.files import resource_path
from chart_hero_core.timing.bar_path import BarOptions, count_bars, pulse_beats
from chart_hero_core.timing.beat_path import BeatRow, PathOptions
from chart_hero_core.timing.grids import bar_observations
from chart_hero_core.timing.map_build import Grid
from chart_hero_core.timing.map_fit import TempoLine
from chart_hero_core.timing.observations import BeatObservations

FACTORS = (2.0, 0.5, 1.5, 2 / 3, 4 / 3, 0.75)
# A rival's tempo may change by this factor to either side.
_RANGE = 1.15
_SLOWEST_BPM, _FASTEST_BPM = 50.0, 290.0
_FEWEST_BEATS = 4
# How much better a rival has to be than the likeliest row, in nats.
MARGIN = 1.5
# Strokes this close to an eighth or a sixteenth, in eighths, are on it.
_ON_EIGHTH, _ON_SIXTEENTH = 0.12, 0.06
_TINY = 1e-9

OF_A_ROW = (
    *("log_bpm", "row_score", "tempo", "bar_score", "bar_score_s", "beats_on", "beats_off"),
    *("beat_doubt", "line_doubt", "again", "best_again", "length_sureness", "odd_bars"),
    *("usual_bar", "off_eighths", "off_sixteenths", "on_eighths", "on_sixteenths", "density"),
    *("heard_on", "heard_off", "changes"),
)
FEATURES = (*OF_A_ROW, "itself", *(f"times_{factor:.2f}" for factor in FACTORS))


@dataclass(frozen=True, slots=True)
class TempoChoice:
    """A linear classifier: mean, spread and weight of every feature, ``[features]``."""

    mean: Float64Array
    spread: Float64Array
    weight: Float64Array

    @staticmethod
    def load(path: Path | None = None) -> "TempoChoice":
        """Read the weights that ship with the program (or ``path``)."""
        found = json.loads(
            (path or resource_path("timing", "tempo_choice.json")).read_text("utf-8")
        )
        mean, spread, weight = (
            np.array([found[name][part] for name in FEATURES])
            for part in ("mean", "spread", "weight")
        )
        return TempoChoice(mean, spread, weight)

    def utility(self, features: Float64Array) -> Float64Array:
        """How good rows are by their ``features`` ``[rows, features]``, in nats."""
        found: Float64Array = (features - self.mean) / self.spread @ self.weight
        return found


def chosen_row(
    row: BeatRow, observations: BeatObservations, hits: Sequence[Hit], options: PathOptions
) -> BeatRow:
    """``row``, or a row at another tempo that is better by more than a little."""
    rows = rival_rows(row, observations, options)
    if len(rows) < 2:
        return row
    features = np.array([row_features(one, factor, observations, hits) for factor, one in rows])
    utility = _classifier().utility(features)
    utility[0] += MARGIN
    return rows[int(utility.argmax())][1]


@lru_cache(maxsize=1)
def _classifier() -> TempoChoice:
    return TempoChoice.load()


def rival_rows(
    row: BeatRow, observations: BeatObservations, options: PathOptions
) -> list[tuple[float, BeatRow]]:
    """``row`` with factor 1, and the best rows at about other multiples of its tempo."""
    found = [(1.0, row)]
    usual_bpm = 60 / float(np.median(np.diff(row.times_s)))
    for factor in FACTORS:
        bpm = usual_bpm * factor
        if not _SLOWEST_BPM <= bpm <= _FASTEST_BPM:
            continue
        narrow = replace(options, slowest_bpm=bpm / _RANGE, fastest_bpm=bpm * _RANGE)
        other = observations.best_row(narrow)
        if len(other.times_s) >= _FEWEST_BEATS:
            found.append((factor, other))
    return found


def row_features(
    row: BeatRow, factor: float, observations: BeatObservations, hits: Sequence[Hit]
) -> Float64Array:
    """The features of a row at ``factor`` times the likeliest tempo, ``[FEATURES]``."""
    beats = np.concatenate([[0.0], np.cumsum(np.where(row.half[:-1], 0.5, 1.0))])
    line = TempoLine(beats, row.times_s, 0.01)
    grid = Grid(line, beats, np.zeros(len(beats), np.bool_))
    values = {
        **_of_bars(grid, observations, hits),
        **_of_strokes(grid, hits),
        **_of_tempo(row, beats, observations),
    }
    which = [float(factor == one) for one in (1.0, *FACTORS)]
    return np.array([*(values[name] for name in OF_A_ROW), *which])


def _of_bars(grid: Grid, observations: BeatObservations, hits: Sequence[Hit]) -> dict[str, float]:
    pulses = pulse_beats(grid.beats)
    times = grid.line.times_at(pulses)
    heard, _ = observations.at(times)
    predicted, again, weighed = bar_observations(grid, pulses, observations, hits)
    bars = count_bars(weighed, BarOptions())
    on = np.zeros(len(pulses), np.bool_)
    on[bars.at] = True
    beat, line = (1 / (1 + np.exp(-odds)) for odds in (predicted.beat, predicted.line))
    lengths = np.diff(bars.at[bars.lines])
    counts = np.bincount(lengths) if len(lengths) else np.zeros(1, np.int64)
    return {
        "bar_score": bars.score / len(pulses),
        "bar_score_s": bars.score / max(float(times[-1] - times[0]), 1.0),
        "beats_on": _mean(beat[on]),
        "beats_off": _mean(beat[~on]),
        "beat_doubt": _doubt(beat),
        "line_doubt": _doubt(line),
        "again": float(again.max(axis=1).mean()),
        "best_again": float(again.mean(axis=0).max()),
        "length_sureness": float(np.exp(predicted.lengths).max(axis=1).mean()),
        "odd_bars": float(counts[1::2].sum() / max(counts.sum(), 1)),
        "usual_bar": float(counts.argmax()),
        "density": len(hits) / len(pulses),
        "heard_on": _mean(heard[on]),
        "heard_off": _mean(heard[~on]),
    }


def _of_strokes(grid: Grid, hits: Sequence[Hit]) -> dict[str, float]:
    pulses = pulse_beats(grid.beats)
    struck = np.array([hit.time_s for hit in hits])
    place = np.interp(struck, grid.line.times_at(pulses), np.arange(len(pulses)))
    off = np.abs(place - np.rint(place))
    off_half = np.abs(2 * place - np.rint(2 * place)) / 2
    return {
        "off_eighths": _mean(off),
        "off_sixteenths": _mean(off_half),
        "on_eighths": _mean((off < _ON_EIGHTH).astype(float)),
        "on_sixteenths": _mean((off_half < _ON_SIXTEENTH).astype(float)),
    }


def _of_tempo(
    row: BeatRow, beats: Float64Array, observations: BeatObservations
) -> dict[str, float]:
    lengths = np.diff(row.times_s)
    whole = lengths / np.diff(beats)
    known = np.zeros(len(lengths))
    if observations.tempo is not None:
        known = observations.tempo.at(row.times_s[:-1], whole)
    return {
        "log_bpm": float(np.log(60 / np.median(whole))),
        "row_score": row.score,
        "tempo": float((known * lengths).sum() / lengths.sum()),
        "changes": _mean(np.abs(np.diff(np.log(whole)))),
    }


def _mean(values: Float64Array) -> float:
    return float(values.mean()) if len(values) else 0.0


def _doubt(probability: Float64Array) -> float:
    """Mean entropy, in nats."""
    p, q = probability + _TINY, 1 - probability + _TINY
    return float(-(p * np.log(p) + q * np.log(q)).mean())
