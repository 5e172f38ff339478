"""A song of two drums that nobody could confuse: low thuds are kicks, hiss is a hi-hat."""

import numpy as np

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.features.level import to_reference_level

RATE = 22050
STEP_S = 0.25


def two_drums(seconds: float, seed: int = 0) -> tuple[Float32Array, np.ndarray, np.ndarray]:
    """Samples at the reference level, the times of the strokes and their drums."""
    rng = np.random.default_rng(seed)
    out = rng.normal(0, 1e-3, int(seconds * RATE)).astype(np.float32)
    times = np.arange(0.3, seconds - 0.3, STEP_S)
    drums = np.where(rng.random(len(times)) < 0.5, DrumClass.KICK, DrumClass.HIHAT)
    place = np.arange(int(0.08 * RATE))
    fade = np.exp(-place / (0.02 * RATE))
    for time_s, drum in zip(times, drums, strict=True):
        thud = np.sin(2 * np.pi * 70 * place / RATE)
        sound = thud if drum == DrumClass.KICK else rng.normal(0, 0.5, len(place))
        start = round(time_s * RATE)
        out[start : start + len(place)] += (0.5 * fade * sound).astype(np.float32)
    return to_reference_level(out), times, drums.astype(np.int8)
