"""Which kicks the second foot plays, from the gaps between them and their place in the beat.

In a run of kicks the feet alternate, mostly led by the foot that plays the beats; in a pair,
whichever foot is free plays. A linear-chain conditional random field (Lafferty, McCallum, Pereira
2001) with two states weighs both: the evidence for the second foot at each kick, and for it twice
in a row. Its weights were fitted to charts (``chart-hero train-double-kicks``).
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import BoolArray, Float64Array, IndexArray
from chart_hero_core.base.files import resource_path

# Edges between distances of kicks, in seconds; kicks beyond the last know nothing of each other.
_GAPS_S = np.array([0.075, 0.09, 0.105, 0.12, 0.135, 0.15, 0.165, 0.18, 0.22, 0.3])
APART_S = float(_GAPS_S[-1])
_GAPS = len(_GAPS_S) + 1
# Kicks closer than this are a run, or a pair.
_FAST_S = 0.18
# Places in a beat, the first that fits counts: on it, halves, sixteenths, triplets, 32nds; the
# last kind is anywhere else.
_PLACES = ((0.0,), (0.5,), (0.25, 0.75), (1 / 3, 2 / 3), (0.125, 0.375, 0.625, 0.875))
_PLACE_KINDS, _NEAR = len(_PLACES) + 1, 0.03
# The first, a middle and the last kick of a run: of two at most, of less than six, of more.
_RUN_SIZES = np.array([3, 6])
_RUN_KINDS = 9
# The distance behind against that before: shorter, alike, longer.
_RATIOS, _RATIO_KINDS = np.array([0.7, 1.4]), 3
OWN_FEATURES = 4 * _GAPS + _PLACE_KINDS * _RUN_KINDS + _RATIO_KINDS * _RUN_KINDS + 1
PAIR_FEATURES = _GAPS + _PLACE_KINDS


@dataclass(frozen=True, slots=True, eq=False)
class KickFeatures:
    """Features of kicks.

    Attributes:
        own: of each kick alone, ``[N, OWN_FEATURES]``.
        pair: of each kick and the one before, ``[N, PAIR_FEATURES]``; all 0 where that is too far
            away to matter.
    """

    own: Float64Array
    pair: Float64Array


def kick_features(times_s: Float64Array, in_beat: Float64Array) -> KickFeatures:
    """The features of kicks, which must be in order of time.

    Args:
        times_s: when they are struck, ``[N]``.
        in_beat: their position within the beat, 0 to below 1, ``[N]``.
    """
    apart = np.full(min(len(times_s), 1), np.inf)
    gaps = np.diff(times_s)
    before, behind = np.concatenate([apart, gaps]), np.concatenate([gaps, apart])
    before_kind, behind_kind = np.searchsorted(_GAPS_S, before), np.searchsorted(_GAPS_S, behind)
    fast_before, fast_behind = before <= _FAST_S, behind <= _FAST_S
    run = _run_kinds(fast_before, fast_behind)
    place = _place_kinds(in_beat)
    ratio = np.searchsorted(_RATIOS, np.minimum(behind, 9.0) / np.clip(before, 1e-3, 9.0))
    own = [
        _one_hot(2 * before_kind + fast_behind, 2 * _GAPS),
        _one_hot(2 * behind_kind + fast_before, 2 * _GAPS),
        _one_hot(place * _RUN_KINDS + run, _PLACE_KINDS * _RUN_KINDS),
        _one_hot(run * _RATIO_KINDS + ratio, _RATIO_KINDS * _RUN_KINDS),
        np.ones((len(times_s), 1)),
    ]
    pair = np.concatenate([_one_hot(before_kind, _GAPS), _one_hot(place, _PLACE_KINDS)], axis=1)
    pair[before > APART_S] = 0.0
    return KickFeatures(np.concatenate(own, axis=1), pair)


def _run_kinds(fast_before: BoolArray, fast_behind: BoolArray) -> IndexArray:
    run = np.cumsum(~fast_before) - 1
    count = np.bincount(run, minlength=1)[run]
    size = np.searchsorted(_RUN_SIZES, count, side="right")
    role = np.where(fast_before & ~fast_behind, 2, np.where(fast_behind & ~fast_before, 0, 1))
    found: IndexArray = 3 * size + role
    return found


def _place_kinds(in_beat: Float64Array) -> IndexArray:
    found = np.full(len(in_beat), _PLACE_KINDS - 1, np.intp)
    for kind, places in reversed(list(enumerate(_PLACES))):
        away = np.abs((in_beat[:, None] - np.array(places) + 0.5) % 1 - 0.5)
        found[(away < _NEAR).any(axis=1)] = kind
    return found


def _one_hot(kinds: NDArray[np.integer], count: int) -> Float64Array:
    found: Float64Array = np.eye(count)[kinds.astype(np.intp)]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class DoubleKicks:
    """Log odds of the second foot: weights of the features of :class:`KickFeatures`.

    ``own`` is ``[OWN_FEATURES]``, ``pair`` ``[PAIR_FEATURES]``: the latter count where both kicks
    are the second foot's.
    """

    own: Float64Array
    pair: Float64Array

    @staticmethod
    def load(path: Path | None = None) -> "DoubleKicks":
        """Read the weights that ship with the program (or ``path``).

        Raises:
            StorageError: the program is incomplete.
        """
        text = (path or resource_path("marks", "double_kicks.json")).read_text("utf-8")
        found = json.loads(text)
        return DoubleKicks(np.array(found["own"]), np.array(found["pair"]))

    def chances(self, times_s: Float64Array, in_beat: Float64Array) -> Float64Array:
        """The probability that the second foot plays each kick, ``[N]``.

        By the forward-backward algorithm; the arguments are those of :func:`kick_features`.
        """
        features = kick_features(times_s, in_beat)
        own, pair = features.own @ self.own, features.pair @ self.pair
        forward, backward = np.zeros((2, len(times_s), 2))
        for k in range(len(times_s)):
            first, second = forward[k - 1] if k else (0.0, -np.inf)
            forward[k, 0] = np.logaddexp(first, second)
            forward[k, 1] = np.logaddexp(first, second + pair[k]) + own[k]
        for k in range(len(times_s) - 2, -1, -1):
            first, second = backward[k + 1] + (0.0, own[k + 1])
            backward[k, 0] = np.logaddexp(first, second)
            backward[k, 1] = np.logaddexp(first, second + pair[k + 1])
        log_odds = (forward + backward) @ (-1.0, 1.0)
        found: Float64Array = 1 / (1 + np.exp(-log_odds))
        return found


@lru_cache(maxsize=1)
def shipped_double_kicks() -> DoubleKicks:
    """The weights that come with the program."""
    return DoubleKicks.load()
