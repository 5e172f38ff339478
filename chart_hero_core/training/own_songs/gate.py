"""The gate: is a new model better for the person's songs, and no worse for everybody else's?

Both models transcribe the same songs; the differences are tested by a paired bootstrap over songs,
or over passages of 15 s where there are too few songs. A passage as drums alone and in the mix
is one passage. Edits per 100 notes are counted on the chart's own tempo map, F within 50 ms,
both in reviewed passages only, at the baseline hop.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.base.drums import Hit
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.from_hits import notes_from_hits
from chart_hero_core.evaluation.edits_per_100 import SAME_MAP, PlacedNotes, count_edits, place_notes
from chart_hero_core.evaluation.report.compare import MIN_SONGS
from chart_hero_core.evaluation.scores import Bootstrap, with_interval
from chart_hero_core.model.checkpoint import Checkpoint
from chart_hero_core.timing.tempo_map import TempoMap
from chart_hero_core.training.own_songs.held_out import (
    HeldOutSong,
    pair_counts,
    transcribe_held_out,
)
from chart_hero_core.training.own_songs.known_strokes import Span

PASSAGE_S = 15.0
# What the general set may lose before the new model is refused, even within noise.
GENERAL_EDITS_SLACK = 1.0
GENERAL_F_SLACK = 0.01
_EDITS, _NOTES, _PAIRS, _STROKES, _HITS = range(5)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Of each passage: which song, and edits, notes, pairs, strokes, hits (``[passages, 5]``)."""

    songs: tuple[str, ...]
    counts: Float64Array

    @property
    def edits_per_100(self) -> float:
        """Over all passages."""
        return float(_edits(self.counts.sum(axis=0)))

    @property
    def f(self) -> float:
        """Over all passages and drums."""
        return float(_f(self.counts.sum(axis=0)))

    def by_song(self) -> "Scores":
        """The passages of each song taken together."""
        names = tuple(dict.fromkeys(self.songs))
        place = np.array([names.index(name) for name in self.songs], np.intp)
        counts = np.zeros((len(names), self.counts.shape[1]))
        np.add.at(counts, place, self.counts)
        return Scores(names, counts)


@dataclass(frozen=True, slots=True)
class Change:
    """Both models on one set of songs.

    Differences are new minus old, with their 95 % interval; ``units`` says what was resampled.
    """

    songs: int
    units: str
    edits_before: float
    edits_after: float
    edits_low: float
    edits_high: float
    f_before: float
    f_after: float
    f_low: float
    f_high: float

    @property
    def better(self) -> bool:
        """Fewer edits beyond chance, and F no lower."""
        return self.edits_high < 0 and self.f_after >= self.f_before

    @property
    def worse(self) -> bool:
        """More edits or a lower F, beyond chance or beyond what may be lost."""
        return (
            self.edits_low > 0
            or self.f_high < 0
            or self.edits_after > self.edits_before + GENERAL_EDITS_SLACK
            or self.f_after < self.f_before - GENERAL_F_SLACK
        )

    @property
    def sentence(self) -> str:
        """The figures, for people."""
        known = np.isfinite([self.edits_low, self.edits_high]).all()
        span = f"difference {self.edits_low:+.1f} to {self.edits_high:+.1f}"
        return (
            f"{self.edits_after:.1f} edits per 100 notes instead of {self.edits_before:.1f} "
            f"({span if known else 'too little music to tell it from chance'}), "
            f"F {self.f_after:.3f} instead of {self.f_before:.3f}"
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the new model is offered, and why, in one sentence with the figures."""

    offered: bool
    sentence: str
    own: Change
    general: Change | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def score_models(
    models: Sequence[Checkpoint], songs: Iterable[HeldOutSong], count: int, progress: Progress
) -> list[Scores]:
    """Transcribe and score songs with each model; songs are read one at a time.

    Args:
        count: how many songs there are.

    Raises:
        Cancelled: asked for through ``progress``.
    """
    rows: list[dict[tuple[str, int], Float64Array]] = [{} for _ in models]
    for index, song in enumerate(songs):
        progress.report(index / count, "Measuring on songs it was not trained on")
        for model, found in zip(models, rows, strict=True):
            progress.check_cancelled()
            counts = score_hits(song, transcribe_held_out(model, song))
            for place, row in enumerate(counts):
                # Drums alone and mix are the same strokes twice: no more proof than one of them.
                found[song.name, place] = found.get((song.name, place), 0.0) + row
    return [_scores_of(found) for found in rows]


def _scores_of(rows: Mapping[tuple[str, int], Float64Array]) -> Scores:
    names = tuple(name for name, _ in rows)
    return Scores(names, np.array(list(rows.values()), np.float64).reshape(-1, 5))


def score_hits(song: HeldOutSong, hits: Sequence[Hit]) -> Float64Array:
    """Edits, notes, pairs, strokes and hits of each reviewed passage, ``[passages, 5]``."""
    spans = _passages(song.known.reviewed_s)
    rows = [_counts(song, hits, span) for span in spans]
    return np.array(rows, np.float64).reshape(-1, 5)


def compare_scores(before: Scores, after: Scores) -> Change:
    """The change from ``before`` to ``after``, both of the same songs."""
    units = "passages"
    if len(set(before.songs)) >= MIN_SONGS:
        before, after, units = before.by_song(), after.by_song(), "songs"
    old = new = None
    if len(before.songs) >= MIN_SONGS:
        bootstrap = Bootstrap(len(before.songs))
        old, new = bootstrap.pooled(before.counts), bootstrap.pooled(after.counts)
    edits = with_interval(0.0, None if old is None or new is None else _edits(new) - _edits(old))
    f = with_interval(0.0, None if old is None or new is None else _f(new) - _f(old))
    unknown = float("inf")  # a few passages agree by chance too often: they prove nothing
    return Change(
        songs=len(set(before.songs)),
        units=units,
        edits_before=before.edits_per_100,
        edits_after=after.edits_per_100,
        edits_low=-unknown if edits.low is None else edits.low,
        edits_high=unknown if edits.high is None else edits.high,
        f_before=before.f,
        f_after=after.f,
        f_low=-unknown if f.low is None else f.low,
        f_high=unknown if f.high is None else f.high,
    )


def judge(own: Change, general: Change | None) -> Verdict:
    """Open the gate or keep it shut."""
    songs = f"{own.songs} song{'s' if own.songs != 1 else ''} it was not trained on"
    text = f"On {songs}: {own.sentence}"
    if general is not None:
        text += f"; on the general check set: {general.sentence}."
    else:
        text += "."
    why = ""
    if not own.better:
        why = "no proof of gain"
    elif general is None:
        why = "it was not checked on other music"
    elif general.worse:
        why = "it is worse on other music"
    opening = f"The new model is not offered: {why}." if why else "The new model is better."
    return Verdict(not why, f"{opening} {text}", own, general)


def _passages(spans_s: Sequence[Span]) -> list[Span]:
    """Reviewed spans cut into pieces of about :data:`PASSAGE_S`."""
    pieces: list[Span] = []
    for start_s, end_s in spans_s:
        count = max(round((end_s - start_s) / PASSAGE_S), 1)
        edges = np.linspace(start_s, end_s, count + 1).tolist()
        pieces += itertools.pairwise(edges)
    return pieces


def _counts(song: HeldOutSong, hits: Sequence[Hit], span: Span) -> Float64Array:
    truth, predicted = song.strokes_in(span), [h for h in hits if span[0] <= h.time_s < span[1]]
    edits = count_edits(
        _placed(predicted, song.tempo_map), _placed(truth, song.tempo_map), SAME_MAP
    )
    return np.array([edits.total, edits.notes.sum(), *pair_counts(truth, predicted)], np.float64)


def _placed(hits: Sequence[Hit], tempo_map: TempoMap) -> PlacedNotes:
    notes = notes_from_hits(hits, tempo_map)
    ticks = [note.tick for note in notes]
    return place_notes(ticks, [int(note.drum) for note in notes], tempo_map)


def _edits(counts: Float64Array) -> Float64Array:
    return np.asarray(100 * counts[..., _EDITS] / np.maximum(counts[..., _NOTES], 1))


def _f(counts: Float64Array) -> Float64Array:
    total = counts[..., _STROKES] + counts[..., _HITS]
    return np.asarray(2 * counts[..., _PAIRS] / np.maximum(total, 1))
