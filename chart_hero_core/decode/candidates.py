"""Everything of a decode that does not depend on the knobs: computed once per activations."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.drums import DRUM_COUNT, Activations
from chart_hero_core.decode.peaks import (
    BoolArray,
    IntArray,
    Peaks,
    RealArray,
    critical_spacing,
    find_peaks,
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """All peaks of a song that any setting could make a hit, in order of class and time.

    Attributes:
        peaks: the peaks of all classes, of the normal hop and of the spans.
        micro: which of them come from a span at the finer hop, ``[N]``.
        spacing_s, frame_spacing_s: the critical spacing of each (see
            :func:`~chart_hero_core.decode.peaks.critical_spacing`) by refined time and by frame.
    """

    peaks: Peaks
    micro: BoolArray
    spacing_s: RealArray
    frame_spacing_s: RealArray

    def __len__(self) -> int:
        return len(self.peaks)


def prepare(activations: Activations) -> Candidates:
    """Find all candidates; decoding them with new settings then takes a few milliseconds.

    Inside a span its peaks replace those of the normal hop. An onset at a seam may be seen
    on both sides of it: such twins are recognised, and one of them is kept.
    """
    peaks = find_peaks(activations, open_start=False, open_end=False)
    micro = np.zeros(len(peaks), dtype=np.bool_)
    for span in activations.spans:
        peaks, micro = _spliced(peaks, micro, activations, span)
    order = np.lexsort((peaks.time_s, peaks.drum))
    peaks, micro = _take(peaks, order), micro[order]
    return Candidates(
        peaks=peaks,
        micro=micro,
        spacing_s=critical_spacing(peaks.drum, peaks.time_s, peaks.score),
        frame_spacing_s=_spacing_by_frame(peaks),
    )


def _spacing_by_frame(peaks: Peaks) -> RealArray:
    order = np.lexsort((peaks.frame_s, peaks.drum))
    spacing = np.empty(len(peaks))
    spacing[order] = critical_spacing(peaks.drum[order], peaks.frame_s[order], peaks.score[order])
    return spacing


def _spliced(
    peaks: Peaks, micro: BoolArray, base: Activations, span: Activations
) -> tuple[Peaks, BoolArray]:
    """The peaks with those of ``span`` in their place inside it."""
    if span.frames < 3:
        return peaks, micro
    half_frame_s = base.hop_s / 2
    open_start = span.start_s > base.start_s + half_frame_s
    open_end = span.end_s < base.end_s - half_frame_s
    fine = find_peaks(span, open_start, open_end)
    # The seams lie a little inside the span, where both hops see what is on either side.
    guard_s = min(base.hop_s, (span.end_s - span.start_s) / 4)
    start_s = span.start_s + guard_s if open_start else -np.inf
    end_s = span.end_s - guard_s if open_end else np.inf
    keep = ~_inside(peaks.time_s, start_s, end_s) | micro
    keep_fine = _inside(fine.time_s, start_s, end_s)
    for seam_s in (start_s, end_s):
        if np.isfinite(seam_s):
            for coarse_index, fine_index in _twins(peaks, micro, fine, seam_s, base.hop_s):
                middle_s = (peaks.time_s[coarse_index] + fine.time_s[fine_index]) / 2
                keep_fine[fine_index] = start_s <= middle_s < end_s
                keep[coarse_index] = not keep_fine[fine_index]
    merged = _joined(_take(peaks, np.flatnonzero(keep)), _take(fine, np.flatnonzero(keep_fine)))
    return merged, np.concatenate((micro[keep], np.ones(int(keep_fine.sum()), dtype=np.bool_)))


def _inside(time_s: RealArray, start_s: float, end_s: float) -> BoolArray:
    inside: BoolArray = (time_s >= start_s) & (time_s < end_s)
    return inside


def _twins(
    coarse: Peaks, micro: BoolArray, fine: Peaks, seam_s: float, reach_s: float
) -> list[tuple[int, int]]:
    """Pairs of peaks of one class around a seam that are one onset, the strongest first."""
    found: list[tuple[int, int]] = []
    near_coarse = np.flatnonzero((np.abs(coarse.time_s - seam_s) <= reach_s) & ~micro)
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


def _take(peaks: Peaks, index: IntArray) -> Peaks:
    return Peaks(**{f.name: getattr(peaks, f.name)[index] for f in fields(Peaks)})


def _joined(first: Peaks, second: Peaks) -> Peaks:
    columns: dict[str, NDArray[np.generic]] = {
        f.name: np.concatenate((getattr(first, f.name), getattr(second, f.name)))
        for f in fields(Peaks)
    }
    return Peaks(**columns)  # type: ignore[arg-type]
