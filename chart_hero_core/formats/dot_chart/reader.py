"""The second half of reading a .chart: notes, phrases and texts of the drum sections -> Song."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Foreign,
    ForeignItem,
    Metadata,
    PhraseKind,
    Song,
    TextEvent,
    Track,
)
from chart_hero_core.formats.dot_chart.codes import (
    ACCENT_OFFSET,
    CYMBAL_OFFSET,
    DOUBLE_KICK,
    DRUMS,
    EVENTS,
    GHOST_OFFSET,
    KNOWN,
    PHRASE_CODES,
    SOLO,
    SOLO_END,
    SONG,
    SOURCE,
    SYNC,
)
from chart_hero_core.formats.dot_chart.sections import ChartSection, Line, read_sections
from chart_hero_core.formats.dot_chart.tempo import read_song_section, read_sync_section
from chart_hero_core.formats.drum_notes import (
    FIFTH_PAD,
    Gem,
    Kit,
    kit_of,
    normal_mix,
    notes_of_gems,
    ordered_events,
    tell_of_kit,
)
from chart_hero_core.formats.event_texts import DYNAMICS_TEXT, SongTexts, without_brackets
from chart_hero_core.formats.limits import MAX_BYTES, MAX_TICK
from chart_hero_core.formats.phrases import Span, phrases_of_spans
from chart_hero_core.formats.result import ReadResult, Repairs
from chart_hero_core.formats.text import decode_text, one_line
from chart_hero_core.timing.tempo_map import TempoMap

_CODE_LENGTH = re.compile(r"(\d{1,4})(?:\s+(\d{1,10}))?(?:\s.*)?")
_NAMED_PLACES = 3
_PADS = range(FIFTH_PAD + 1)


def _of_unknown_sections(sections: Mapping[str, ChartSection]) -> list[ForeignItem]:
    unknown = (section for name, section in sections.items() if name not in KNOWN)
    return [item for section in unknown for item in section.foreign_items()]


def read_chart(
    data: bytes, *, pro_drums: bool | None = None, five_lane: bool | None = None
) -> ReadResult:
    """Read a notes.chart. ``pro_drums`` and ``five_lane`` are what song.ini says, if it does.

    Without them cymbal marks tell a pro chart, a fifth pad a 5-lane one (brought onto a 4-lane
    pro kit), and any other is plain 4-lane: all its pads are toms.

    Raises:
        FormatError: it is no .chart, or broken beyond mending.
    """
    if len(data) > MAX_BYTES:
        raise FormatError("This .chart is larger than 64 MB; it does not look like a chart.")
    repairs = Repairs()
    text, sentence = decode_text(data)
    if sentence is not None:
        repairs.add(sentence)
    sections = read_sections(text, repairs)
    metadata, resolution, items = read_song_section(sections.get(SONG), repairs)
    tempo_map, more = read_sync_section(sections.get(SYNC), resolution, repairs)
    items += more
    texts = _read_events(sections.get(EVENTS), items, repairs)
    parts = {
        difficulty: _DrumPart.of(sections[name], tempo_map, repairs)
        for name, difficulty in DRUMS.items()
        if name in sections
    }
    items += [item for part in parts.values() for item in part.foreign]
    items += _of_unknown_sections(sections)
    kit = _kit(parts.values(), pro_drums, five_lane, repairs)
    tracks = {key: part.track(kit, key, repairs) for key, part in parts.items()}
    song = Song(
        metadata=_with_kit(metadata, kit),
        tempo_map=tempo_map,
        tracks=MappingProxyType({key: track for key, track in tracks.items() if track != Track()}),
        sections=tuple(texts.sections),
        end_tick=texts.end_tick,
        foreign=(Foreign(SOURCE, tuple(items)),) if items else (),
        events=tuple(texts.events),
    )
    return ReadResult(song, repairs.sentences())


def _with_kit(metadata: Metadata, kit: Kit) -> Metadata:
    return replace(metadata, pro_drums=kit is not Kit.FOUR_LANE, five_lane=False)


def _kit(
    parts: Iterable["_DrumPart"],
    pro_drums: bool | None,
    five_lane: bool | None,
    repairs: Repairs,
) -> Kit:
    gems = [gem for part in parts for gem in part.gems]
    marked = any(gem.cymbal for gem in gems)
    kit = kit_of(pro_drums, five_lane, marked, any(gem.pad == FIFTH_PAD for gem in gems))
    tell_of_kit(kit, marked, repairs)
    return kit


def _read_events(
    section: ChartSection | None, items: list[ForeignItem], repairs: Repairs
) -> SongTexts:
    texts = SongTexts()
    if section is None:
        return texts
    items += [ForeignItem(EVENTS, None, line) for line in section.untimed]
    for line in section.lines:
        text = _event_text(line, repairs)
        if text:
            texts.take(line.tick, text)
        else:
            items.append(ForeignItem(EVENTS, line.tick, line.data))
    return texts


def _event_text(line: Line, repairs: Repairs) -> str:
    """The text of an E line without quotes and brackets, empty for other lines."""
    if line.code.upper() != "E":
        return ""
    text = line.values.strip()
    if text.startswith('"'):
        text = text[1:].removesuffix('"')
    if '"' in text:
        repairs.add("Double quotes inside a text were turned into single ones.")
        text = text.replace('"', "'")
    text = one_line(text)
    return without_brackets(text) or text


@dataclass(slots=True)
class _DrumPart:
    """One drum section taken apart, before the kind of its kit is known."""

    name: str
    gems: list[Gem] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    events: list[TextEvent] = field(default_factory=list)
    foreign: list[ForeignItem] = field(default_factory=list)
    codes: dict[int, dict[int, int]] = field(default_factory=dict)  # tick -> code -> length
    solos: list[tuple[int, str]] = field(default_factory=list)

    @staticmethod
    def of(section: ChartSection, tempo_map: TempoMap, repairs: Repairs) -> "_DrumPart":
        part = _DrumPart(section.name)
        part.foreign = [ForeignItem(section.name, None, line) for line in section.untimed]
        for line in section.lines:
            part._take(line, repairs)
        part.gems, orphans = _gems(part.codes)
        _tell_of_orphans(orphans, section.name, tempo_map, repairs)
        last = section.lines[-1].tick if section.lines else 0
        part.spans += _solo_spans(part.solos, last, repairs)
        return part

    def _take(self, line: Line, repairs: Repairs) -> None:
        code = line.code.upper()
        if code == "E":
            taken = self._take_text(line.tick, _event_text(line, repairs))
        else:
            match = _CODE_LENGTH.fullmatch(line.values)
            most = MAX_TICK - line.tick  # or its end could not be written
            numbers = (int(match[1]), min(int(match[2] or 0), most)) if match else (-1, 0)
            taken = self._take_numbers(code, line.tick, *numbers)
        if not taken:
            self.foreign.append(ForeignItem(self.name, line.tick, line.data))

    def _take_text(self, tick: int, text: str) -> bool:
        if text.lower() in (SOLO, SOLO_END):
            self.solos.append((tick, text.lower()))
        elif text and text != DYNAMICS_TEXT:  # only a .mid needs that one
            self.events.append(TextEvent(tick, normal_mix(text) or text))
        return bool(text)

    def _take_numbers(self, code: str, tick: int, number: int, length: int) -> bool:
        if code == "N" and _is_note_code(number):
            codes = self.codes.setdefault(tick, {})
            codes[number] = max(length, codes.get(number, 0))
        elif code == "S" and number in PHRASE_CODES:
            self.spans.append(Span(tick, PHRASE_CODES[number], length))
        else:
            return False
        return True

    def track(self, kit: Kit, difficulty: Difficulty, repairs: Repairs) -> Track:
        events = ordered_events(self.events)
        return Track(
            notes=notes_of_gems(self.gems, kit, events, difficulty, repairs),
            phrases=phrases_of_spans(self.spans, repairs),
            events=events,
        )


def _is_note_code(number: int) -> bool:
    offsets = (0, ACCENT_OFFSET, GHOST_OFFSET)
    is_pad = any(number - offset in _PADS for offset in offsets)
    return is_pad or number == DOUBLE_KICK or number - CYMBAL_OFFSET in (2, 3, 4)


def _gems(codes: dict[int, dict[int, int]]) -> tuple[list[Gem], list[int]]:
    """The gems, and the tick of every mark without its note."""
    found: list[Gem] = []
    orphans: list[int] = []
    for tick, lengths in codes.items():
        kinds = set(lengths)
        bases = kinds & {*_PADS, DOUBLE_KICK}
        if DOUBLE_KICK in bases:
            bases.discard(0)
        for base in sorted(bases):
            pad = 0 if base == DOUBLE_KICK else base
            found.append(
                Gem(
                    tick=tick,
                    pad=pad,
                    cymbal=CYMBAL_OFFSET + pad in kinds,
                    dynamic=_dynamic(pad, kinds),
                    double_kick=base == DOUBLE_KICK,
                    length=lengths[base],
                )
            )
        pads = {0 if base == DOUBLE_KICK else base for base in bases}
        orphans += [tick for code in kinds if _pad_changed(code) not in (None, *pads)]
    return found, orphans


def _tell_of_orphans(orphans: list[int], name: str, tempo_map: TempoMap, repairs: Repairs) -> None:
    if not orphans:
        return
    beats = dict.fromkeys(tempo_map.bar_beat(tick)[:2] for tick in sorted(orphans))
    places = [f"bar {bar + 1}, beat {beat + 1}" for bar, beat in beats]
    more = len(places) - _NAMED_PLACES
    named = "; ".join(places[:_NAMED_PLACES]) + (f"; {more} more" if more > 0 else "")
    sentence = f"A mark without its note in [{name}] was left out ({named})."
    repairs.add(sentence, len(orphans))


def _dynamic(pad: int, kinds: set[int]) -> Dynamic:
    if ACCENT_OFFSET + pad in kinds:
        return Dynamic.ACCENT
    return Dynamic.GHOST if GHOST_OFFSET + pad in kinds else Dynamic.NORMAL


def _pad_changed(code: int) -> int | None:
    """The pad that a mark belongs to; None for codes that are notes themselves."""
    for offset in (CYMBAL_OFFSET, GHOST_OFFSET, ACCENT_OFFSET):
        if code >= offset:
            return code - offset
    return None


def _solo_spans(solos: list[tuple[int, str]], last: int, repairs: Repairs) -> list[Span]:
    """Solos from their start up to and including the tick of their end."""
    words: dict[int, set[str]] = {}
    for tick, word in solos:
        words.setdefault(tick, set()).add(word)
    spans: list[Span] = []
    start: int | None = None
    for tick, found in words.items():
        both = len(found) == 2
        if SOLO_END in found and start is not None:
            spans.append(Span(start, PhraseKind.SOLO, tick - start + 1))
            start = tick if both else None
        elif both:
            spans.append(Span(tick, PhraseKind.SOLO, 1))
        elif SOLO in found and start is None:
            start = tick
        else:
            repairs.add("A solo's start or end without its counterpart was left out.")
    if start is not None:
        repairs.add("A solo that never ended was ended.")
        spans.append(Span(start, PhraseKind.SOLO, last - start + 1))
    return spans
