"""Fitting a checkpoint's calibration: confidences, thresholds, gate, timing, arbitration.

Everything is fitted to development songs with known strokes (rendered ones, which are exact to a
sample), separately for drums alone and for whole mixes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from chart_hero_core.base.calibration import Calibration, PresetLevels, Provenance
from chart_hero_core.base.domains import Domain
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.decode.candidates import prepare
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.presets import load_preset
from chart_hero_core.decode.settings import DecodeSettings
from chart_hero_core.evaluation.matching import match_times
from chart_hero_core.training.calibration.matched_hits import (
    FEWEST_STROKES,
    LOWEST,
    TOLERANCE_S,
    CalibrationSong,
    MatchedHits,
    best_threshold,
    match_hits,
    offset_ms,
    platt,
)

# Recall counts this many times as much as precision: a conservative preset asks for few false
# notes, an aggressive one for few missed ones (deleting is quicker than finding).
PRESET_BETAS: Mapping[str, float] = {"conservative": 0.9, "aggressive": 1.6}
_GATES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
_MARGINS = (-0.2, -0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2)
_PRESENCES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97)
# What F the guard of drumless passages may cost: songs that have drums pay it for those that not.
_PRESENCE_PRICE = 0.0005
# Peak windows in frames and spacings tried, and what F a narrower choice may cost.
_WINDOWS = (3, 5, 7, 9)
# Micro mode is for 64ths, 17 ms apart at 220 BPM: windows wider than 9 frames of 2.9 ms or
# spacings above 12 ms would make one stroke of two, whatever plain music prefers.
_MICRO_WINDOWS = (5, 7, 9)
# In use, strokes of rolls do not need to be the highest in the peak window (roll_share). What lies
# within this many frames of a single stroke is mostly its ripple, 16 to 18 ms away.
_MICRO_WINDOW = 13
_SPACINGS_MS = (10.0, 14.0, 18.0, 25.0, 32.0)
_MICRO_SPACINGS_MS = (5.0, 7.0, 10.0, 12.0)
_DENSITY_PRICE = 0.0015


def fit_calibration(
    songs: Sequence[CalibrationSong],
    domain: Domain,
    provenance: Provenance,
    micro_passages: Sequence[CalibrationSong] = (),
) -> Calibration:
    """Fit a calibration to development songs of one domain.

    Platt scaling (Platt 1999) per class; thresholds maximise F-beta per class and preset; peak
    window, spacing and gate are chosen by F; timing corrections are medians.

    Args:
        micro_passages: what is flagged for micro mode, analysed at the finer hop. Dense passages
            need levels of their own: the probability of each stroke of a roll is lower, and there
            are more strokes to find. Classes with too few strokes in them, and all of them where
            there are no passages, keep the baseline's levels.

    Raises:
        DatasetError: too few strokes to fit to.
    """
    if sum(len(song.times_s) for song in songs) < 10 * FEWEST_STROKES:
        raise DatasetError("There are too few strokes to calibrate with; render more songs.")
    baseline = _Fit(songs, _WINDOWS, _SPACINGS_MS).calibration(domain, provenance)
    if sum(len(passage.times_s) for passage in micro_passages) < 10 * FEWEST_STROKES:
        return replace(baseline, micro=baseline)
    fit = _Fit(micro_passages, _MICRO_WINDOWS, _MICRO_SPACINGS_MS, baseline)
    return replace(baseline, micro=fit.calibration(domain, provenance))


class _Fit:
    """The fit of one hop: songs, their peaks, and the knobs chosen so far."""

    def __init__(
        self,
        songs: Sequence[CalibrationSong],
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
            thresholds=(LOWEST,) * DRUM_COUNT,
            arbitrate=False,
            rival_confidence=0.0,
            cymbal_share=1.0,
            offset_ms=(0.0,) * DRUM_COUNT,
        )
        self._fit_density(windows, spacings_ms)

    def calibration(self, domain: Domain, provenance: Provenance) -> Calibration:
        matched = self._matched()
        found = self._timed(matched, domain, provenance)
        timed = replace(self._settings, offset_ms=found.offset_ms)
        presets = {name: self._levels(matched, timed, name) for name in PRESET_BETAS}
        first = presets["conservative"]
        gated = replace(
            timed, thresholds=first.thresholds, activity_gate=first.activity_gate, arbitrate=True
        )
        settled = replace(gated, arbitration_margin=self._best_margin(gated))
        found = replace(found, arbitration_margin=settled.arbitration_margin, presets=presets)
        guarded = replace(first, presence=self._presence(settled, found))
        return replace(found, presets={**presets, "conservative": guarded})

    def _timed(
        self, matched: Sequence[MatchedHits], domain: Domain, provenance: Provenance
    ) -> Calibration:
        """How sure and how late each class is; the baseline's word on classes too rare here."""
        scaled = [platt(one) for one in matched]
        offsets = tuple(offset_ms(one) for one in matched)
        usual = self._usual
        if usual is not None:
            known = [one.enough for one in matched]
            pairs = zip(usual.scale, usual.bias, strict=True)
            scaled = [s if k else u for k, s, u in zip(known, scaled, pairs, strict=True)]
            offsets = _where(known, offsets, usual.offset_ms)
        scales, biases = zip(*scaled, strict=True)
        return Calibration(domain, scales, biases, offsets, provenance=provenance)

    def _levels(
        self, matched: Sequence[MatchedHits], timed: DecodeSettings, preset: str
    ) -> PresetLevels:
        thresholds = tuple(best_threshold(one, PRESET_BETAS[preset]) for one in matched)
        if self._usual is not None:
            known = [one.enough for one in matched]
            thresholds = _where(known, thresholds, self._usual.presets[preset].thresholds)
        gate = self._best_gate(replace(timed, thresholds=thresholds))
        window = self._settings.nms_frames if self._usual is None else _MICRO_WINDOW
        return PresetLevels(gate, thresholds, window, self._settings.min_spacing_ms)

    def _presence(self, settled: DecodeSettings, found: Calibration) -> float | None:
        """Of the conservative preset. Both hops share it; drums alone need no guard."""
        if self._usual is not None:
            return self._usual.presets["conservative"].presence
        return self._best_presence(settled, found) if found.domain == "mix" else None

    def _fit_density(self, windows: Sequence[int], spacings_ms: Sequence[float]) -> None:
        """The narrowest peak window and spacing that cost next to no F: dense passages need them.

        Development songs are mostly plain music, where wide windows are cheap; so ties go to the
        narrow side.
        """
        rough = tuple(best_threshold(one, 1.0) for one in self._matched())
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

    def _matched(self) -> list[MatchedHits]:
        hits = [decode(found, self._settings) for found in self._candidates]
        return [match_hits(self._songs, hits, drum) for drum in DrumClass]

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

    def _micro_f(self, settings: DecodeSettings, calibration: Calibration | None = None) -> float:
        pairs = strokes = predicted = 0
        for song, found in zip(self._songs, self._candidates, strict=True):
            hits = decode(found, settings, calibration)
            for drum in DrumClass:
                times = np.array([hit.time_s for hit in hits if hit.drum == drum])
                times = times[~song.excused(drum, times)]
                truth = song.audible(drum)
                predicted += len(times)
                strokes += len(truth)
                if len(times) and len(truth):
                    pairs += len(match_times(truth, times, TOLERANCE_S)[0])
        return 2 * pairs / max(strokes + predicted, 1)


def _where(
    known: Sequence[bool], found: Sequence[float], usual: Sequence[float]
) -> tuple[float, ...]:
    """What was found per class, where it is known."""
    return tuple(f if k else u for k, f, u in zip(known, found, usual, strict=True))
