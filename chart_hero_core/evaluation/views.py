"""The views of a transcription: eight, five or three classes, or onsets of any drum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import BoolArray, IndexArray
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.strokes import LABELS, Strokes, Times

# Drums struck together are played up to a few ms apart and are one onset to the ear; a 128th note
# at 180 BPM still lasts 10.4 ms.
ONSET_MERGE_S = 0.010


@dataclass(frozen=True, slots=True)
class View:
    """A way to sort strokes into classes.

    Attributes:
        name: as written in tables: ``8``, ``5``, ``3`` or ``onset``.
        classes: the names of its classes.
        of_label: for each of :data:`LABELS` the index of its class, -1 where it is left out.
        merge_s: strokes of one class no further apart than this count as one; None: never.
    """

    name: str
    classes: tuple[str, ...]
    of_label: tuple[int, ...]
    merge_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ClassStrokes:
    """The strokes of one class: times (ascending) and their indices in ``Strokes``."""

    times_s: Times
    index: IndexArray


_EIGHT_TO_FIVE = (0, 1, 2, 2, 2, 3, 4, 4, 2, 4)
EIGHT = View("8", LABELS[:DRUM_COUNT], (*range(DRUM_COUNT), -1, -1), None)
FIVE = View("5", ("kick", "snare", "tom", "hihat", "cymbal"), _EIGHT_TO_FIVE, 0.0)
THREE = View("3", ("kick", "snare", "hihat"), (0, 1, -1, -1, -1, 2, -1, -1, -1, -1), 0.0)
ONSET = View("onset", ("onset",), (0,) * len(LABELS), ONSET_MERGE_S)

# Where a chart puts what only five-class transcribers say: the commonest tom and, besides the
# hi-hat, cymbal in 302 freely licensed pro-drums charts (toms 29,465 yellow, 23,867 blue, 23,270
# green; cymbals 120,807 blue, 70,228 green), so that a five-class estimate loses little by it.
FIVE_TO_DRUM: dict[str, DrumClass] = {"tom": DrumClass.TOM_HIGH, "cymbal": DrumClass.RIDE}


def split(strokes: Strokes, view: View) -> tuple[ClassStrokes, ...]:
    """The strokes of each class of ``view``, merged as the view says.

    Raises:
        EvaluationError: the view is of eight classes, the strokes are of five.
    """
    if view.name == EIGHT.name and strokes.five_class:
        raise EvaluationError(
            "Five-class strokes have no eight-class view; use the 5- or 3-class view."
        )
    codes = np.asarray(view.of_label, np.int8)[strokes.labels]
    found = []
    for code in range(len(view.classes)):
        index = np.flatnonzero(codes == code)
        if view.merge_s is not None:
            index = index[_kept(strokes.times_s[index], view.merge_s)]
        found.append(ClassStrokes(strokes.times_s[index], index))
    return tuple(found)


def drums_of(strokes: Strokes) -> NDArray[np.int8]:
    """The drum each stroke is charted on, ``[N]``; five-class labels by :data:`FIVE_TO_DRUM`."""
    table = np.arange(len(LABELS), dtype=np.int8)
    for label, drum in FIVE_TO_DRUM.items():
        table[LABELS.index(label)] = int(drum)
    drums: NDArray[np.int8] = table[strokes.labels]
    return drums


def _kept(times_s: Times, gap_s: float) -> BoolArray:
    """Which strokes stay when one within ``gap_s`` of the last one kept is part of it."""
    keep = np.ones(times_s.size, np.bool_)
    if times_s.size < 2 or float(np.diff(times_s).min()) > gap_s:
        return keep
    last = -np.inf
    for index, time_s in enumerate(times_s.tolist()):
        keep[index] = time_s - last > gap_s
        last = time_s if keep[index] else last
    return keep
