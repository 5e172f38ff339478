"""Moving a chart's delay into its tempo map, so that its ticks match the audio."""

import math
from dataclasses import replace

from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.edits.tempo import with_map
from chart_hero_core.chart.lead_in import holds_music, music_ticks
from chart_hero_core.chart.song import Song
from chart_hero_core.timing.edits import FASTEST_US_PER_QUARTER, MAX_DENOMINATOR, shift_times
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

_UNHEARD_S = 0.01  # nobody hears that a note is off by less


def with_delay_in_map(song: Song) -> Song:
    """``song`` in the time of its sound; its data still name the delay.

    The bars before the music take the delay up. Where the music starts at once they cannot, since
    its notes would no longer lie on their beats: beats that last as long as the delay go before.
    A chart that starts before its sound has what lies before its first note pressed together.

    Raises:
        ChartError: the delay is more than the opening can take up, or notes lie before the sound.
    """
    delay_s = song.metadata.delay_ms / 1000
    if delay_s == 0:
        return song
    if delay_s < 0:
        return replace(song, tempo_map=_pressed(song, -delay_s))
    stretched = shift_times(song.tempo_map, delay_s)
    if not holds_music(song, stretched.tempos[1].tick):
        return replace(song, tempo_map=stretched)
    opening = _opening(song.tempo_map, delay_s)
    length = opening[-1].tick
    return with_map(song, _after(song.tempo_map, opening, delay_s), lambda tick: tick + length)


def without_delay(song: Song) -> Song:
    """``song`` in the time of its sound, with nothing left for a player to delay.

    Raises:
        ChartError: as :func:`with_delay_in_map`.
    """
    settled = with_delay_in_map(song)
    return replace(settled, metadata=replace(song.metadata, delay_ms=0))


def _pressed(song: Song, early_s: float) -> TempoMap:
    """The map of a chart that starts ``early_s`` before its sound: only its opening gives way."""
    _check_none_is_lost(song, early_s)
    start = song.tempo_map.tick_at(early_s - _UNHEARD_S)
    first = min((tick for tick in music_ticks(song) if tick >= start), default=None)
    try:
        bars = shift_times(song.tempo_map, -early_s)
    except ChartError:  # no bar is long enough
        if not first:
            raise
    else:
        # A note at tick 0 has no opening, and is early by less than anybody hears.
        if not first or bars.tempos[1].tick <= first:
            return bars
    return _pressed_up_to(song.tempo_map, first, early_s)


def _pressed_up_to(tempo_map: TempoMap, tick: int, early_s: float) -> TempoMap:
    """The map with one tempo before ``tick``, which comes ``early_s`` earlier."""
    quarters = tick / tempo_map.resolution
    wanted_s = tempo_map.seconds(tick) - early_s
    length_s = max(wanted_s, quarters * FASTEST_US_PER_QUARTER / 1e6)
    if length_s - wanted_s > _UNHEARD_S:
        raise ChartError(
            f"A delay of {-early_s * 1e3:.0f} ms leaves no time for the bars before the first "
            "note; use a smaller one."
        )
    later = [replace(each, anchor_us=None) for each in tempo_map.tempos if each.tick > tick]
    opening = TempoChange(0, length_s * 1e6 / quarters)
    change = TempoChange(tick, tempo_map.tempo_at(tick).us_per_quarter)
    return replace(tempo_map, tempos=(opening, change, *later))


def _check_none_is_lost(song: Song, early_s: float) -> None:
    """Nothing can be put before a chart that starts before its sound."""
    start = song.tempo_map.tick_at(early_s - _UNHEARD_S)
    lost = (sum(note.tick < start for note in each.notes) for each in song.tracks.values())
    count = max(lost, default=0)
    if count:
        notes = "1 note lies" if count == 1 else f"{count:,} notes lie"
        raise ChartError(
            f"With a delay of {-early_s * 1e3:.0f} ms {notes} before the start of the sound; "
            "use a smaller delay or move them."
        )


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
