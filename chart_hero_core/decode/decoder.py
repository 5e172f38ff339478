"""Activations and knobs -> hits, in numpy.

The order of steps, and why it is monotone: candidates (local maxima) are found without looking
at any knob, and compete with each other (peak window, spacing, tom or cymbal) whatever the
thresholds. Each knob is then one comparison per candidate. So raising a threshold, the gate, the
peak window, the spacing, the presence, the rival confidence, the roll share or the cymbal share
only ever removes hits.
"""

import math

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array
from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass, Hit
from chart_hero_core.decode.arbitration import (
    outweighed_by_rival,
    strongest_rival,
    suppressed_by_same_colour,
    undecided_cymbals,
)
from chart_hero_core.decode.candidates import Candidates, prepare
from chart_hero_core.decode.offsets import corrected
from chart_hero_core.decode.peaks import Peaks
from chart_hero_core.decode.presence import has_confident_neighbours
from chart_hero_core.decode.rolls import in_rolls
from chart_hero_core.decode.settings import DecodePlan, DecodeSettings, find_knob

# Times are sums of floating-point hops; gaps are rounded to this.
_TIME_TOLERANCE_S = 1e-8


def decode(
    activations: Activations | Candidates,
    settings: DecodePlan | DecodeSettings,
    calibration: Calibration | None = None,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
) -> list[Hit]:
    """The hits in ``start_s <= time < end_s``, sorted by time and class.

    Args:
        activations: of the song, or the result of
            :func:`~chart_hero_core.decode.candidates.prepare` (faster when only settings change).
        settings: knobs of both modes; a single ``DecodeSettings`` applies to both. The timing
            corrections of a calibration take effect through them (``presets.calibrated``).
        calibration: gives hits their confidence; without it that is the height of the peak.
    """
    candidates = _prepared(activations)
    plan = _plan(settings)
    time_s, confidence = _times_and_confidences(candidates, plan, calibration)
    chosen = _selected(candidates, plan, time_s, confidence)
    return _hits(candidates, chosen & _between(time_s, start_s, end_s), time_s, confidence)


def near_misses(
    activations: Activations | Candidates,
    settings: DecodePlan | DecodeSettings,
    calibration: Calibration | None = None,
    *,
    below: float = 0.15,
    start_s: float | None = None,
    end_s: float | None = None,
) -> list[Hit]:
    """The further hits if thresholds and gate were lower by ``below`` (0..1); sorted as by
    :func:`decode`, whose arguments the others are.
    """
    candidates = _prepared(activations)
    plan = _plan(settings)
    time_s, confidence = _times_and_confidences(candidates, plan, calibration)
    chosen = _selected(candidates, _lowered(plan, below), time_s, confidence)
    chosen &= ~_selected(candidates, plan, time_s, confidence)
    return _hits(candidates, chosen & _between(time_s, start_s, end_s), time_s, confidence)


def decode_counts(
    activations: Activations | Candidates,
    settings: DecodePlan | DecodeSettings,
    calibration: Calibration | None = None,
) -> tuple[int, ...]:
    """The number of hits of each class (8 of them) that :func:`decode` would return, but faster."""
    candidates = _prepared(activations)
    plan = _plan(settings)
    chosen = _selected(candidates, plan, *_times_and_confidences(candidates, plan, calibration))
    return tuple(np.bincount(candidates.peaks.drum[chosen], minlength=DRUM_COUNT).tolist())


def _prepared(activations: Activations | Candidates) -> Candidates:
    return activations if isinstance(activations, Candidates) else prepare(activations)


def _plan(settings: DecodePlan | DecodeSettings) -> DecodePlan:
    return settings if isinstance(settings, DecodePlan) else DecodePlan(settings, settings)


def _lowered(plan: DecodePlan, below: float) -> DecodePlan:
    for path in ("activity_gate", "thresholds", "micro.activity_gate", "micro.thresholds"):
        minimum = find_knob(path)[0].minimum
        value = plan.value(path)
        if isinstance(value, tuple):
            plan = plan.with_value(path, [max(one - below, minimum) for one in value])
        else:
            plan = plan.with_value(path, max(value - below, minimum))
    return plan


def _times_and_confidences(
    candidates: Candidates, plan: DecodePlan, calibration: Calibration | None
) -> tuple[Float64Array, Float64Array]:
    """The final time and the confidence of each candidate."""
    peaks, micro = candidates.peaks, candidates.micro
    time_s = np.empty(len(candidates))
    confidence = peaks.score.copy()
    modes = ((plan.baseline, calibration, ~micro), (plan.micro, _micro(calibration), micro))
    for settings, fitted, here in modes:
        if not here.any():
            continue
        raw_s = (peaks.time_s if settings.refine else peaks.frame_s)[here]
        time_s[here] = corrected(raw_s, peaks.drum[here], settings.offset_ms)
        if fitted is not None:
            confidence[here] = fitted.confidence(peaks.drum[here], peaks.score[here])
    return time_s, confidence


def _micro(calibration: Calibration | None) -> Calibration | None:
    if calibration is None or calibration.micro is None:
        return calibration
    return calibration.micro


def _selected(
    candidates: Candidates, plan: DecodePlan, time_s: Float64Array, confidence: Float64Array
) -> BoolArray:
    """Which candidates are hits."""
    passing = np.zeros(len(candidates), dtype=np.bool_)
    for settings, here in ((plan.baseline, ~candidates.micro), (plan.micro, candidates.micro)):
        if here.any():
            passing |= here & _selected_in_mode(candidates, settings, time_s, confidence, here)
    return passing


def _selected_in_mode(
    candidates: Candidates,
    settings: DecodeSettings,
    time_s: Float64Array,
    confidence: Float64Array,
    here: BoolArray,
) -> BoolArray:
    peaks = candidates.peaks
    spacing_s = np.asarray(settings.min_spacing_ms)[peaks.drum] / 1000.0
    critical_s = candidates.spacing_s if settings.refine else candidates.frame_spacing_s
    apart = here & (critical_s >= spacing_s - _TIME_TOLERANCE_S)
    highest = peaks.isolation > (settings.nms_frames - 1) // 2
    above = highest & _above_thresholds(peaks, settings, apart, 1.0)
    selected = above & _likeliest_or_confident(candidates, confidence, settings.rival_confidence)
    if settings.cymbal_share < 1.0:
        undecided = undecided_cymbals(peaks.drum, candidates.rivals, confidence) & highest
        selected |= undecided & _above_thresholds(peaks, settings, apart, settings.cymbal_share)
    if settings.roll_share < 1.0:
        selected |= _roll_strokes(candidates, settings, confidence, apart, above)
    selected &= has_confident_neighbours(
        peaks.drum, time_s, confidence, settings.presence, candidates.start_s, candidates.end_s
    )
    if settings.arbitrate:
        window_s, margin = settings.arbitration_window_ms / 1000.0, settings.arbitration_margin
        selected &= ~suppressed_by_same_colour(peaks.drum, time_s, confidence, window_s, margin)
    return selected


def _roll_strokes(
    candidates: Candidates,
    settings: DecodeSettings,
    confidence: Float64Array,
    apart: BoolArray,
    above: BoolArray,
) -> BoolArray:
    """Which peaks that reach the lowered thresholds of rolls are in a roll with ``above`` ones.

    Strokes of a roll stay on their drum, whichever rivals single ones of them have, unless another
    drum is more likely over the roll.
    """
    peaks = candidates.peaks
    weak = _above_thresholds(peaks, settings, apart, settings.roll_share)
    rolls = in_rolls(peaks, weak & ~candidates.ripples, above)
    if rolls.any() and settings.rival_confidence > 0.0:
        rolls &= ~outweighed_by_rival(peaks.drum, peaks.time_s, candidates.rivals, confidence)
    return rolls


def _likeliest_or_confident(
    candidates: Candidates, confidence: Float64Array, level: float
) -> BoolArray:
    """Which peaks have no likelier rival within the rival window, or reach ``level`` themselves."""
    if level <= 0.0:
        return np.ones(len(candidates), dtype=np.bool_)
    rival = strongest_rival(candidates.rivals, confidence)
    found: BoolArray = (confidence >= rival) | (confidence >= level)
    return found


def _above_thresholds(
    peaks: Peaks, settings: DecodeSettings, apart: BoolArray, share: float
) -> BoolArray:
    """Which of the peaks that are far enough ``apart`` reach this share of their threshold and of
    the gate.
    """
    thresholds = np.asarray(settings.thresholds)[peaks.drum]
    above: BoolArray = apart & (peaks.score >= share * thresholds)
    above &= peaks.gate >= share * settings.activity_gate
    return above


def _between(time_s: Float64Array, start_s: float | None, end_s: float | None) -> BoolArray:
    # What is moved to the start of the song, see _hits, counts as struck there.
    heard_s = np.maximum(time_s, 0.0)
    between: BoolArray = (heard_s >= (-math.inf if start_s is None else start_s)) & (
        heard_s < (math.inf if end_s is None else end_s)
    )
    return between


def _hits(
    candidates: Candidates, chosen: BoolArray, time_s: Float64Array, confidence: Float64Array
) -> list[Hit]:
    peaks = candidates.peaks
    index = np.flatnonzero(chosen)
    # Refinement and corrections may reach back before the song; nothing sounds there.
    time_s = np.maximum(time_s, 0.0)
    index = index[np.lexsort((peaks.drum[index], time_s[index]))]
    return [
        Hit(time, _DRUMS[drum], sure, None if math.isnan(loud) else loud)
        for time, drum, sure, loud in zip(
            time_s[index].tolist(),
            peaks.drum[index].tolist(),
            confidence[index].tolist(),
            peaks.velocity[index].tolist(),
            strict=True,
        )
    ]


_DRUMS = tuple(DrumClass)
