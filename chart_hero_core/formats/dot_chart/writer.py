"""Writing a notes.chart: UTF-8, ``[Song]`` and ``[SyncTrack]`` first, ticks never going back."""

from collections.abc import Iterable, Mapping

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.song import Difficulty, Dynamic, Note, PhraseKind, Song, Track
from chart_hero_core.formats.dot_chart.codes import (
    ACCENT_OFFSET,
    CYMBAL_OFFSET,
    DOUBLE_KICK,
    DRUMS,
    EVENTS,
    GHOST_OFFSET,
    PHRASE_CODES,
    SOLO,
    SOLO_END,
    SONG,
    SOURCE,
    SYNC,
    is_safe_line,
    is_safe_name,
)
from chart_hero_core.formats.dot_chart.tempo import is_stream_line, song_lines, sync_lines
from chart_hero_core.formats.drum_notes import charted, is_pro, mix_difficulty, music_end
from chart_hero_core.formats.event_texts import texts_to_write
from chart_hero_core.formats.limits import MAX_TICK
from chart_hero_core.formats.phrases import spans_of_phrases
from chart_hero_core.formats.text import encode_text, one_line

_KIND_CODES = {kind: code for code, kind in PHRASE_CODES.items()}
_DYNAMIC_OFFSETS = {Dynamic.ACCENT: ACCENT_OFFSET, Dynamic.GHOST: GHOST_OFFSET}

_Lines = list[tuple[int, str]]


def write_chart(
    song: Song, *, streams: Mapping[str, str] | None = None, lone: bool = False
) -> bytes:
    """The notes.chart of ``song``; the same song always gives the same bytes.

    Args:
        song: what to write. Flams cannot be said in a .chart.
        streams: audio files for [Song], e.g. ``{"MusicStream": "song.ogg"}``, in place of those
            of a loaded file; None keeps those.
        lone: the file will have no song.ini beside it, so it must hold the delay itself.

    Raises:
        ChartError: a tempo, signature or tick cannot be said in a .chart.
    """
    untimed, timed = _foreign_lines(song, keep_streams=streams is None)
    song_section = song_lines(song, streams, lone) + untimed.pop(SONG, [])
    sections: dict[str, tuple[list[str], _Lines]] = {
        SONG: (song_section, []),
        SYNC: (
            untimed.pop(SYNC, []),
            sync_lines(song.tempo_map, music_end(song)) + timed.pop(SYNC, []),
        ),
        EVENTS: (untimed.pop(EVENTS, []), _event_lines(song) + timed.pop(EVENTS, [])),
    }
    pro = is_pro(song)
    for name, difficulty in DRUMS.items():
        track = song.tracks.get(difficulty, Track())
        lines = _drum_lines(track, difficulty, pro) + timed.pop(name, [])
        rest = untimed.pop(name, [])
        if lines or rest:
            sections[name] = (rest, lines)
    for name, lines_without_tick in untimed.items():
        sections[name] = (lines_without_tick, timed.get(name, []))
    return encode_text("".join(_section_text(name, *parts) for name, parts in sections.items()))


def _section_text(name: str, untimed: list[str], timed: _Lines) -> str:
    lines = [f"[{name}]", "{", *(f"  {line}" for line in untimed)]
    for tick, data in sorted(timed, key=lambda line: line[0]):
        if not 0 <= tick <= MAX_TICK:
            raise ChartError(f"Tick {tick} cannot be written; it must lie in 0 to {MAX_TICK}.")
        lines.append(f"  {tick} = {data}")
    return "\n".join((*lines, "}", ""))


def _foreign_lines(
    song: Song, keep_streams: bool
) -> tuple[dict[str, list[str]], dict[str, _Lines]]:
    """Lines kept from the loaded file by section: those without and those with a tick."""
    untimed: dict[str, list[str]] = {}
    timed: dict[str, _Lines] = {}
    for foreign in song.foreign:
        if foreign.source != SOURCE:
            continue
        for item in foreign.items:
            data = one_line(item.data)
            if not is_safe_name(item.place):
                raise ChartError(
                    f"A section kept from the file has no usable name: {item.place!r}."
                )
            lines = untimed.setdefault(item.place, [])  # all places: this keeps their order
            if item.tick is not None:
                timed.setdefault(item.place, []).append((item.tick, data))
                continue
            stale = item.place == SONG and not keep_streams and is_stream_line(data)
            if is_safe_line(data) and not stale:
                lines.append(data)
    return untimed, timed


def _event_lines(song: Song) -> _Lines:
    texts = texts_to_write(song.sections, song.events, song.end_tick)
    return [(tick, f'E "{_quotable(text)}"') for tick, text in texts]


def _quotable(text: str) -> str:
    return one_line(text).replace('"', "'")


def _drum_lines(track: Track, difficulty: Difficulty, pro: bool) -> _Lines:
    """The lines of a drum section, at each tick texts, phrases, notes, ends of solos."""
    said = charted(track, difficulty, pro)
    lines: _Lines = []
    for event in said.events:
        text = _quotable(event.text)
        if mix_difficulty(text) is not None:
            text = text.replace(" ", "_")
        if text.lower() not in (SOLO, SOLO_END):
            lines.append((event.tick, f"E {text}"))
    ends: _Lines = []
    for span in spans_of_phrases(track.phrases):
        if span.kind is PhraseKind.SOLO:
            lines.append((span.tick, f"E {SOLO}"))
            ends.append((span.tick + span.length - 1, f"E {SOLO_END}"))
        else:
            lines.append((span.tick, f"S {_KIND_CODES[span.kind]} {span.length}"))
    lines += _note_lines(said.notes)
    return lines + ends


def _note_lines(notes: Iterable[Note]) -> _Lines:
    lines: _Lines = []
    for note in notes:
        lane = int(note.lane)
        double = note.lane is Lane.KICK and note.double_kick
        lines.append((note.tick, f"N {DOUBLE_KICK if double else lane} {note.length}"))
        if note.dynamic in _DYNAMIC_OFFSETS:
            lines.append((note.tick, f"N {_DYNAMIC_OFFSETS[note.dynamic] + lane} 0"))
        if note.cymbal and note.lane >= Lane.YELLOW:
            lines.append((note.tick, f"N {CYMBAL_OFFSET + lane} 0"))
    return lines
