"""Places of a song as people type them: a bar, a beat, a time, a section."""

from __future__ import annotations

import re

from chart_hero_core.chart.song import Song

_TIME = re.compile(r"(\d{1,4}):(\d\d(?:[.,]\d+)?)")
_SECONDS = re.compile(r"(\d{1,6}(?:[.,]\d+)?) ?s")
_BAR = re.compile(r"(\d{1,6})(?::(\d))?")


def place_of(text: str, song: Song) -> float | None:
    """The time in seconds of ``17``, ``17:3`` (bar and beat), ``1:05.2``, ``65.2 s`` or a section.

    Two digits after the colon are seconds. None where it is none of these.
    """
    text = text.strip()
    if found := _TIME.fullmatch(text):
        return int(found[1]) * 60 + _number(found[2])
    if found := _SECONDS.fullmatch(text):
        return _number(found[1])
    if found := _BAR.fullmatch(text):
        return _beat_s(song, int(found[1]), int(found[2] or 1))
    return _section_s(song, text)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _beat_s(song: Song, bar: int, beat: int) -> float | None:
    """The time of a bar and beat, both from 1; None where the bar has no such beat."""
    tempo_map = song.tempo_map
    start = tempo_map.bar_start(bar - 1)
    signature = tempo_map.signature_at(start)
    if bar < 1 or not 1 <= beat <= signature.numerator:
        return None
    return tempo_map.seconds(start + round((beat - 1) * tempo_map.ticks_per_beat(signature)))


def _section_s(song: Song, text: str) -> float | None:
    """The start of the section that is called so, else of the first that begins so."""
    wanted = text.casefold()
    names = {section.tick: section.name.casefold() for section in song.sections}
    same = [tick for tick, name in names.items() if name == wanted]
    alike = [tick for tick, name in names.items() if wanted and name.startswith(wanted)]
    return song.tempo_map.seconds((same or alike)[0]) if alike else None
