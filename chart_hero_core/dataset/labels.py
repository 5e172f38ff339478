"""The labels of a chart as arrays in its own time; and rejecting charts with too little in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.chart.song import Dynamic, Note, PhraseKind, Song
from chart_hero_core.dataset.shards import Span
from chart_hero_core.formats.drum_notes import is_pro
from chart_hero_core.formats.project import Project
from chart_hero_core.timing.counting import counted_beats
from chart_hero_core.timing.tempo_map import TempoMap

Times = Float64Array

# The middle of what the three dynamics are played at; charts that use none say nothing.
_VELOCITY = {Dynamic.GHOST: 0.3, Dynamic.NORMAL: 0.7, Dynamic.ACCENT: 0.95}
_MIN_STROKES = 32
_MIN_LENGTH_S = 10.0
_ROLLS = (PhraseKind.ROLL, PhraseKind.DOUBLE_ROLL, PhraseKind.KICK_LANE)
# Said by the tools that make drum parts out of nothing or out of other instruments.
_GENERATED = re.compile(
    r"auto[\s_-]?(gen|chart|drum)|(generated|made|charted) by (an? )?(ai|bot|machine)|placeholder",
    re.IGNORECASE,
)
_FEWEST_TOUCHED = 8  # notes in a row that a person dealt with make a passage
_SLOW_BPM, _FAST_BPM = 30.0, 400.0
_JUMP = 3.0  # times the tempo of the stretch before
# Sound lasts an hour at most, so a stroke beyond this is a stray one: no beats are counted to it.
_LAST_BEAT_S = 7200.0


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The strokes of a chart, in its own time (before any offset).

    Attributes:
        times_s, drums, velocities: in order of time; velocities are not-a-number without dynamics.
        beats_s, downbeats_s: up to a bar after the last stroke, two hours at most.
        reviewed_s: where the strokes are the whole truth; None: everywhere.
        unsure_s: rolls, in which games accept any number of strokes.
        rejected_times_s, rejected_drums: what a person threw away.
        quarters: the place of each stroke in quarter notes.
        bpm: the tempo that most of the song is in.
        remarks: sentences about odd tempos.
    """

    times_s: Times
    drums: NDArray[np.int8]
    velocities: Float32Array
    beats_s: Times
    downbeats_s: Times
    quarters: Times
    bpm: float
    reviewed_s: tuple[Span, ...] | None = None
    unsure_s: tuple[Span, ...] = ()
    rejected_times_s: Times = field(default_factory=lambda: np.zeros(0))
    rejected_drums: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    remarks: tuple[str, ...] = ()


def labels_of(song: Song, *, any_kit: bool = False) -> Labels:
    """The Expert drum part of a finished chart.

    Raises:
        DatasetError: it cannot be learned from: empty, short, generated, or (unless ``any_kit``)
            one that does not tell toms from cymbals.
    """
    notes = song.expert.notes
    _refuse_poor(song, notes, any_kit)
    return _labels(song, notes)


def labels_of_project(project: Project) -> Labels:
    """What a person has made sure of in a project.

    Truth is only what lies in passages a person went through: those the project names
    (``reviewed_s`` among its view values), else runs of notes that were all accepted, placed or
    changed by hand. Suggestions nobody touched are left out.

    Raises:
        DatasetError: nothing in it was reviewed.
    """
    song = project.song
    notes = song.expert.notes
    if not notes:
        raise DatasetError("It has no drum notes on Expert.")
    reviewed = _named_spans(project.view.get("reviewed_s"))
    if reviewed is None:
        reviewed = _touched_spans(notes, song.tempo_map)
    sure = [n for n in notes if _inside(song.tempo_map.seconds(n.tick), reviewed)]
    if not reviewed or len(sure) < _FEWEST_TOUCHED:
        raise DatasetError("No passage of this project was reviewed yet.")
    labels = _labels(song, sure)
    rejected = sorted(song.expert.rejected, key=lambda note: note.tick)
    return replace(
        labels,
        reviewed_s=reviewed,
        rejected_times_s=song.tempo_map.seconds_array([note.tick for note in rejected]),
        rejected_drums=np.array([int(note.drum) for note in rejected], np.int8),
    )


def _refuse_poor(song: Song, notes: tuple[Note, ...], any_kit: bool) -> None:
    if not notes:
        others = [d.title for d, track in song.tracks.items() if track.notes]
        also = f" (only on {', '.join(others)})" if others else ""
        raise DatasetError(f"It has no drum notes on Expert{also}.")
    length_s = song.tempo_map.seconds(notes[-1].tick) - song.tempo_map.seconds(notes[0].tick)
    if len(notes) < _MIN_STROKES or length_s < _MIN_LENGTH_S:
        raise DatasetError(f"Its drum part is too short ({len(notes)} notes in {length_s:.0f} s).")
    data = song.metadata
    text = " ".join((data.charter, data.name, *data.other.values()))
    if _GENERATED.search(text) or _looks_generated(notes):
        raise DatasetError("Its drum part was made by a program, not charted.")
    if any_kit:
        return
    coloured = [note for note in notes if note.lane >= Lane.YELLOW]
    if coloured and not is_pro(song):
        raise DatasetError("It is not charted for pro drums: toms and cymbals are one.")
    if len(coloured) > 2 * _MIN_STROKES and not any(note.cymbal for note in coloured):
        raise DatasetError("Not one cymbal is marked in it: toms and cymbals are one.")


def _looks_generated(notes: tuple[Note, ...]) -> bool:
    """One drum at one unchanging distance: a metronome, not a drummer."""
    if len({note.drum for note in notes}) > 1:
        return False
    gaps = np.diff([note.tick for note in notes])
    return bool(np.mean(gaps == np.median(gaps)) > 0.95)


def _labels(song: Song, notes: Sequence[Note]) -> Labels:
    tempo_map = song.tempo_map
    ticks = np.array([note.tick for note in notes])
    dynamics = any(note.dynamic is not Dynamic.NORMAL for note in notes)
    velocities = [_VELOCITY[note.dynamic] if dynamics else np.nan for note in notes]
    end = ticks[-1] + tempo_map.ticks_per_bar(tempo_map.signature_at(int(ticks[-1])))
    beats, downs = counted_beats(tempo_map, min(int(end), int(tempo_map.tick_at(_LAST_BEAT_S))))
    rolls = [phrase for phrase in song.expert.phrases if phrase.kind in _ROLLS]
    return Labels(
        times_s=tempo_map.seconds_array(ticks),
        drums=np.array([int(note.drum) for note in notes], np.int8),
        velocities=np.array(velocities, np.float32),
        beats_s=tempo_map.seconds_array(beats),
        downbeats_s=tempo_map.seconds_array(beats[downs]),
        quarters=ticks / tempo_map.resolution,
        bpm=_usual_bpm(tempo_map, int(ticks[-1])),
        unsure_s=tuple((tempo_map.seconds(p.tick), tempo_map.seconds(p.end_tick)) for p in rolls),
        remarks=_tempo_remarks(tempo_map, int(ticks[-1])),
    )


def _usual_bpm(tempo_map: TempoMap, end_tick: int) -> float:
    """The tempo (to the BPM) in force for the longest time."""
    lasting: dict[int, float] = {}
    for tick, bpm, seconds in _stretches(tempo_map, end_tick):
        del tick
        lasting[round(bpm)] = lasting.get(round(bpm), 0.0) + seconds
    return float(max(lasting, key=lambda bpm: lasting[bpm]))


def _stretches(tempo_map: TempoMap, end_tick: int) -> list[tuple[int, float, float]]:
    """Tick, tempo and seconds of each tempo up to a tick."""
    changes = [t for t in tempo_map.tempos if t.tick <= max(end_tick, 0)]
    ends = [*(t.tick for t in changes[1:]), max(end_tick, changes[-1].tick + 1)]
    return [
        (t.tick, t.bpm, tempo_map.seconds(end) - tempo_map.seconds(t.tick))
        for t, end in zip(changes, ends, strict=True)
    ]


def _tempo_remarks(tempo_map: TempoMap, end_tick: int) -> tuple[str, ...]:
    """Tempos that no drummer plays: often a trick to stretch a chart over its audio."""
    remarks = []
    before = None
    for tick, bpm, _ in _stretches(tempo_map, end_tick):
        odd = not _SLOW_BPM <= bpm <= _FAST_BPM
        jump = before is not None and not 1 / _JUMP <= bpm / before <= _JUMP
        if odd or jump:
            at_s = tempo_map.seconds(tick)
            remarks.append(f"Odd tempo of {bpm:.0f} BPM at {at_s:.1f} s.")
        before = bpm
    if len(remarks) > 3:
        return (*remarks[:3], f"{len(remarks) - 3} more odd tempos.")
    return tuple(remarks)


def _named_spans(stored: object) -> tuple[Span, ...] | None:
    """Spans a project names, in order and joined; None when it names none."""
    if not isinstance(stored, list):
        return None
    spans = []
    for entry in stored:
        if isinstance(entry, list | tuple) and len(entry) == 2:
            start, end = entry
            if isinstance(start, int | float) and isinstance(end, int | float) and start < end:
                spans.append((float(start), float(end)))
    return joined(spans)


def _touched_spans(notes: tuple[Note, ...], tempo_map: TempoMap) -> tuple[Span, ...]:
    """From the first to the last of every long run of notes a person dealt with."""
    spans: list[Span] = []
    run: list[Note] = []
    untouched = -1  # the tick of the last such note
    for note in (*notes, None):
        # A chord that is only half touched was not gone through.
        if note is not None and note.origin.touched:
            run += [note] if note.tick != untouched else []
            continue
        kept = [n for n in run if note is None or n.tick != note.tick]
        if len(kept) >= _FEWEST_TOUCHED:
            first, last = tempo_map.seconds(kept[0].tick), tempo_map.seconds(kept[-1].tick)
            spans.append((first - _MARGIN_S, last + _MARGIN_S))
        run = []
        untouched = -1 if note is None else note.tick
    return joined(spans)


_MARGIN_S = 0.05  # about the strokes at the ends of a passage


def joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def without(spans: Sequence[Span], holes: Sequence[Span]) -> tuple[Span, ...]:
    """``spans`` minus ``holes``, in order."""
    left = list(joined(spans))
    for low, high in holes:
        cut: list[Span] = []
        for start, end in left:
            if high <= start or end <= low:
                cut.append((start, end))
                continue
            cut += [s for s in ((start, min(low, end)), (max(high, start), end)) if s[0] < s[1]]
        left = cut
    return tuple(left)


def _inside(time_s: float, spans: Sequence[Span]) -> bool:
    return any(start <= time_s <= end for start, end in spans)
