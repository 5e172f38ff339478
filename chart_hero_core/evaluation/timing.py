"""How early or late strokes are, and the constant corrections learned from it."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chart_hero_core.base.arrays import Float64Array, Int64Array
from chart_hero_core.base.calibration import Calibration, Provenance
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.base.errors import EvaluationError, SettingsError
from chart_hero_core.evaluation.matching import Matched
from chart_hero_core.evaluation.strokes import LABELS, Times

# Fewer pairs than this and a class keeps its timing: with strokes scattered by 5 ms, the median of
# 30 is uncertain by about 1.1 ms.
MIN_PAIRS = 30
HISTOGRAM_STEP_MS = 1.0


@dataclass(frozen=True, slots=True)
class OffsetStatistics:
    """Estimate minus reference over the pairs of a class, in ms; None without pairs.

    ``mad_ms`` is the median absolute distance from the median.
    """

    pairs: int
    median_ms: float | None
    mean_ms: float | None
    mean_abs_ms: float | None
    mad_ms: float | None


@dataclass(frozen=True, slots=True)
class OffsetCorrection:
    """What to add to the time of every stroke of one class."""

    label: str
    shift_s: float
    pairs: int


@dataclass(frozen=True, slots=True)
class OffsetCorrections:
    """Constant corrections, with the day and the data they were learned from."""

    classes: tuple[OffsetCorrection, ...]
    learned_on: str  # ISO date
    data: str

    def by_label(self) -> Float64Array:
        """Seconds to add to a stroke of each of ``LABELS``, shape ``[len(LABELS)]``."""
        shifts = np.zeros(len(LABELS))
        for correction in self.classes:
            shifts[LABELS.index(correction.label)] = correction.shift_s
        return shifts

    def in_calibration(self, decoded_with: Calibration, command: str) -> Calibration:
        """The calibration the strokes were decoded with, corrected, with where that comes from."""
        shifts = self.by_label()[:DRUM_COUNT] * 1000
        offsets = tuple(
            old + float(shift) for old, shift in zip(decoded_with.offset_ms, shifts, strict=True)
        )
        provenance = Provenance(self.learned_on, self.data, command)
        return replace(decoded_with, offset_ms=offsets, provenance=provenance)

    @staticmethod
    def from_calibration(calibration: Calibration) -> "OffsetCorrections":
        """The corrections a calibration holds (without the pairs they come from)."""
        classes = tuple(
            OffsetCorrection(LABELS[code], offset_ms / 1000, 0)
            for code, offset_ms in enumerate(calibration.offset_ms)
        )
        source = calibration.provenance
        return OffsetCorrections(classes, source.date, source.data)

    def to_json(self) -> dict[str, object]:
        """As stored in files."""
        return {
            "schema": 1,
            "learned_on": self.learned_on,
            "data": self.data,
            "classes": {
                c.label: {"shift_ms": round(c.shift_s * 1000, 4), "pairs": c.pairs}
                for c in self.classes
            },
        }

    @staticmethod
    def from_json(data: object) -> "OffsetCorrections":
        """Read what :meth:`to_json` wrote, or a whole calibration.

        Raises:
            EvaluationError: it is neither.
        """
        try:
            if not isinstance(data, Mapping) or data["schema"] != 1:
                raise ValueError("unknown schema")
            if "offset_ms" in data:
                return OffsetCorrections.from_calibration(Calibration.from_dict(data))
            classes = tuple(_correction(str(k), v) for k, v in data["classes"].items())
            return OffsetCorrections(classes, str(data["learned_on"]), str(data["data"]))
        except (KeyError, TypeError, ValueError, AttributeError, SettingsError) as error:
            raise EvaluationError(f"These are no offset corrections: {error}.") from error


def _correction(label: str, entry: Mapping[str, float]) -> OffsetCorrection:
    shift_s = float(entry["shift_ms"]) / 1000
    if label not in LABELS or not abs(shift_s) < 1:
        raise ValueError(f"{label} {entry['shift_ms']} ms")
    return OffsetCorrection(label, shift_s, int(entry["pairs"]))


def statistics(offsets_s: Times) -> OffsetStatistics:
    """Statistics of the offsets of matched pairs, shape ``[pairs]``, in seconds."""
    if not offsets_s.size:
        return OffsetStatistics(0, None, None, None, None)
    ms = offsets_s * 1000
    median = float(np.median(ms))
    return OffsetStatistics(
        int(ms.size),
        median,
        float(np.mean(ms)),
        float(np.mean(np.abs(ms))),
        float(np.median(np.abs(ms - median))),
    )


def histogram(offsets_s: Times, tolerance_s: float) -> tuple[Times, Int64Array]:
    """Bin centres in ms from minus to plus the tolerance, 1 ms apart, and the pairs in each bin.

    ``offsets_s`` ``[pairs]`` in seconds; beyond the tolerance they count in the outermost bins.
    """
    reach = int(np.ceil(tolerance_s * 1000 / HISTOGRAM_STEP_MS - 1e-9))
    centres = np.arange(-reach, reach + 1, dtype=np.float64) * HISTOGRAM_STEP_MS
    nearest = np.clip(np.round(offsets_s * 1000 / HISTOGRAM_STEP_MS), -reach, reach) + reach
    return centres, np.bincount(nearest.astype(np.intp), minlength=centres.size).astype(np.int64)


def learn_offsets(
    songs: Sequence[tuple[Matched, ...]],
    classes: Sequence[str],
    data: str,
    today: datetime.date,
    min_pairs: int = MIN_PAIRS,
) -> OffsetCorrections:
    """Corrections that bring each class's median offset to zero on these songs.

    The median is used since wrong pairs (a stroke paired with its neighbour) pull at the mean.

    Args:
        songs: the pairs of each song, one entry per class of ``classes``.
        classes: labels of the classes, as in ``LABELS``.
        data: what the songs are, in words, kept with the result.
        today: kept with the result.
        min_pairs: a class with fewer pairs is not corrected.

    Raises:
        EvaluationError: no class has enough pairs.
    """
    found = []
    for code, label in enumerate(classes):
        offsets = np.concatenate([np.empty(0), *(song[code].offsets_s for song in songs)])
        if offsets.size >= min_pairs:
            found.append(OffsetCorrection(label, -float(np.median(offsets)), int(offsets.size)))
    if not found:
        raise EvaluationError(
            f"No class has {min_pairs} matched strokes to learn timing from; use more songs."
        )
    return OffsetCorrections(tuple(found), today.isoformat(), data)
