"""Activations and knobs -> hits, in numpy.

The order of steps, and why it is monotone: candidates (local maxima) are found without looking
at any knob, and compete with each other (peak window, spacing, tom or cymbal) whatever the
thresholds. Each knob is then one comparison per candidate. So raising a threshold, the gate, the
peak window, the spacing, the presence, the rival confidence, the roll share or the cymbal share
only ever removes hits.
"""

import math

import numpy as np

from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass, Hit
from chart_hero_core.decode.arbitration import (
    lost_to_its_colour,
    outplayed,
    strongest_rival,
    undecided_cymbals,
)
from chart_hero_core.decode.candidates import Candidates, prepare
from chart_hero_core.decode.offsets import corrected
from chart_hero_core.decode.peaks import BoolArray, Peaks, RealArray
from chart_hero_core.decode.presence import in_company
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
    time_s, confidence = _judged(candidates, plan, calibration)
    chosen = _passing(candidates, plan, time_s, confidence)
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
    time_s, confidence = _judged(candidates, plan, calibration)
    chosen = _passing(candidates, _lowered(plan, below), time_s, confidence)
    chosen &= ~_passing(candidates, plan, time_s, confidence)
    return _hits(candidates, chosen & _between(time_s, start_s, end_s), time_s, confidence)


def decode_counts(
    activations: Activations | Candidates,
    settings: DecodePlan | DecodeSettings,
    calibration: Calibration | None = None,
) -> tuple[int, ...]:
    """The number of hits of each class (8 of them) that :func:`decode` would return, but faster."""
    candidates = _prepared(activations)
    plan = _plan(settings)
    chosen = _passing(candidates, plan, *_judged(candidates, plan, calibration))
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


def _judged(
    candidates: Candidates, plan: DecodePlan, calibration: Calibration | None
) -> tuple[RealArray, RealArray]:
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


def _passing(
    candidates: Candidates, plan: DecodePlan, time_s: RealArray, confidence: RealArray
) -> BoolArray:
    """Which candidates are hits."""
    passing = np.zeros(len(candidates), dtype=np.bool_)
    for settings, here in ((plan.baseline, ~candidates.micro), (plan.micro, candidates.micro)):
        if here.any():
            passing |= here & _passing_one_mode(candidates, settings, time_s, confidence, here)
    return passing


def _passing_one_mode(
    candidates: Candidates,
    settings: DecodeSettings,
    time_s: RealArray,
    confidence: RealArray,
    here: BoolArray,
) -> BoolArray:
    peaks = candidates.peaks
    start_s, end_s = candidates.start_s, candidates.end_s
    spacing_s = np.asarray(settings.min_spacing_ms)[peaks.drum] / 1000.0
    critical_s = candidates.spacing_s if settings.refine else candidates.frame_spacing_s
    apart = here & (critical_s >= spacing_s - _TIME_TOLERANCE_S)
    highest = peaks.isolation > (settings.nms_frames - 1) // 2
    sure = highest & _reaching(peaks, settings, apart, 1.0)
    passing = sure & _alone_or_sure(candidates, confidence, settings.rival_confidence)
    if settings.cymbal_share < 1.0:
        undecided = undecided_cymbals(peaks.drum, candidates.rivals, confidence)
        passing |= undecided & highest & _reaching(peaks, settings, apart, settings.cymbal_share)
    if settings.roll_share < 1.0:
        # Strokes of a roll stay on their drum, whatever is heard beside one or the other of them,
        # unless another drum rolls there more surely.
        weak = _reaching(peaks, settings, apart, settings.roll_share)
        rolls = in_rolls(peaks, weak & ~candidates.ripples, sure)
        if rolls.any() and settings.rival_confidence > 0.0:
            rolls &= ~outplayed(peaks.drum, peaks.time_s, candidates.rivals, confidence)
        passing |= rolls
    passing &= in_company(peaks.drum, time_s, confidence, settings.presence, start_s, end_s)
    if settings.arbitrate:
        passing &= ~lost_to_its_colour(
            peaks.drum,
            time_s,
            confidence,
            settings.arbitration_window_ms / 1000.0,
            settings.arbitration_margin,
        )
    return passing


def _alone_or_sure(candidates: Candidates, confidence: RealArray, level: float) -> BoolArray:
    """Which peaks have no surer rival struck with them, or are as sure as ``level`` themselves."""
    if level <= 0.0:
        return np.ones(len(candidates), dtype=np.bool_)
    rival = strongest_rival(candidates.rivals, confidence)
    found: BoolArray = (confidence >= rival) | (confidence >= level)
    return found


def _reaching(peaks: Peaks, settings: DecodeSettings, apart: BoolArray, share: float) -> BoolArray:
    """Which of the peaks that are far enough ``apart`` reach this share of their threshold and of
    the gate.
    """
    thresholds = np.asarray(settings.thresholds)[peaks.drum]
    reaching: BoolArray = apart & (peaks.score >= share * thresholds)
    reaching &= peaks.gate >= share * settings.activity_gate
    return reaching


def _between(time_s: RealArray, start_s: float | None, end_s: float | None) -> BoolArray:
    # What is moved to the start of the song, see _hits, counts as struck there.
    heard_s = np.maximum(time_s, 0.0)
    between: BoolArray = (heard_s >= (-math.inf if start_s is None else start_s)) & (
        heard_s < (math.inf if end_s is None else end_s)
    )
    return between


def _hits(
    candidates: Candidates, chosen: BoolArray, time_s: RealArray, confidence: RealArray
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
