"""The part of decoding that does not depend on the knobs: computed once per song."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, IndexArray
from chart_hero_core.base.drums import DRUM_COUNT, Activations
from chart_hero_core.decode.arbitration import rival_pairs
from chart_hero_core.decode.peaks import Peaks, critical_spacing, find_peaks
from chart_hero_core.decode.rolls import ripples


@dataclass(frozen=True, eq=False)
class Candidates:
    """All peaks of a song that any setting could make a hit, in order of class and time.

    Attributes:
        peaks: the peaks of all classes, of the normal hop and of the spans.
        micro: which of them come from a span at the finer hop, ``[N]``.
        start_s, end_s: of the analysed audio.
    """

    peaks: Peaks
    micro: BoolArray
    start_s: float
    end_s: float

    def __len__(self) -> int:
        return len(self.peaks)

    @cached_property
    def spacing_s(self) -> Float64Array:
        """The :func:`~chart_hero_core.decode.peaks.critical_spacing` by refined time, ``[N]``."""
        return critical_spacing(self.peaks.drum, self.peaks.time_s, self.peaks.score)

    @cached_property
    def rivals(self) -> tuple[IndexArray, IndexArray]:
        """:func:`~chart_hero_core.decode.arbitration.rival_pairs` of the peaks."""
        return rival_pairs(self.peaks.drum, self.peaks.time_s)

    @cached_property
    def ripples(self) -> BoolArray:
        """:func:`~chart_hero_core.decode.rolls.ripples` among the peaks."""
        return ripples(self.peaks)

    @cached_property
    def frame_spacing_s(self) -> Float64Array:
        """The same by frame, for hits that are not refined between frames, ``[N]``."""
        order = np.lexsort((self.peaks.frame_s, self.peaks.drum))
        sorted_peaks = _take(self.peaks, order)
        spacing = np.empty(len(self))
        spacing[order] = critical_spacing(
            sorted_peaks.drum, sorted_peaks.frame_s, sorted_peaks.score
        )
        return spacing


def prepare(activations: Activations) -> Candidates:
    """Find all candidates; decoding them with new settings then takes a few milliseconds.

    Inside a micro-mode span its peaks replace those of the normal hop. An onset at a seam may be
    found on both sides of it; one of the duplicates is kept.
    """
    coarse = find_peaks(activations, open_start=False, open_end=False)
    if not activations.spans:
        none = np.zeros(len(coarse), dtype=np.bool_)
        return Candidates(coarse, none, activations.start_s, activations.end_s)
    keep = np.ones(len(coarse), dtype=np.bool_)
    parts = [
        _peaks_of_span(coarse, keep, activations, span)
        for span in activations.spans
        if span.frames > 2
    ]
    kept = int(keep.sum())
    peaks = _joined([_take(coarse, np.flatnonzero(keep)), *parts])
    order = np.lexsort((peaks.time_s, peaks.drum))
    return Candidates(_take(peaks, order), order >= kept, activations.start_s, activations.end_s)


def _peaks_of_span(coarse: Peaks, keep: BoolArray, base: Activations, span: Activations) -> Peaks:
    """The peaks of ``span``; ``keep`` learns which coarse peaks give way to them."""
    half_frame_s = base.hop_s / 2
    open_start = span.start_s > base.start_s + half_frame_s
    open_end = span.end_s < base.end_s - half_frame_s
    fine = find_peaks(span, open_start, open_end)
    # The seams lie a little inside the span, where both hops see what is on either side.
    guard_s = min(base.hop_s, (span.end_s - span.start_s) / 4)
    start_s = span.start_s + guard_s if open_start else -np.inf
    end_s = span.end_s - guard_s if open_end else np.inf
    keep &= ~_inside(coarse.time_s, start_s, end_s)
    keep_fine = _inside(fine.time_s, start_s, end_s)
    for seam_s in (start_s, end_s):
        if np.isfinite(seam_s):
            for coarse_index, fine_index in _duplicates_at_seam(coarse, fine, seam_s, base.hop_s):
                middle_s = (coarse.time_s[coarse_index] + fine.time_s[fine_index]) / 2
                keep_fine[fine_index] = start_s <= middle_s < end_s
                keep[coarse_index] = not keep_fine[fine_index]
    return _take(fine, np.flatnonzero(keep_fine))


def _inside(time_s: Float64Array, start_s: float, end_s: float) -> BoolArray:
    inside: BoolArray = (time_s >= start_s) & (time_s < end_s)
    return inside


def _duplicates_at_seam(
    coarse: Peaks, fine: Peaks, seam_s: float, reach_s: float
) -> list[tuple[int, int]]:
    """Pairs of peaks of one class around a seam that are one onset, the strongest first."""
    found: list[tuple[int, int]] = []
    near_coarse = np.flatnonzero(np.abs(coarse.time_s - seam_s) <= reach_s)
    near_fine = np.flatnonzero(np.abs(fine.time_s - seam_s) <= reach_s)
    for drum in range(DRUM_COUNT):
        left = near_coarse[coarse.drum[near_coarse] == drum]
        free = list(near_fine[fine.drum[near_fine] == drum])
        for index in left[np.argsort(-coarse.score[left], kind="stable")]:
            matching = [i for i in free if abs(fine.time_s[i] - coarse.time_s[index]) <= reach_s]
            if matching:
                twin = max(matching, key=lambda i: fine.score[i])
                free.remove(twin)
                found.append((int(index), int(twin)))
    return found


def _take(peaks: Peaks, index: IndexArray) -> Peaks:
    return Peaks(**{f.name: getattr(peaks, f.name)[index] for f in fields(Peaks)})


def _joined(parts: list[Peaks]) -> Peaks:
    return Peaks(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Peaks)}
    )
