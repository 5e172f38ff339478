"""Where attacks lie near given times: peaks of the activations, else jumps of the energy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.drums import Activations, DrumClass

if TYPE_CHECKING:
    from chart_hero_core.audio.io import AudioClip

REACH_S = 0.035  # further away it is another stroke: a 32nd at 200 BPM lasts 37.5 ms
LEAST_LEVEL = 0.08  # an activation below this is no attack
AFTER_S, BEFORE_S = 0.003, 0.006
# An attack raises the level of the 3 ms after it this many times over the 6 ms before it; noise
# comes to 2.4 within a window of +-35 ms.
LEAST_RISE = 4.0

Times = NDArray[np.float64]


def nearest_transients(
    times_s: Times,
    drums: Sequence[DrumClass],
    activations: Activations | None,
    clip: AudioClip | None,
) -> Times | None:
    """For each time the attack nearest to it within ``REACH_S``, or the time itself without one.

    The drum's own activation is asked first (to a fraction of a frame); where it shows nothing,
    the sound. None when there is neither.
    """
    if activations is None and clip is None:
        return None
    found = np.array(times_s, dtype=np.float64)
    for index, (time_s, drum) in enumerate(zip(times_s.tolist(), drums, strict=True)):
        heard = None if activations is None else activation_peak(activations, drum, time_s)
        if heard is None and clip is not None:
            heard = energy_rise(clip.samples, clip.sample_rate, time_s)
        if heard is not None:
            found[index] = max(heard, 0.0)
    return found


def activation_peak(activations: Activations, drum: DrumClass, time_s: float) -> float | None:
    """The time of the drum's activation peak nearest to ``time_s``; None without one in reach."""
    source = activations
    for span in activations.spans:
        if span.start_s <= time_s < span.end_s:
            source = span
    levels = source.classes[drum]
    place = (time_s - source.start_s) / source.hop_s
    reach = REACH_S / source.hop_s
    first = max(int(np.ceil(place - reach)), 1)
    last = min(int(np.floor(place + reach)), len(levels) - 2)
    best: tuple[float, float] | None = None
    for frame in range(first, last + 1):
        before, here, after = (float(levels[frame + step]) for step in (-1, 0, 1))
        if here < LEAST_LEVEL or here < before or here <= after:
            continue
        offset = _offset(source, drum, frame, (before, here, after))
        distance = abs(frame + offset - place)
        if best is None or distance < best[0]:
            best = (distance, source.start_s + (frame + offset) * source.hop_s)
    return None if best is None else best[1]


def _offset(
    source: Activations, drum: DrumClass, frame: int, levels: tuple[float, float, float]
) -> float:
    """Where in the frame the peak lies: as the model says, else the top of a parabola."""
    if source.offset is not None:
        return float(source.offset[drum, frame])
    before, here, after = levels
    curve = before - 2 * here + after
    return 0.0 if curve >= 0 else min(max(0.5 * (before - after) / curve, -0.5), 0.5)


def energy_rise(samples: NDArray[np.float32], rate: int, time_s: float) -> float | None:
    """The start of the steepest rise of energy within reach of ``time_s``; None if it is flat.

    Energy flux (as in Bello et al., 2005, section III) at sample level.
    """
    after, before = max(round(AFTER_S * rate), 8), max(round(BEFORE_S * rate), 16)
    first = max(round((time_s - REACH_S) * rate) - before, 0)
    last = min(round((time_s + REACH_S) * rate) + after, len(samples))
    if last - first < 2 * (after + before):
        return None
    power = samples[first:last].astype(np.float64) ** 2
    total = np.concatenate([[0.0], np.cumsum(power)])
    level_after = (total[before + after :] - total[before:-after]) / after
    level_before = (total[before:-after] - total[: -after - before]) / before
    floor = max(float(power.mean()) * 0.02, 1e-9)
    rise = (level_after + floor) / (level_before + floor)
    best = int(np.argmax(rise))
    if rise[best] < LEAST_RISE:
        return None
    heard_s = (first + before + best) / rate
    return heard_s if abs(heard_s - time_s) <= REACH_S else None
