"""Annotated beats: files of ``seconds<TAB>beat of the bar`` rows, as a tempo map."""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.strokes import read_lines
from chart_hero_core.timing.tempo_map import (
    DEFAULT_RESOLUTION,
    TempoChange,
    TempoMap,
    TimeSignature,
)

MAX_BEATS = 100_000
Beat = tuple[float, int]


def read_beats(path: Path) -> tuple[TempoMap, float]:
    """A tempo map with a tempo per annotated beat, and the time of the first one.

    The map has one more beat, at 0 s, where a tempo map has to start, unless the first annotated
    one is there. Without a second column, bars of four are counted from the first beat.

    Raises:
        EvaluationError: the file cannot be read, a row is malformed, times do not ascend, or there
            are fewer than two beats (names file and line).
    """
    beats: list[Beat] = []
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        beat = _row(path, number, line, len(beats))
        if beats and beat[0] <= beats[-1][0]:
            raise EvaluationError(f"{path}:{number}: beats must be in time order.")
        beats.append(beat)
        if len(beats) > MAX_BEATS:
            raise EvaluationError(f"{path}:{number}: more than {MAX_BEATS} beats.")
    if len(beats) < 2:
        raise EvaluationError(f"{path}: needs at least two beats to know a tempo.")
    return map_of_beats(beats), beats[0][0]


def map_of_beats(beats: Sequence[Beat]) -> TempoMap:
    """The tempo map of at least two beats (seconds ascending, place in the bar from 1)."""
    lead = [] if beats[0][0] < 1e-6 else [(0.0, 0)]
    times = [0.0 if not lead and i == 0 else time_s for i, (time_s, _) in enumerate(beats)]
    marks = [time_s for time_s, _ in lead] + times
    tempos = [
        TempoChange(i * DEFAULT_RESOLUTION, (after - before) * 1e6)
        for i, (before, after) in enumerate(itertools.pairwise(marks))
    ]
    return TempoMap(DEFAULT_RESOLUTION, tuple(tempos), _signatures(beats, len(lead)))


def _signatures(beats: Sequence[Beat], lead: int) -> tuple[TimeSignature, ...]:
    """A signature wherever a bar is longer or shorter than the one before."""
    downs = [i + lead for i, (_, place) in enumerate(beats) if place == 1]
    longest = max(max(place for _, place in beats), 1)
    starts = sorted({0, *downs})
    found: list[TimeSignature] = []
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        length = longest if following is None else following - start
        if not found or found[-1].numerator != length:
            found.append(TimeSignature(start * DEFAULT_RESOLUTION, length))
    return tuple(found)


def _row(path: Path, number: int, line: str, count: int) -> Beat:
    columns = line.split()
    try:
        time_s = float(columns[0])
        place = int(columns[1]) if len(columns) > 1 else count % 4 + 1
    except ValueError as error:
        raise EvaluationError(
            f"{path}:{number}: needs seconds<TAB>beat of the bar, has {line[:80]!r}."
        ) from error
    if not math.isfinite(time_s) or time_s < 0 or not 1 <= place <= 64:
        raise EvaluationError(f"{path}:{number}: {line[:80]!r} is no time and beat of the bar.")
    return time_s, place
