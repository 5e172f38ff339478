"""Silence before a song: whole bars in front of its chart, for players to get ready."""

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from chart_hero_core.chart.edits.tempo import with_map
from chart_hero_core.chart.song import Song
from chart_hero_core.timing.tempo_map import TempoMap

# What checkers of charts ask for between the start and the first note.
LEAD_IN_S = 2.0
_VIDEO_START = "video_start_time"  # milliseconds of the video at the start of the chart
_PREVIEW_END = "preview_end_time"  # milliseconds


def with_lead_in(song: Song, least_s: float = LEAD_IN_S) -> tuple[Song, float]:
    """The song with whole bars before it, at its first tempo and time signature.

    Args:
        least_s: how long they last at least, in seconds.

    Returns:
        The later song, and how many seconds of silence its sound needs in front.
    """
    tempo_map = song.tempo_map
    bar_ticks = round(tempo_map.ticks_per_bar(tempo_map.signatures[0]))
    bar_s = bar_ticks / tempo_map.resolution * tempo_map.tempos[0].us_per_quarter / 1e6
    bars = max(math.ceil(least_s / bar_s - 1e-9), 1)
    shift, lead_s = bars * bar_ticks, bars * bar_s
    moved = with_map(song, _later(tempo_map, shift, lead_s), lambda tick: tick + shift)
    data, lead_ms = song.metadata, round(lead_s * 1000)
    preview_ms = data.preview_start_ms
    metadata = replace(
        data,
        length_ms=None if data.length_ms is None else data.length_ms + lead_ms,
        preview_start_ms=None if preview_ms is None else preview_ms + lead_ms,
        other=MappingProxyType(_other_later(data.other, lead_ms)),
    )
    return replace(moved, metadata=metadata), lead_s


def _later(tempo_map: TempoMap, shift: int, lead_s: float) -> TempoMap:
    """The same map with ``shift`` ticks of its first tempo and signature before it."""
    lead_us = round(lead_s * 1e6)
    tempos = [
        replace(
            change,
            tick=change.tick + shift,
            anchor_us=None if change.anchor_us is None else change.anchor_us + lead_us,
        )
        for change in tempo_map.tempos[1:]
    ]
    signatures = [replace(s, tick=s.tick + shift) for s in tempo_map.signatures[1:]]
    return replace(
        tempo_map,
        tempos=(replace(tempo_map.tempos[0], anchor_us=None), *tempos),
        signatures=(tempo_map.signatures[0], *signatures),
    )


def _other_later(other: Mapping[str, str], lead_ms: int) -> dict[str, str]:
    found = dict(other)
    # Where nothing is said, a video starts with the song.
    video_ms = _whole(found.get(_VIDEO_START, "0"))
    if video_ms is not None:
        found[_VIDEO_START] = str(video_ms - lead_ms)
    preview_ms = _whole(found.get(_PREVIEW_END, ""))
    if preview_ms is not None and preview_ms > 0:  # 0 and -1 say that there is none
        found[_PREVIEW_END] = str(preview_ms + lead_ms)
    return found


def _whole(text: str) -> int | None:
    try:
        return round(float(text))
    except (ValueError, OverflowError):
        return None
