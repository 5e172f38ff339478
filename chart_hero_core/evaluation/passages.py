"""The passage of a song where a transcription fails most, to look at and listen to."""

from dataclasses import dataclass

import numpy as np

from chart_hero_core.evaluation.matching import Matched

PASSAGE_S = 8.0


@dataclass(frozen=True, slots=True)
class PassageStroke:
    """One stroke of a passage: when, which class of the view, and what became of it."""

    time_s: float
    code: int
    fate: str  # "found", "missed" or "extra"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a song with its strokes in time order."""

    start_s: float
    end_s: float
    strokes: tuple[PassageStroke, ...]

    def count(self, fate: str) -> int:
        """How many strokes met this fate."""
        return sum(stroke.fate == fate for stroke in self.strokes)


def worst_passage(matches: tuple[Matched, ...]) -> Passage | None:
    """The stretch with the most missed and extra strokes, the first of equals; None without any."""
    strokes = sorted(_strokes(matches), key=lambda stroke: (stroke.time_s, stroke.code))
    errors = np.array([s.time_s for s in strokes if s.fate != "found"])
    if not errors.size:
        return None
    inside = np.searchsorted(errors, errors + PASSAGE_S, side="right") - np.arange(errors.size)
    start_s = max(0.0, float(errors[int(np.argmax(inside))]) - PASSAGE_S / 40)
    end_s = start_s + PASSAGE_S * 1.05
    return Passage(start_s, end_s, tuple(s for s in strokes if start_s <= s.time_s < end_s))


def _strokes(matches: tuple[Matched, ...]) -> list[PassageStroke]:
    found = []
    for code, match in enumerate(matches):
        sides = (
            (match.ref_times_s[match.ref], "found"),
            (match.ref_times_s[~match.ref_found], "missed"),
            (match.est_times_s[~match.est_right], "extra"),
        )
        for times, fate in sides:
            found += [PassageStroke(time_s, code, fate) for time_s in times.tolist()]
    return found
