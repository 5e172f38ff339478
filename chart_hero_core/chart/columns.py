"""The notes of a track as arrays, for code that counts, draws or plays thousands of notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass, Lane
from chart_hero_core.chart.song import Dynamic, Note

DYNAMICS = (Dynamic.GHOST, Dynamic.NORMAL, Dynamic.ACCENT)  # a column holds the place in here

# The class by lane and, as 0 or 1, cymbal.
_DRUM_OF = np.array(
    [[DrumClass.from_lane(lane, cymbal) for cymbal in (False, True)] for lane in Lane], np.int8
)
_LANES = len(Lane)
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class NoteColumns:
    """One entry per note, in the order of ``notes``. Made once and never altered.

    Attributes:
        drums: the class each note stands for.
        dynamics: the place in :data:`DYNAMICS`.
        confidences, heard_s: nan where a note has none.
    """

    notes: tuple[Note, ...]
    ticks: Int64Array
    lanes: NDArray[np.int8]
    drums: NDArray[np.int8]
    dynamics: NDArray[np.int8]
    flams: BoolArray
    touched: BoolArray
    confidences: Float64Array
    heard_s: Float64Array

    @staticmethod
    def of(notes: Sequence[Note] = ()) -> NoteColumns:
        """The columns of these notes."""
        lanes = _small([note.lane for note in notes], np.int8)
        cymbals = _small([note.cymbal for note in notes], np.int8)
        confidences = [note.origin.confidence for note in notes]
        # By identity: enums are hashed, and their members looked up, in Python.
        ghost, _, accent = DYNAMICS
        loud = [1 + (note.dynamic is accent) - (note.dynamic is ghost) for note in notes]
        return NoteColumns(
            tuple(notes),
            np.array([note.tick for note in notes], dtype=np.int64),
            lanes,
            _DRUM_OF[lanes, cymbals],
            _small(loud, np.int8),
            _small([note.flam for note in notes], np.bool_),
            _small([note.origin.touched for note in notes], np.bool_),
            np.array(confidences, dtype=np.float64),  # None becomes nan
            np.array([note.heard_s for note in notes], dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.notes)

    @property
    def places(self) -> Int64Array:
        """Tick and lane of each note as one number that sorts as the notes do."""
        return self.ticks * _LANES + self.lanes

    @property
    def counts(self) -> Int64Array:
        """How many notes each drum has, ``[8]``."""
        return np.bincount(self.drums, minlength=DRUM_COUNT).astype(np.int64)

    def after_edit(self, notes: tuple[Note, ...]) -> NoteColumns:
        """The columns of ``notes``, of which most are those of before: only others are read.

        An edit in one place of a long song then costs next to nothing.
        """
        if notes is self.notes:
            return self
        start = _alike(self.notes, notes)
        room = min(len(self.notes), len(notes)) - start
        end = min(_alike(self.notes[::-1], notes[::-1]), room)
        fresh = NoteColumns.of(notes[start : len(notes) - end])
        stop = len(self.notes) - end
        columns = (
            np.concatenate((old[:start], new, old[stop:]))
            for old, new in zip(self._arrays, fresh._arrays, strict=True)
        )
        return NoteColumns(notes, *columns)

    @property
    def _arrays(self) -> tuple[NDArray[Any], ...]:
        """All columns in the order of the fields."""
        return (
            self.ticks,
            self.lanes,
            self.drums,
            self.dynamics,
            self.flams,
            self.touched,
            self.confidences,
            self.heard_s,
        )


def _small(values: list[Any], kind: type[Number]) -> NDArray[Number]:
    """A column of numbers below 256. By way of bytes: arrays take long over enums and flags."""
    return np.frombuffer(bytes(values), dtype=kind)


def _alike(one: Sequence[Note], other: Sequence[Note]) -> int:
    """How many notes at the start are the very same objects: equality overlooks their origin."""
    same = bytes(map(is_, one, other))
    first = same.find(False)
    return len(same) if first < 0 else first
