"""What strokes were taken for: other classes, a cymbal for a tom, something for nothing."""

from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import Float64Array, IndexArray, Int64Array
from chart_hero_core.base.drums import SAME_COLOUR, DrumClass
from chart_hero_core.evaluation.matching import Matched, match_times

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ColourConfusion:
    """Tom against cymbal of one colour, over the strokes that were heard as one or the other."""

    tom: DrumClass
    cymbal: DrumClass
    tom_right: int
    tom_as_cymbal: int
    cymbal_right: int
    cymbal_as_tom: int

    @property
    def error_rate(self) -> float | None:
        """Share of the strokes whose kind was mistaken; None without strokes."""
        wrong = self.tom_as_cymbal + self.cymbal_as_tom
        total = wrong + self.tom_right + self.cymbal_right
        return wrong / total if total else None


def confusion_counts(matches: tuple[Matched, ...], tolerance_s: float) -> Int64Array:
    """Reference class (rows) against estimated class (columns), ``[classes + 1, classes + 1]``.

    The diagonal holds the matched strokes of each class. Strokes left over are matched across
    classes within the same tolerance; what then remains was heard as nothing (last column) or came
    out of nothing (last row).
    """
    classes = len(matches)
    counts = np.zeros((classes + 1, classes + 1), np.int64)
    missed = [match.ref_times_s[~match.ref_found] for match in matches]
    extra = [match.est_times_s[~match.est_right] for match in matches]
    for code, match in enumerate(matches):
        counts[code, code] = match.ref.size
    ref_s, ref_class = _pooled(missed)
    est_s, est_class = _pooled(extra)
    ref, est = match_times(ref_s, est_s, tolerance_s)
    np.add.at(counts, (ref_class[ref], est_class[est]), 1)
    rows, columns = counts[:-1, :].sum(axis=1), counts[:, :-1].sum(axis=0)
    counts[:-1, -1] = [m.ref_times_s.size - n for m, n in zip(matches, rows, strict=True)]
    counts[-1, :-1] = [m.est_times_s.size - n for m, n in zip(matches, columns, strict=True)]
    return counts


def colour_confusions(counts: Int64Array) -> tuple[ColourConfusion, ...]:
    """The three colours' tom and cymbal cells of an eight-class confusion matrix.

    ``counts[truth, heard]``, ``[8, 8]`` or more: what follows the eight classes is not read.
    """
    return tuple(
        ColourConfusion(
            tom,
            cymbal,
            int(counts[tom, tom]),
            int(counts[tom, cymbal]),
            int(counts[cymbal, cymbal]),
            int(counts[cymbal, tom]),
        )
        for tom, cymbal in SAME_COLOUR
    )


def _pooled(times: list[Float64Array]) -> tuple[Float64Array, IndexArray]:
    """All classes' times in one ascending array, with the class of each."""
    together = np.concatenate([np.empty(0), *times])
    codes = np.repeat(np.arange(len(times)), [t.size for t in times])
    order = np.argsort(together, kind="stable")
    return together[order], codes[order]
