"""Bars that are played alike: fix one, and propose the fix on all the others."""

import bisect
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.timing.tempo_map import TempoMap

# A place in the song or in a bar: tick and drum.
Place = tuple[int, DrumClass]

# Two notes this part of a quarter apart are the same note played a little differently.
TOLERANCE_QUARTERS = 1 / 16


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``notes`` are sorted, their ticks count from ``start_tick``."""

    number: int
    start_tick: int
    length_ticks: int
    notes: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class SimilarBar:
    """How like a bar is to another: 1 the same, 0 nothing in common."""

    number: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the fix of one bar would change in another; ticks count from the song's start."""

    number: int
    remove: tuple[Place, ...]
    add: tuple[Place, ...]
    confidence: float


def bars_of(notes: Iterable[Place], tempo_map: TempoMap) -> list[Bar]:
    """All bars up to that of the last note, the empty ones too."""
    places = sorted(set(notes))
    if not places:
        return []
    end_tick = places[-1][0] + 1
    starts = [beat.tick for beat in tempo_map.beats(0, end_tick) if beat.beat == 0]
    signature = tempo_map.signature_at(starts[-1])
    ends = [*starts[1:], starts[-1] + round(tempo_map.ticks_per_bar(signature))]
    bars = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        low = bisect.bisect_left(places, (start,))
        high = bisect.bisect_left(places, (end,))
        inside = tuple((tick - start, drum) for tick, drum in places[low:high])
        bars.append(Bar(number, start, end - start, inside))
    return bars


def similar_bars(
    bars: Sequence[Bar], number: int, tempo_map: TempoMap, minimum: float = 0.7
) -> list[SimilarBar]:
    """Bars like bar ``number``, the most similar first, itself left out.

    Similarity is twice the notes in common over all notes of both (Dice 1945). Bars of another
    length and empty bars are never similar.

    Raises:
        IndexError: there is no bar of this number.
    """
    return _similar(bars, bars[number], tempo_map, minimum)


def propose(
    bars: Sequence[Bar],
    before: Bar,
    after: Bar,
    tempo_map: TempoMap,
    *,
    minimum: float = 0.7,
    locked: Collection[Place] = (),
) -> list[Proposal]:
    """Carry the change from ``before`` to ``after`` over to all bars like ``before``.

    In each, what the fix removed is removed where it stands, and what it added is added where
    nothing of that lane stands. Bars in which nothing would change are left out.

    Args:
        bars: of the song; the bar numbered as ``before`` is left out.
        before, after: the fixed bar as it was and as it is now.
        locked: notes (ticks from the song's start) that must stay as they are.

    Returns:
        Proposals, the surest first. The confidence is the similarity, times the share of the
        fix's changes that the bar has a use for.
    """
    removed = [note for note in before.notes if note not in after.notes]
    added = [note for note in after.notes if note not in before.notes]
    tolerance = tempo_map.resolution * TOLERANCE_QUARTERS
    found: list[Proposal] = []
    for like in _similar(bars, before, tempo_map, minimum):
        bar = bars[like.number]
        fixed = {
            (tick - bar.start_tick, drum)
            for tick, drum in locked
            if 0 <= tick - bar.start_tick < bar.length_ticks
        }
        remove = _to_remove(bar, removed, fixed, tolerance)
        add = _to_add(bar, added, remove, tolerance)
        if remove or add:
            useful = (len(remove) + len(add)) / (len(removed) + len(added))
            found.append(
                Proposal(
                    number=like.number,
                    remove=_in_song(bar, remove),
                    add=_in_song(bar, add),
                    confidence=like.similarity * useful,
                )
            )
    return sorted(found, key=lambda proposal: (-proposal.confidence, proposal.number))


def _similar(
    bars: Sequence[Bar], like: Bar, tempo_map: TempoMap, minimum: float
) -> list[SimilarBar]:
    tolerance = tempo_map.resolution * TOLERANCE_QUARTERS
    found: list[SimilarBar] = []
    for bar in bars:
        if bar.number == like.number or bar.length_ticks != like.length_ticks:
            continue
        total = len(bar.notes) + len(like.notes)
        if total and bar.notes and like.notes:
            similarity = 2 * _in_common(bar.notes, like.notes, tolerance) / total
            if similarity >= minimum:
                found.append(SimilarBar(bar.number, similarity))
    return sorted(found, key=lambda bar: (-bar.similarity, bar.number))


def _in_common(first: Sequence[Place], second: Sequence[Place], tolerance: float) -> int:
    """The most pairs of one drum within the tolerance, each note used once."""
    count = 0
    for drum in {drum for _, drum in first}:
        left = [tick for tick, other in first if other == drum]
        right = [tick for tick, other in second if other == drum]
        place = 0
        for tick in left:
            while place < len(right) and right[place] < tick - tolerance:
                place += 1
            if place < len(right) and right[place] <= tick + tolerance:
                count += 1
                place += 1
    return count


def _to_remove(
    bar: Bar, removed: Iterable[Place], fixed: Collection[Place], tolerance: float
) -> list[Place]:
    """The notes of ``bar`` that stand where the fix removed one."""
    found: list[Place] = []
    for tick, drum in removed:
        near = [
            note
            for note in bar.notes
            if note[1] == drum
            and abs(note[0] - tick) <= tolerance
            and note not in fixed
            and note not in found
        ]
        if near:
            found.append(min(near, key=lambda note: abs(note[0] - tick)))
    return sorted(found)


def _to_add(
    bar: Bar, added: Iterable[Place], remove: Collection[Place], tolerance: float
) -> list[Place]:
    """What the fix added and ``bar`` has room for; a note that it replaces gives its exact tick."""
    staying = [note for note in bar.notes if note not in remove]
    found: list[Place] = []
    for tick, drum in added:
        at = min((t for t, _ in remove), key=lambda t: abs(t - tick), default=tick)
        exact = at if abs(at - tick) <= tolerance else tick
        taken = any(
            other.lane == drum.lane and abs(t - exact) <= tolerance
            for t, other in (*staying, *found)
        )
        if not taken:
            found.append((exact, drum))
    return sorted(found)


def _in_song(bar: Bar, notes: Iterable[Place]) -> tuple[Place, ...]:
    return tuple((bar.start_tick + tick, drum) for tick, drum in notes)
