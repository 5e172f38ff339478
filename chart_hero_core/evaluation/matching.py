"""Which estimated stroke stands for which reference stroke: maximum-cardinality matching."""

from dataclasses import dataclass

import mir_eval
import numpy as np

from chart_hero_core.base.arrays import BoolArray, IndexArray
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.strokes import Strokes, Times
from chart_hero_core.evaluation.views import View, split

Indices = IndexArray
NO_INDICES: Indices = np.empty(0, np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The strokes of one class of one song, and their pairs (``ref[i]`` goes with ``est[i]``).

    ``ref`` and ``est`` index ``ref_times_s`` and ``est_times_s``; ``est_index`` says where the
    estimated strokes stand in the song's strokes.
    """

    ref_times_s: Times
    est_times_s: Times
    ref: Indices
    est: Indices
    est_index: Indices

    @property
    def counts(self) -> tuple[int, int, int]:
        """Pairs, reference strokes, estimated strokes."""
        return self.ref.size, self.ref_times_s.size, self.est_times_s.size

    @property
    def offsets_s(self) -> Times:
        """Estimate minus reference, seconds, ``[pairs]``, in the order of the references."""
        offsets: Times = self.est_times_s[self.est] - self.ref_times_s[self.ref]
        return offsets

    @property
    def ref_found(self) -> BoolArray:
        """Which reference strokes have a pair, ``[reference strokes]``."""
        return _mask(self.ref, self.ref_times_s.size)

    @property
    def est_right(self) -> BoolArray:
        """Which estimated strokes have a pair, ``[estimated strokes]``."""
        return _mask(self.est, self.est_times_s.size)


def match_times(ref_s: Times, est_s: Times, tolerance_s: float) -> tuple[Indices, Indices]:
    """The largest set of pairs no further apart than ``tolerance_s``, each time used once.

    The pairs are those of ``mir_eval.util.match_events``; strokes with one possible partner,
    who has no other, are paired without asking it, which changes only the time it takes.

    Args:
        ref_s, est_s: ascending times in seconds, shapes ``[R]`` and ``[E]``.
        tolerance_s: the window, above 0.

    Returns:
        Indices into ``ref_s`` and ``est_s``, both of shape ``[pairs]``, ascending in the first.

    Raises:
        EvaluationError: ``tolerance_s`` is not above 0.
    """
    if not tolerance_s > 0:
        raise EvaluationError(f"The tolerance must be above 0 ms, not {tolerance_s * 1000:g}.")
    if not ref_s.size or not est_s.size:
        return NO_INDICES, NO_INDICES
    low = np.searchsorted(ref_s, est_s - tolerance_s, side="left")
    high = np.searchsorted(ref_s, est_s + tolerance_s, side="right")
    partners = high - low
    rivals = np.zeros(ref_s.size + 1, np.intp)
    np.add.at(rivals, low, 1)
    np.add.at(rivals, high, -1)
    rivals = np.cumsum(rivals)
    first = np.minimum(low, ref_s.size - 1)
    alone = (partners == 1) & (rivals[first] == 1)
    rest = np.flatnonzero((partners > 0) & ~alone)
    ref_pairs, est_pairs = low[alone], np.flatnonzero(alone)
    if rest.size:
        from_ref = low[rest[0]]
        pairs = mir_eval.util.match_events(ref_s[from_ref:], est_s[rest], tolerance_s)
        extra = np.asarray(pairs, np.intp).reshape(-1, 2)
        ref_pairs = np.concatenate([ref_pairs, extra[:, 0] + from_ref])
        est_pairs = np.concatenate([est_pairs, rest[extra[:, 1]]])
    order = np.argsort(ref_pairs, kind="stable")
    return ref_pairs[order], est_pairs[order]


def match_song(
    reference: Strokes, estimate: Strokes, view: View, tolerance_s: float
) -> tuple[Matched, ...]:
    """The pairs of each class of ``view``. Raises what :func:`split` and :func:`match_times` do."""
    found = []
    for ref, est in zip(split(reference, view), split(estimate, view), strict=True):
        pairs = match_times(ref.times_s, est.times_s, tolerance_s)
        found.append(Matched(ref.times_s, est.times_s, *pairs, est.index))
    return tuple(found)


def _mask(indices: Indices, size: int) -> BoolArray:
    mask = np.zeros(size, np.bool_)
    mask[indices] = True
    return mask
