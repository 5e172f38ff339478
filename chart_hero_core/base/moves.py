"""Applying the corrections of the whole-song context to activation curves, and undoing them."""

from dataclasses import replace

import numpy as np

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import Activations, Moves

_LEAST_P = 1e-12


def with_moves(heard: Activations, moves: Moves) -> Activations:
    """The curves of the classes moved around each moment; remembers by what."""
    return replace(heard, classes=_moved(heard, moves, 1.0), moves=moves)


def without_moves(heard: Activations) -> Activations:
    """The curves as they were before :func:`with_moves`."""
    if heard.moves is None:
        return heard
    return replace(heard, classes=_moved(heard, heard.moves, -1.0), moves=None)


def _moved(heard: Activations, moves: Moves, sign: float) -> Float32Array:
    if not len(moves.times_s):
        return heard.classes
    times_s = heard.start_s + np.arange(heard.frames) * heard.hop_s
    borders = (moves.times_s[1:] + moves.times_s[:-1]) / 2
    nearest = np.searchsorted(borders, times_s)
    near = np.abs(times_s - moves.times_s[nearest]) <= moves.reach_s
    p = np.clip(heard.classes[:, near].astype(np.float64), _LEAST_P, 1 - _LEAST_P)
    odds = np.log(p / (1 - p)) + sign * moves.log_odds[nearest[near]].T
    classes = heard.classes.copy()
    classes[:, near] = 1 / (1 + np.exp(-odds))
    return classes
