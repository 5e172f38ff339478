"""Where micro mode is wanted: a first-pass scan for passages that the normal hop cannot resolve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, IndexArray
from chart_hero_core.base.corrections import without_corrections
from chart_hero_core.base.drums import Activations, DrumClass
from chart_hero_core.base.errors import SettingsError
from chart_hero_core.decode.peaks import find_peaks


class Reason(Enum):
    """Why a passage is flagged."""

    FAST = "fast strokes of one drum"
    DENSE = "many strokes in a short time"
    BLURRED = "strokes that blur into one"


@dataclass(frozen=True, slots=True)
class SectionSettings:
    """What counts as dense, and how much of a song may be flagged.

    Attributes:
        max_ioi_ms: strokes of one drum closer than this are fast, and so are strokes of all drums
            when they are closer than this on average over ``dense_strokes`` of them.
        clear_ioi_ms: at this distance and below a passage is certainly wanted.
        dense_strokes: how many strokes make a dense passage.
        level: peaks below it are not looked at, 0..1.
        blur_ms: a single stroke is above half its height for at most this long.
        pad_s: added on both sides of a passage.
        merge_s: passages this close to each other become one.
        max_share: at most this share of the song is flagged; the least certain passages go first.
        min_score: passages less certain than this are not flagged, 0..1.

    Raises:
        SettingsError: from the constructor, for values that make no sense.
    """

    max_ioi_ms: float = 60.0
    clear_ioi_ms: float = 30.0
    dense_strokes: int = 8
    level: float = 0.35
    blur_ms: float = 35.0
    pad_s: float = 0.2
    merge_s: float = 0.3
    max_share: float = 0.35
    min_score: float = 0.2

    def __post_init__(self) -> None:
        if not 0.0 < self.clear_ioi_ms < self.max_ioi_ms <= 200.0:
            raise SettingsError("max_ioi_ms must be above clear_ioi_ms and at most 200 ms.")
        for name, low, high in (
            ("dense_strokes", 3, 64),
            ("level", 0.05, 1.0),
            ("blur_ms", 15.0, 200.0),
            ("pad_s", 0.0, 5.0),
            ("merge_s", 0.0, 10.0),
            ("max_share", 0.0, 1.0),
            ("min_score", 0.0, 1.0),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"{name} must be from {low:g} to {high:g}, not {value:g}.")


@dataclass(frozen=True, slots=True)
class FlaggedSection:
    """A passage ``start_s <= time < end_s`` that needs the finer hop.

    ``score`` is the confidence, 0..1; ``drum`` is the class with most of the weight, None
    where it was all of them together.
    """

    start_s: float
    end_s: float
    reason: Reason
    score: float
    drum: DrumClass | None = None

    @property
    def length_s(self) -> float:
        """Its length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class _FlaggedSpan:
    start_s: float
    end_s: float
    weight: float
    reason: Reason
    drum: DrumClass | None


def flag_sections(
    activations: Activations, settings: SectionSettings | None = None
) -> list[FlaggedSection]:
    """Passages where micro mode is wanted, in time order, not overlapping.

    The scan uses peaks of the normal hop before the peak window and the spacing are applied, so it
    does not depend on the decoder's knobs. Three kinds of spans count: strokes of one drum
    closer than ``max_ioi_ms`` (rolls, bursts, flams), many strokes of all drums (blasts), and
    curves that stay up too long for one stroke (64ths and 128ths run into one another). They are
    taken from the network's own output, before the whole-song context is applied.
    """
    settings = settings or SectionSettings()
    activations = without_corrections(activations)
    spans = [
        *_fast_pairs(activations, settings),
        *_dense_runs(activations, settings),
        *_blurs(activations, settings),
    ]
    start_s, end_s = activations.start_s, activations.end_s
    found = [
        replace(section, start_s=max(section.start_s, start_s), end_s=min(section.end_s, end_s))
        for section in _merged(spans, settings)
        if section.score >= settings.min_score
    ]
    return _within_share(found, settings.max_share * (end_s - start_s))


def _urgency(ioi_s: Float64Array, settings: SectionSettings) -> Float64Array:
    """1 at ``clear_ioi_ms`` and below, falling to 0 at ``max_ioi_ms``."""
    span_ms = settings.max_ioi_ms - settings.clear_ioi_ms
    urgency: Float64Array = np.clip((settings.max_ioi_ms - 1000.0 * ioi_s) / span_ms, 0.0, 1.0)
    return urgency


def _fast_pairs(activations: Activations, settings: SectionSettings) -> Iterable[_FlaggedSpan]:
    peaks = find_peaks(activations, open_start=False, open_end=False)
    strong = np.flatnonzero((peaks.score >= settings.level) & (peaks.gate >= settings.level))
    drum, time_s, score = peaks.drum[strong], peaks.time_s[strong], peaks.score[strong]
    lower = np.minimum(score[1:], score[:-1])
    higher = np.maximum(score[1:], score[:-1])
    # A peak less than half as high is a ripple in the decay of its neighbour.
    weight = _urgency(np.diff(time_s), settings) * np.where(lower >= higher / 2, lower, 0.0)
    weight[np.diff(drum) != 0] = 0.0
    found = np.flatnonzero(weight > 0.0)
    columns = (time_s[found], time_s[found + 1], weight[found], drum[found])
    return (
        _FlaggedSpan(start_s, end_s, heavy, Reason.FAST, DrumClass(row))
        for start_s, end_s, heavy, row in zip(*(c.tolist() for c in columns), strict=True)
    )


def _dense_runs(activations: Activations, settings: SectionSettings) -> Iterable[_FlaggedSpan]:
    frame = _local_maxima(activations.onset, settings.level)
    time_s = activations.start_s + frame * activations.hop_s
    intervals = settings.dense_strokes - 1
    if time_s.size <= intervals:
        return ()
    ioi_s = (time_s[intervals:] - time_s[:-intervals]) / intervals
    weight = _urgency(ioi_s, settings)
    found = np.flatnonzero(weight > 0.0)
    columns = (time_s[found], time_s[found + intervals], weight[found])
    return (
        _FlaggedSpan(start_s, end_s, heavy, Reason.DENSE, None)
        for start_s, end_s, heavy in zip(*(c.tolist() for c in columns), strict=True)
    )


def _local_maxima(curve: Float32Array, level: float) -> IndexArray:
    if curve.shape[0] == 0:
        return np.zeros(0, dtype=np.intp)
    before = np.concatenate(([-1.0], curve[:-1]))
    after = np.concatenate((curve[1:], [-1.0]))
    return np.flatnonzero((curve >= level) & (curve > before) & (curve >= after))


def _blurs(activations: Activations, settings: SectionSettings) -> Iterable[_FlaggedSpan]:
    hop_s = activations.hop_s
    for drum in DrumClass:
        curve = activations.classes[drum]
        start, stop = _runs(curve >= settings.level)
        for first, last in zip(start.tolist(), stop.tolist(), strict=True):
            stretch = curve[first:last]
            width_s = float(np.count_nonzero(stretch >= stretch.max() / 2)) * hop_s
            excess = 1000.0 * width_s / settings.blur_ms - 1.0
            if excess > 0.0:
                place = activations.start_s + first * hop_s
                end_s = activations.start_s + last * hop_s
                weight = min(excess, 1.0) * float(stretch.max())
                yield _FlaggedSpan(place, end_s, weight, Reason.BLURRED, drum)


def _runs(mask: BoolArray) -> tuple[IndexArray, IndexArray]:
    """Start and stop (exclusive) of each run of true values."""
    edges = np.diff(np.concatenate(([0], mask.astype(np.int8), [0])))
    return np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)


def _merged(spans: Iterable[_FlaggedSpan], settings: SectionSettings) -> list[FlaggedSection]:
    found: list[FlaggedSection] = []
    group: list[_FlaggedSpan] = []
    end_s = -np.inf
    for piece in sorted(spans, key=lambda e: (e.start_s, e.end_s)):
        if group and piece.start_s - end_s > 2 * settings.pad_s + settings.merge_s:
            found.append(_section(group, settings.pad_s))
            group, end_s = [], -np.inf
        group.append(piece)
        end_s = max(end_s, piece.end_s)
    if group:
        found.append(_section(group, settings.pad_s))
    return found


# One span may be a ripple, three are a passage.
_CERTAIN_SPANS = 3


def _section(group: Sequence[_FlaggedSpan], pad_s: float) -> FlaggedSection:
    weights: dict[tuple[Reason, DrumClass | None], float] = {}
    for piece in group:
        key = (piece.reason, piece.drum)
        weights[key] = weights.get(key, 0.0) + piece.weight
    reason, drum = max(weights, key=lambda key: weights[key])
    strongest = sorted((piece.weight for piece in group), reverse=True)[:_CERTAIN_SPANS]
    return FlaggedSection(
        start_s=group[0].start_s - pad_s,
        end_s=max(piece.end_s for piece in group) + pad_s,
        reason=reason,
        score=min(sum(strongest) / _CERTAIN_SPANS, 1.0),
        drum=drum,
    )


# A shorter rest of the allowance is not worth a passage.
_SHORTEST_CUT_S = 0.5


def _within_share(sections: list[FlaggedSection], most_s: float) -> list[FlaggedSection]:
    """The surest sections of ``most_s`` seconds together, the last one cut short; in time order."""
    kept: list[FlaggedSection] = []
    left_s = most_s
    for section in sorted(sections, key=lambda s: (-s.score, s.start_s)):
        if section.length_s > left_s:
            if left_s >= _SHORTEST_CUT_S:
                kept.append(replace(section, end_s=section.start_s + left_s))
            break
        kept.append(section)
        left_s -= section.length_s
    return sorted(kept, key=lambda s: s.start_s)
