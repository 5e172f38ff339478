"""Applying the corrections of the whole-song context to activation curves, and undoing them."""

from dataclasses import replace

import numpy as np

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import Activations, ContextCorrections

_LEAST_P = 1e-12


def with_corrections(heard: Activations, corrections: ContextCorrections) -> Activations:
    """The activations with their classes corrected around each moment, and the corrections."""
    return replace(heard, classes=_corrected(heard, corrections, 1.0), corrections=corrections)


def without_corrections(heard: Activations) -> Activations:
    """The activations as they were before :func:`with_corrections`."""
    if heard.corrections is None:
        return heard
    return replace(heard, classes=_corrected(heard, heard.corrections, -1.0), corrections=None)


def _corrected(heard: Activations, corrections: ContextCorrections, sign: float) -> Float32Array:
    if not len(corrections.times_s):
        return heard.classes
    times_s = heard.start_s + np.arange(heard.frames) * heard.hop_s
    borders = (corrections.times_s[1:] + corrections.times_s[:-1]) / 2
    nearest = np.searchsorted(borders, times_s)
    near = np.abs(times_s - corrections.times_s[nearest]) <= corrections.reach_s
    p = np.clip(heard.classes[:, near].astype(np.float64), _LEAST_P, 1 - _LEAST_P)
    odds = np.log(p / (1 - p)) + sign * corrections.log_odds[nearest[near]].T
    classes = heard.classes.copy()
    classes[:, near] = 1 / (1 + np.exp(-odds))
    return classes
