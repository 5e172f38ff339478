"""A chart whose delay is part of its tempo map, so that its ticks say where its sound is."""

import math
from dataclasses import replace

from chart_hero_core.chart.edits.tempo import with_map
from chart_hero_core.chart.lead_in import holds_music
from chart_hero_core.chart.song import Song
from chart_hero_core.timing.edits import MAX_DENOMINATOR, shift_times
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature


def with_delay_in_map(song: Song) -> Song:
    """``song`` in the time of its sound; its data still name the delay.

    The bars before the music take the delay up. Where the music starts at once they cannot, since
    its notes would no longer lie on their beats: beats that last as long as the delay go before.

    Raises:
        ChartError: the delay is more than the opening can take up.
    """
    delay_s = song.metadata.delay_ms / 1000
    stretched = shift_times(song.tempo_map, delay_s)
    # Nothing can be put before a chart that starts before its sound.
    if delay_s <= 0 or not holds_music(song, stretched.tempos[1].tick):
        return replace(song, tempo_map=stretched)
    opening = _opening(song.tempo_map, delay_s)
    length = opening[-1].tick
    return with_map(song, _after(song.tempo_map, opening, delay_s), lambda tick: tick + length)


def without_delay(song: Song) -> Song:
    """``song`` in the time of its sound, with nothing left for a player to delay.

    Raises:
        ChartError: the delay is more than the opening can take up.
    """
    settled = with_delay_in_map(song)
    return replace(settled, metadata=replace(song.metadata, delay_ms=0))


def _opening(tempo_map: TempoMap, delay_s: float) -> list[TimeSignature]:
    """The time signatures of beats near the song's tempo; the last is where its music starts."""
    first = tempo_map.signatures[0]
    per_beat = tempo_map.ticks_per_beat(first)
    beats = delay_s / (tempo_map.seconds(round(per_beat)))
    count = max(round(beats), 1)
    if beats < 0.5 and (part := _part(tempo_map, first, beats)) is not None:
        return [part, replace(first, tick=round(tempo_map.ticks_per_bar(part)))]
    rest = count % first.numerator  # as a short bar, so that the music starts with a bar
    opening = [TimeSignature(0, rest, first.denominator)] if rest else []
    if count > rest:
        opening.append(replace(first, tick=round(rest * per_beat)))
    return [*opening, replace(first, tick=round(count * per_beat))]


def _part(tempo_map: TempoMap, first: TimeSignature, beats: float) -> TimeSignature | None:
    """A bar of half a beat, a quarter … as near to ``beats`` as can be; None where none fits."""
    whole = tempo_map.resolution * 4
    fits: list[int] = []
    denominator = first.denominator * 2
    while denominator <= MAX_DENOMINATOR and whole % denominator == 0:
        fits.append(denominator)
        denominator *= 2
    if not fits:
        return None
    best = min(fits, key=lambda each: abs(math.log(first.denominator / each / beats)))
    return TimeSignature(0, 1, best)


def _after(tempo_map: TempoMap, opening: list[TimeSignature], delay_s: float) -> TempoMap:
    """The map behind ``opening``, which lasts ``delay_s``."""
    length = opening[-1].tick
    delay_us = delay_s * 1e6
    tempos = [
        replace(
            change,
            tick=change.tick + length,
            anchor_us=None if change.anchor_us is None else change.anchor_us + round(delay_us),
        )
        for change in tempo_map.tempos
    ]
    moved = [replace(each, tick=each.tick + length) for each in tempo_map.signatures]
    # Where whole bars of the same signature lead up to the music, its own says nothing new.
    known = opening[:-1]
    if (known[-1].numerator, known[-1].denominator) == (moved[0].numerator, moved[0].denominator):
        moved = moved[1:]
    return replace(
        tempo_map,
        tempos=(TempoChange(0, delay_us * tempo_map.resolution / length), *tempos),
        signatures=(*known, *moved),
    )
