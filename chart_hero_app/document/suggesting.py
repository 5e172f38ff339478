"""From activations and knobs to the notes a track is offered."""

from __future__ import annotations

from chart_hero_app.document.detection import Detection
from chart_hero_app.document.spans import covers
from chart_hero_app.document.state import Span
from chart_hero_core.chart.from_hits import notes_from_hits
from chart_hero_core.chart.song import Note, Song
from chart_hero_core.decode.decoder import decode, near_misses
from chart_hero_core.decode.settings import DecodePlan

# Near-misses are what a threshold lower by this would add.
NEAR_MISS_BELOW = 0.15
# No stroke is put on a grid line further away than this.
_MARGIN_S = 0.15


def suggest(
    song: Song, detection: Detection, plan: DecodePlan, stretch: Span | None = None
) -> tuple[Note, ...]:
    """The notes that ``plan`` makes of what the model heard, on the song's tempo map.

    ``stretch`` (seconds) limits it, with some notes on both sides: a stroke heard just outside
    may belong to a grid line inside. Everything it needs is at hand, so it runs while a slider
    moves.
    """
    start_s, end_s = _widened(stretch)
    hits = decode(detection.candidates, plan, detection.calibration, start_s=start_s, end_s=end_s)
    return notes_from_hits(hits, song.tempo_map, detection.note_options)


def outside(notes: tuple[Note, ...], song: Song, spans: tuple[Span, ...]) -> tuple[Note, ...]:
    """The notes that lie in none of the spans (seconds): there a person has said all there is."""
    if not spans:
        return notes
    seconds = song.tempo_map.seconds
    return tuple(note for note in notes if not covers(spans, seconds(note.tick)))


def suggest_near_misses(
    song: Song, detection: Detection, plan: DecodePlan, stretch: Span | None = None
) -> tuple[Note, ...]:
    """The notes (of a stretch in seconds, or all) that only just were not suggested."""
    start_s, end_s = _widened(stretch)
    hits = near_misses(
        detection.candidates,
        plan,
        detection.calibration,
        below=NEAR_MISS_BELOW,
        start_s=start_s,
        end_s=end_s,
    )
    return notes_from_hits(hits, song.tempo_map, detection.note_options)


def _widened(stretch: Span | None) -> tuple[float | None, float | None]:
    if stretch is None:
        return (None, None)
    return (stretch[0] - _MARGIN_S, stretch[1] + _MARGIN_S)
