"""Silence before a song: whole bars in front of its chart, to give players time to get ready."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from chart_hero_core.chart.edits.tempo import with_map
from chart_hero_core.chart.song import PREVIEW_END, Metadata, Song
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

# What checkers of charts ask for between the start and the first note.
LEAD_IN_S = 2.0
_VIDEO_START = "video_start_time"  # milliseconds of the video at the start of the chart


@dataclass(frozen=True, slots=True)
class _Opening:
    """What stands before the music and gives way to the lead-in.

    Attributes:
        end: the tick of the first beat that keeps its time, 0 where nothing gives way.
        bar_line: from where ``signature`` counts.
        signature, tempo: of the music, so of the lead-in as well.
    """

    end: int
    bar_line: int
    signature: TimeSignature
    tempo: TempoChange


def with_lead_in(song: Song, least_s: float = LEAD_IN_S) -> tuple[Song, float]:
    """The song with whole bars before it, at its first tempo and time signature.

    What only fills the time up to the first beat of the music (a beat or two of another tempo, a
    short bar) gives way to the bars.

    Args:
        least_s: how long the silence lasts at least, in seconds.

    Returns:
        The later song, and how many seconds of silence its sound needs in front.
    """
    tempo_map = song.tempo_map
    opening = _opening(song)
    bar_ticks = round(tempo_map.ticks_per_bar(opening.signature))
    tick_s = opening.tempo.us_per_quarter / tempo_map.resolution / 1e6
    end_s = tempo_map.seconds(opening.end)
    before = (least_s + end_s) / tick_s - opening.end + opening.bar_line
    bars = max(math.ceil(before / bar_ticks - 1e-9), math.ceil(opening.bar_line / bar_ticks), 1)
    shift = bars * bar_ticks - opening.bar_line
    lead_s = (opening.end + shift) * tick_s - end_s
    moved = with_map(song, _later(tempo_map, opening, shift, lead_s), lambda tick: tick + shift)
    return replace(moved, metadata=_data_later(song.metadata, round(lead_s * 1000))), lead_s


def _data_later(data: Metadata, lead_ms: int) -> Metadata:
    preview_ms = data.preview_start_ms
    return replace(
        data,
        length_ms=None if data.length_ms is None else data.length_ms + lead_ms,
        preview_start_ms=None if preview_ms is None else preview_ms + lead_ms,
        other=MappingProxyType(_other_later(data.other, lead_ms)),
    )


def _opening(song: Song) -> _Opening:
    tempo_map = song.tempo_map
    end, tempo = 0, tempo_map.tempos[0]
    for change in tempo_map.tempos[1:2]:
        bar_ticks = tempo_map.ticks_per_bar(tempo_map.signature_at(change.tick))
        if change.tick <= bar_ticks and not holds_music(song, change.tick):
            end, tempo = change.tick, change
    signature = tempo_map.signature_at(end)
    first_bar = tempo_map.ticks_per_bar(tempo_map.signatures[0])
    for following in tempo_map.signatures[1:2]:
        short = following.tick <= first_bar < tempo_map.ticks_per_bar(following)
        if signature.tick == 0 and short and not holds_music(song, 1):
            signature = following
    return _Opening(end, signature.tick, signature, tempo)


def holds_music(song: Song, end: int) -> bool:
    """Whether a note, of drums or anything else, lies before ``end``."""
    return any(tick < end for tick in music_ticks(song))


def music_ticks(song: Song) -> Iterator[int]:
    """The ticks of all notes, of drums and of other instruments, unordered."""
    for track in song.tracks.values():
        yield from (note.tick for note in track.notes)
    for foreign in song.foreign:
        # At tick 0 others have names and settings.
        yield from (item.tick for item in foreign.items if item.tick)


def _later(tempo_map: TempoMap, opening: _Opening, shift: int, lead_s: float) -> TempoMap:
    """The same map with the lead-in's tempo and signature before it, in place of the opening."""
    lead_us = round(lead_s * 1e6)
    tempos = [
        replace(
            change,
            tick=change.tick + shift,
            anchor_us=None if change.anchor_us is None else change.anchor_us + lead_us,
        )
        for change in tempo_map.tempos
        if change.tick > opening.end
    ]
    signatures = [
        replace(signature, tick=signature.tick + shift)
        for signature in tempo_map.signatures
        if signature.tick > opening.bar_line
    ]
    return replace(
        tempo_map,
        tempos=(replace(opening.tempo, tick=0, anchor_us=None), *tempos),
        signatures=(replace(opening.signature, tick=0), *signatures),
    )


def _other_later(other: Mapping[str, str], lead_ms: int) -> dict[str, str]:
    found = dict(other)
    # Where nothing is said, a video starts with the song.
    video_ms = _whole(found.get(_VIDEO_START, "0"))
    if video_ms is not None:
        found[_VIDEO_START] = str(video_ms - lead_ms)
    preview_ms = _whole(found.get(PREVIEW_END, ""))
    if preview_ms is not None and preview_ms > 0:  # 0 and -1 say that there is none
        found[PREVIEW_END] = str(preview_ms + lead_ms)
    return found


def _whole(text: str) -> int | None:
    try:
        return round(float(text))
    except (ValueError, OverflowError):
        return None
