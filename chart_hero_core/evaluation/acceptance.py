"""What a transcription must reach at least, and whether it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.drums import TOMS, DrumClass
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.breakdowns import BPM_BANDS, SUBDIVISION_NAMES
from chart_hero_core.evaluation.results import Evaluation
from chart_hero_core.evaluation.scores import prf
from chart_hero_core.evaluation.timing import statistics
from chart_hero_core.evaluation.views import EIGHT

# Dense passages are judged where they are hardest and still common.
SUBDIVISION_BANDS = ("180-200", "200-220")
_PRECISION, _RECALL, _F = range(3)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the table. ``passed`` is None where there was nothing to measure it on."""

    name: str
    demand: str
    figure: float | None
    unit: str
    passed: bool | None
    support: int


def acceptance(evaluation: Evaluation) -> tuple[Criterion, ...]:
    """The table, measured at the evaluation's detail tolerance.

    Raises:
        EvaluationError: one side has only five classes.
    """
    if evaluation.view.name != EIGHT.name:
        raise EvaluationError("The acceptance table needs all eight classes on both sides.")
    rows: list[Criterion] = []
    for drum in (DrumClass.KICK, DrumClass.SNARE):
        rows.append(_score(evaluation, drum.title, (drum,), _F, 0.70))
        rows.append(_score(evaluation, drum.title, (drum,), _PRECISION, 0.65))
        rows.append(_score(evaluation, drum.title, (drum,), _RECALL, 0.70))
    rows.append(_subdivision(evaluation, "32nd", 0.65))
    rows.append(_subdivision(evaluation, "64th", 0.45))
    rows.append(_score(evaluation, "Ride", (DrumClass.RIDE,), _PRECISION, 0.55))
    rows.append(_score(evaluation, "Ride", (DrumClass.RIDE,), _RECALL, 0.50))
    rows.append(_score(evaluation, "Hi-hat", (DrumClass.HIHAT,), _F, 0.55))
    rows.append(_score(evaluation, "Crash", (DrumClass.CRASH,), _F, 0.55))
    rows.append(_score(evaluation, "Toms", TOMS, _PRECISION, 0.65))
    rows.append(_score(evaluation, "Toms", TOMS, _RECALL, 0.55))
    rows += _timing(evaluation)
    return tuple(rows)


def accepted(criteria: Sequence[Criterion]) -> bool:
    """Whether every criterion was measured and met."""
    return all(criterion.passed for criterion in criteria)


def _score(
    evaluation: Evaluation, name: str, drums: Sequence[DrumClass], which: int, least: float
) -> Criterion:
    counts = evaluation.counts(EIGHT, evaluation.options.detail_ms)[:, list(drums)].sum(axis=(0, 1))
    support = int(counts[1])
    figure = float(prf(counts)[which]) if support else None
    what = ("precision", "recall", "F1")[which]
    return _least(f"{name} {what}", figure, least, support)


def _subdivision(evaluation: Evaluation, name: str, least: float) -> Criterion:
    bands = [BPM_BANDS.index(band) for band in SUBDIVISION_BANDS]
    index = SUBDIVISION_NAMES.index(name)
    known = [song.subdivisions for song in evaluation.songs if song.subdivisions is not None]
    support = sum(int(song[:, index, bands, 0].sum()) for song in known)
    found = sum(int(song[:, index, bands, 1].sum()) for song in known)
    figure = found / support if support else None
    return _least(f"{name} recall, 180-220 BPM", figure, least, support)


def _least(name: str, figure: float | None, least: float, support: int) -> Criterion:
    passed = None if figure is None else figure >= least
    return Criterion(name, f">= {least:.2f}", figure, "", passed, support)


def _timing(evaluation: Evaluation) -> list[Criterion]:
    """The class that is furthest off stands for all."""
    per_class = [
        statistics(np.concatenate([song.detail[code].offsets_s for song in evaluation.songs]))
        for code in range(len(evaluation.view.classes))
    ]
    known = [(evaluation.view.classes[i], s) for i, s in enumerate(per_class) if s.pairs]
    rows = []
    measures: tuple[tuple[str, float, Callable[[int], float | None]], ...] = (
        ("median", 5.0, lambda i: known[i][1].median_ms),
        ("mean", 10.0, lambda i: known[i][1].mean_ms),
    )
    for what, most, of in measures:
        sizes = [abs(of(i) or 0.0) for i in range(len(known))]
        worst = int(np.argmax(sizes)) if sizes else None
        name = f"Largest {what} offset" + (f" ({known[worst][0]})" if worst is not None else "")
        figure = None if worst is None else of(worst)
        passed = None if figure is None else abs(figure) < most
        support = 0 if worst is None else known[worst][1].pairs
        rows.append(Criterion(name, f"within {most:g} ms", figure, "ms", passed, support))
    return rows
