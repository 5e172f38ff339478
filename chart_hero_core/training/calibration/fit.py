"""Fitting what a checkpoint may claim: confidences, thresholds, gate, timing, arbitration.

Everything is learned from development songs with known strokes (rendered ones: their truth is
exact to a sample), for drums alone and for whole mixes apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from chart_hero_core.base.calibration import Calibration, PresetLevels, Provenance
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass, Hit
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.presets import load_preset
from chart_hero_core.decode.settings import DecodeSettings
from chart_hero_core.evaluation.matching import match_times

# Hits this far from a stroke are right; half of what charters' games forgive, and sharp enough
# to learn timing from.
TOLERANCE_S = 0.025
# Recall counts this many times as much as precision: a conservative preset asks for few false
# notes, an aggressive one for few missed ones (deleting is quicker than finding).
PRESET_BETAS: Mapping[str, float] = {"conservative": 0.9, "aggressive": 1.6}
_FEWEST_STROKES = 20
_GATES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
_MARGINS = (-0.2, -0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2)
_RIVAL_SHARES = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_PRESENCES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97)
# What F the guard of drumless passages may cost: songs that have drums pay it for those that not.
_PRESENCE_PRICE = 0.0005
_LOWEST = 0.05
# Peak windows in frames and spacings tried, and what F a narrower choice may cost.
_WINDOWS = (3, 5, 7, 9)
# Micro mode is for 64ths, 17 ms apart at 220 BPM: windows wider than 9 frames of 2.9 ms or
# spacings above 12 ms would make one stroke of two, whatever plain music prefers.
_MICRO_WINDOWS = (5, 7, 9)
_SPACINGS_MS = (10.0, 14.0, 18.0, 25.0, 32.0)
_MICRO_SPACINGS_MS = (5.0, 7.0, 10.0, 12.0)
_DENSITY_PRICE = 0.0015

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Heard:
    """One development song: what the model said, and what was struck.

    ``masked`` strokes cannot be heard (rendered songs know): to find one is no merit and to miss
    it no mistake, as in songs that people annotate. None: all can be heard.
    """

    activations: Activations
    times_s: Floats
    drums: NDArray[np.intp]
    masked: NDArray[np.bool_] | None = None

    def audible(self, drum: DrumClass) -> Floats:
        """Times of the strokes of ``drum`` that can be heard."""
        chosen = self.drums == int(drum)
        if self.masked is not None:
            chosen = chosen & ~self.masked
        return np.asarray(self.times_s[chosen])

    def excused(self, drum: DrumClass, times_s: Floats) -> NDArray[np.bool_]:
        """Which hits lie on a masked stroke of ``drum`` and on no audible one."""
        if self.masked is None:
            return np.zeros(len(times_s), bool)
        masked = self.times_s[(self.drums == int(drum)) & self.masked]
        return _near(times_s, masked) & ~_near(times_s, self.audible(drum))


@dataclass(frozen=True, eq=False)
class _Judged:
    """All hits of one class over all songs: peak height, right or not, and how late (seconds)."""

    heights: Floats
    right: NDArray[np.bool_]
    late_s: Floats
    strokes: int

    @property
    def enough(self) -> bool:
        """Whether there is something to learn from."""
        return int(self.right.sum()) >= _FEWEST_STROKES


def fit_calibration(
    songs: Sequence[Heard],
    domain: Domain,
    provenance: Provenance,
    micro_passages: Sequence[Heard] = (),
) -> Calibration:
    """Fit a calibration to development songs of one domain.

    Platt scaling (Platt 1999) per class; thresholds maximise F-beta per class and preset; peak
    window, spacing and gate are chosen by F; timing corrections are medians.

    Args:
        micro_passages: what is flagged for micro mode, heard at the finer hop. Dense passages
            need levels of their own: the network believes less in each stroke of a roll, and
            there is more to be found. Classes with too few strokes in them, and all of them where
            there are no passages, keep the baseline's levels.

    Raises:
        DatasetError: too few strokes to learn from.
    """
    if sum(len(song.times_s) for song in songs) < 10 * _FEWEST_STROKES:
        raise DatasetError("There are too few strokes to calibrate with; render more songs.")
    baseline = _Fit(songs, _WINDOWS, _SPACINGS_MS).calibration(domain, provenance)
    if sum(len(passage.times_s) for passage in micro_passages) < 10 * _FEWEST_STROKES:
        return replace(baseline, micro=baseline)
    fit = _Fit(micro_passages, _MICRO_WINDOWS, _MICRO_SPACINGS_MS, baseline)
    return replace(baseline, micro=fit.calibration(domain, provenance))


class _Fit:
    """The fit of one hop: songs, their peaks, and the knobs chosen so far."""

    def __init__(
        self,
        songs: Sequence[Heard],
        windows: Sequence[int],
        spacings_ms: Sequence[float],
        usual: Calibration | None = None,
    ) -> None:
        self._songs = songs
        self._usual = usual
        self._candidates = [prepare(song.activations) for song in songs]
        self._settings = replace(
            load_preset("aggressive").baseline,
            activity_gate=0.0,
            thresholds=(_LOWEST,) * DRUM_COUNT,
            arbitrate=False,
            offset_ms=(0.0,) * DRUM_COUNT,
        )
        self._fit_density(windows, spacings_ms)

    def calibration(self, domain: Domain, provenance: Provenance) -> Calibration:
        judged = self._judged()
        usual = self._usual
        known = [usual is None or one.enough for one in judged]
        scaled = [_platt(one) for one in judged]
        offsets = tuple(_offset_ms(one) for one in judged)
        if usual is not None:
            pairs = zip(usual.scale, usual.bias, strict=True)
            scaled = [s if k else u for k, s, u in zip(known, scaled, pairs, strict=True)]
            offsets = _where(known, offsets, usual.offset_ms)
        scales, biases = zip(*scaled, strict=True)
        timed = replace(self._settings, offset_ms=offsets)
        presets: dict[str, PresetLevels] = {}
        for name, beta in PRESET_BETAS.items():
            thresholds = tuple(_best_threshold(one, beta) for one in judged)
            if usual is not None:
                thresholds = _where(known, thresholds, usual.presets[name].thresholds)
            gate = self._best_gate(replace(timed, thresholds=thresholds))
            presets[name] = PresetLevels(
                gate, thresholds, self._settings.nms_frames, self._settings.min_spacing_ms
            )
        first = presets["conservative"]
        gated = replace(
            timed, thresholds=first.thresholds, activity_gate=first.activity_gate, arbitrate=True
        )
        rival_share = self._best_rival_share(gated)
        margin = self._best_margin(replace(gated, rival_share=rival_share))
        found = Calibration(
            domain=domain,
            scale=scales,
            bias=biases,
            offset_ms=offsets,
            arbitration_margin=margin,
            rival_share=rival_share,
            presets=presets,
            provenance=provenance,
        )
        if usual is not None:
            presence = usual.presets["conservative"].presence
        else:
            settled = replace(gated, rival_share=rival_share, arbitration_margin=margin)
            presence = self._best_presence(settled, found) if domain == "mix" else None
        presets["conservative"] = replace(first, presence=presence)
        return replace(found, presets=presets)

    def _fit_density(self, windows: Sequence[int], spacings_ms: Sequence[float]) -> None:
        """The narrowest peak window and spacing that cost next to no F: dense passages need them.

        Development songs are mostly plain music, where wide windows are cheap; so ties go to the
        narrow side.
        """
        rough = tuple(_best_threshold(one, 1.0) for one in self._judged())
        scores: dict[tuple[int, float], float] = {}
        for window in windows:
            for spacing in spacings_ms:
                scores[(window, spacing)] = self._micro_f(
                    replace(
                        self._settings,
                        thresholds=rough,
                        nms_frames=window,
                        min_spacing_ms=(spacing,) * DRUM_COUNT,
                    )
                )
        best = max(scores.values())
        good = [pair for pair, score in scores.items() if score >= best - _DENSITY_PRICE]
        window, spacing = min(good, key=lambda pair: (pair[1], pair[0]))
        self._settings = replace(
            self._settings, nms_frames=window, min_spacing_ms=(spacing,) * DRUM_COUNT
        )

    def _judged(self) -> list[_Judged]:
        hits = [decode(found, self._settings) for found in self._candidates]
        return [_judge(self._songs, hits, drum) for drum in DrumClass]

    def _best_gate(self, settings: DecodeSettings) -> float:
        """The highest gate that costs next to no F: gates guard drumless passages."""
        scores = [self._micro_f(replace(settings, activity_gate=gate)) for gate in _GATES]
        good = [g for g, s in zip(_GATES, scores, strict=True) if s >= max(scores) - 0.001]
        return max(good)

    def _best_presence(self, settings: DecodeSettings, calibration: Calibration) -> float:
        """The highest presence that costs next to no F: it guards drumless passages."""
        scores = {p: self._micro_f(replace(settings, presence=p), calibration) for p in _PRESENCES}
        return max(p for p, s in scores.items() if s >= scores[0.0] - _PRESENCE_PRICE)

    def _best_margin(self, settings: DecodeSettings) -> float:
        """The arbitration margin of the best F; the one nearest to zero among equals."""
        scores = {m: self._micro_f(replace(settings, arbitration_margin=m)) for m in _MARGINS}
        best = max(scores.values())
        return min((m for m, s in scores.items() if s >= best - 0.0002), key=abs)

    def _best_rival_share(self, settings: DecodeSettings) -> float:
        """The lowest share of rivals that costs next to no F: both may have been struck."""
        scores = {s: self._micro_f(replace(settings, rival_share=s)) for s in _RIVAL_SHARES}
        return min(s for s, score in scores.items() if score >= max(scores.values()) - 0.0005)

    def _micro_f(self, settings: DecodeSettings, calibration: Calibration | None = None) -> float:
        pairs = strokes = said = 0
        for song, found in zip(self._songs, self._candidates, strict=True):
            hits = decode(found, settings, calibration)
            for drum in DrumClass:
                times = np.array([hit.time_s for hit in hits if hit.drum == drum])
                times = times[~song.excused(drum, times)]
                truth = song.audible(drum)
                said += len(times)
                strokes += len(truth)
                if len(times) and len(truth):
                    pairs += len(match_times(truth, times, TOLERANCE_S)[0])
        return 2 * pairs / max(strokes + said, 1)


def _where(
    known: Sequence[bool], found: Sequence[float], usual: Sequence[float]
) -> tuple[float, ...]:
    """What was found per class, where it is known."""
    return tuple(f if k else u for k, f, u in zip(known, found, usual, strict=True))


def _judge(songs: Sequence[Heard], hits_of: Sequence[list[Hit]], drum: DrumClass) -> _Judged:
    heights: list[Floats] = []
    right: list[NDArray[np.bool_]] = []
    late: list[Floats] = []
    for song, hits in zip(songs, hits_of, strict=True):
        times = np.array([hit.time_s for hit in hits if hit.drum == drum])
        levels = np.array([hit.confidence for hit in hits if hit.drum == drum])
        counted = ~song.excused(drum, times)
        times, levels = times[counted], levels[counted]
        truth = song.audible(drum)
        partner = _partners(times, levels, truth)
        matched = partner >= 0
        heights.append(levels)
        right.append(matched)
        late.append(np.where(matched, times - truth[partner] if len(truth) else 0.0, np.nan))
    total = sum(len(song.audible(drum)) for song in songs)
    return _Judged(np.concatenate(heights), np.concatenate(right), np.concatenate(late), total)


def _near(times_s: Floats, others_s: Floats) -> NDArray[np.bool_]:
    """Which times have one of the sorted ``others_s`` within the tolerance."""
    if not len(others_s):
        return np.zeros(len(times_s), bool)
    low = np.searchsorted(others_s, times_s - TOLERANCE_S)
    high = np.searchsorted(others_s, times_s + TOLERANCE_S, side="right")
    return np.asarray(high > low)


def _partners(times: Floats, levels: Floats, truth: Floats) -> NDArray[np.intp]:
    """For each hit the stroke it stands for, -1 for none; surer hits choose first."""
    partner = np.full(len(times), -1, np.intp)
    taken = np.zeros(len(truth), bool)
    for index in np.argsort(-levels, kind="stable"):
        low = np.searchsorted(truth, times[index] - TOLERANCE_S)
        high = np.searchsorted(truth, times[index] + TOLERANCE_S, side="right")
        free = [place for place in range(int(low), int(high)) if not taken[place]]
        if free:
            best = min(free, key=lambda place: abs(truth[place] - times[index]))
            partner[index] = best
            taken[best] = True
    return partner


def _platt(judged: _Judged) -> tuple[float, float]:
    """Scale and bias of the logit; the identity where there is too little to learn from."""
    if min(judged.right.sum(), (~judged.right).sum()) < _FEWEST_STROKES:
        return 1.0, 0.0
    p = np.clip(judged.heights, 1e-6, 1 - 1e-6)
    logit = np.log(p / (1 - p))[:, None]
    model = LogisticRegression(C=1e3).fit(logit, judged.right)
    scale, bias = float(model.coef_[0, 0]), float(model.intercept_[0])
    return (scale, bias) if scale > 0.05 else (1.0, 0.0)


def _offset_ms(judged: _Judged) -> float:
    """What to add to the times: minus the median lateness of the surer half of right hits."""
    sure = judged.right & (judged.heights >= 0.3)
    if sure.sum() < _FEWEST_STROKES:
        return 0.0
    return float(np.clip(-1000 * np.median(judged.late_s[sure]), -30, 30))


def _best_threshold(judged: _Judged, beta: float) -> float:
    if not judged.enough:
        return 0.5
    order = np.argsort(-judged.heights)
    right = np.cumsum(judged.right[order])
    wrong = np.cumsum(~judged.right[order])
    weight = beta**2
    f = (1 + weight) * right / ((1 + weight) * right + weight * (judged.strokes - right) + wrong)
    # The curve is jagged: take the middle of the stretch within a hair of its best.
    good = np.flatnonzero(f >= f.max() - 0.0005)
    level = judged.heights[order][int(np.median(good))]
    return float(np.clip(level, _LOWEST, 0.95))
