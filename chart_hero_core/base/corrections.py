"""Applying the corrections of the whole-song context to activation curves, and undoing them."""

from dataclasses import replace

import numpy as np

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import Activations, ContextCorrections

_LEAST_P = 1e-12


def with_corrections(activations: Activations, corrections: ContextCorrections) -> Activations:
    """The activations with their classes corrected around each moment, and the corrections."""
    return replace(
        activations, classes=_corrected(activations, corrections, 1.0), corrections=corrections
    )


def without_corrections(activations: Activations) -> Activations:
    """The activations as they were before :func:`with_corrections`."""
    if activations.corrections is None:
        return activations
    return replace(
        activations,
        classes=_corrected(activations, activations.corrections, -1.0),
        corrections=None,
    )


def _corrected(
    activations: Activations, corrections: ContextCorrections, sign: float
) -> Float32Array:
    if not len(corrections.times_s):
        return activations.classes
    times_s = activations.start_s + np.arange(activations.frames) * activations.hop_s
    borders = (corrections.times_s[1:] + corrections.times_s[:-1]) / 2
    nearest = np.searchsorted(borders, times_s)
    near = np.abs(times_s - corrections.times_s[nearest]) <= corrections.reach_s
    p = np.clip(activations.classes[:, near].astype(np.float64), _LEAST_P, 1 - _LEAST_P)
    odds = np.log(p / (1 - p)) + sign * corrections.log_odds[nearest[near]].T
    classes = activations.classes.copy()
    classes[:, near] = 1 / (1 + np.exp(-odds))
    return classes
