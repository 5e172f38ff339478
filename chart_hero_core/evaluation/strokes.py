"""Drum strokes to be scored: their times, labels and confidences, and their TSV files."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass, Hit
from chart_hero_core.base.errors import EvaluationError

Times = Float64Array
Labels = NDArray[np.int8]

# The first eight labels are the classes themselves; the last two are all that a five-class
# transcriber can say of toms and of cymbals other than the hi-hat.
LABELS: tuple[str, ...] = (*(drum.label for drum in DrumClass), "tom", "cymbal")
NEVER_SCORED = "other"
MAX_ROWS = 2_000_000
MAX_BYTES = 200_000_000
_CODES = {label: code for code, label in enumerate(LABELS)}


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """The strokes of one song in time order (all three arrays have shape ``[N]``).

    Attributes:
        times_s: onset times in seconds, ascending, finite, not negative.
        labels: indices into :data:`LABELS`.
        confidence: 0..1, NaN where nothing stated one.
        warnings: what was odd about the file these come from.
    """

    times_s: Times
    labels: Labels
    confidence: Times
    warnings: tuple[str, ...] = ()

    @staticmethod
    def of(
        times_s: ArrayLike,
        labels: ArrayLike,
        confidence: ArrayLike | None = None,
        warnings: Sequence[str] = (),
    ) -> "Strokes":
        """Strokes in any order; ``labels`` are indices into :data:`LABELS`.

        Times in seconds, labels and confidences (0..1) all have the shape ``[N]``.

        Raises:
            EvaluationError: a time is negative or not finite, or the lengths differ.
        """
        times = np.asarray(times_s, np.float64).reshape(-1)
        codes = np.asarray(labels, np.int8).reshape(-1)
        known = np.full(times.size, np.nan)
        if confidence is not None:
            known = np.asarray(confidence, np.float64).reshape(-1)
        if not times.size == codes.size == known.size:
            raise EvaluationError("Times, labels and confidences differ in number.")
        if times.size and not (np.isfinite(times).all() and times.min() >= 0):
            raise EvaluationError("A stroke's time is negative or not finite.")
        order = np.argsort(times, kind="stable")
        return Strokes(times[order], codes[order], known[order], tuple(warnings))

    @staticmethod
    def from_hits(hits: Iterable[Hit]) -> "Strokes":
        """The strokes a decoder found."""
        rows = list(hits)
        return Strokes.of(
            [hit.time_s for hit in rows],
            [int(hit.drum) for hit in rows],
            [hit.confidence for hit in rows],
        )

    @property
    def five_class(self) -> bool:
        """Whether any label is one that only a five-class transcriber uses."""
        return bool((self.labels >= DRUM_COUNT).any())

    def shifted(self, shifts_s: Float64Array) -> "Strokes":
        """Every stroke moved by ``shifts_s[label]`` seconds, not below 0 (``[len(LABELS)]``)."""
        moved = np.maximum(self.times_s + shifts_s[self.labels], 0.0)
        order = np.argsort(moved, kind="stable")
        return replace(
            self,
            times_s=moved[order],
            labels=self.labels[order],
            confidence=self.confidence[order],
        )


EMPTY = Strokes.of([], [])


def read_tsv(path: Path) -> Strokes:
    """Strokes of a file of ``onset_seconds<TAB>class[<TAB>confidence]`` rows.

    Empty lines and lines that begin with ``#`` are skipped, and so are strokes of the class
    ``other``. A third column that is not a number in 0..1 is ignored. Rows out of time order are
    sorted, and named in ``warnings``.

    Raises:
        EvaluationError: the file cannot be read, or a row is malformed (names file and line).
    """
    times: list[float] = []
    labels: list[int] = []
    confidence: list[float] = []
    unsorted_line: int | None = None
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if len(times) >= MAX_ROWS:
            raise EvaluationError(
                f"{path}:{number}: more than {MAX_ROWS} rows; is this a drum file?"
            )
        row = _row(path, number, line)
        if row is None:
            continue
        if times and row[0] < times[-1] and unsorted_line is None:
            unsorted_line = number
        times.append(row[0])
        labels.append(row[1])
        confidence.append(row[2])
    warnings: tuple[str, ...] = ()
    if unsorted_line is not None:
        warnings = (f"{path}:{unsorted_line}: rows are not in time order; sorted them.",)
    return Strokes.of(times, labels, confidence, warnings)


def tsv_text(strokes: Strokes) -> str:
    """The text of a TSV file, with the confidence column where every stroke has one."""
    with_confidence = bool(np.isfinite(strokes.confidence).all())
    rows = []
    for time_s, label, confidence in zip(
        strokes.times_s, strokes.labels, strokes.confidence, strict=True
    ):
        extra = f"\t{confidence:.4f}" if with_confidence else ""
        rows.append(f"{time_s:.6f}\t{LABELS[label]}{extra}\n")
    return "".join(rows)


def read_lines(path: Path) -> list[str]:
    """The lines of a text file. Raises :class:`EvaluationError` when it cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise EvaluationError(f"{path} is too large to be a list of strokes.")
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path} is not a text file.") from error
    except OSError as error:
        raise EvaluationError(f"Could not read {path}: {error.strerror}.") from error


def _row(path: Path, number: int, line: str) -> tuple[float, int, float] | None:
    columns = line.split("\t")
    if len(columns) < 2:
        raise EvaluationError(f"{path}:{number}: needs onset<TAB>class, has {line[:80]!r}.")
    try:
        time_s = float(columns[0])
    except ValueError as error:
        raise EvaluationError(
            f"{path}:{number}: onset {columns[0][:40]!r} is not a number."
        ) from error
    if not math.isfinite(time_s) or time_s < 0:
        raise EvaluationError(
            f"{path}:{number}: onset {columns[0][:40]!r} is negative or not finite."
        )
    label = columns[1].strip()
    if label == NEVER_SCORED:
        return None
    if label not in _CODES:
        known = ", ".join((*LABELS, NEVER_SCORED))
        raise EvaluationError(f"{path}:{number}: class {label[:40]!r} is none of {known}.")
    return time_s, _CODES[label], _confidence(columns[2] if len(columns) > 2 else "")


def _confidence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if 0.0 <= value <= 1.0 else math.nan
