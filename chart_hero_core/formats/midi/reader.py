"""The second half of reading a .mid: notes, phrases and texts of the drum track -> Song."""

import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import MappingProxyType

from chart_hero_core.base.drums import Lane
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
from chart_hero_core.formats.drum_notes import (
    Gem,
    Kit,
    kit_of,
    mix_difficulty,
    normal_mix,
    notes_of_gems,
    ordered_events,
    tell_of_kit,
)
from chart_hero_core.formats.event_texts import (
    DYNAMICS_TEXT,
    SongTexts,
    is_structure,
    without_brackets,
)
from chart_hero_core.formats.midi.codes import (
    ACCENT,
    DOUBLE_KICK,
    DRUMS,
    EVENTS,
    FILL_PITCHES,
    FLAM,
    GEMS,
    GHOST,
    LANE_KINDS,
    PHRASE_PITCHES,
    SOURCE,
    TOM_MARKERS,
    easiest_of_lane,
    longest_short_note,
)
from chart_hero_core.formats.midi.smf import TEXT, Message, read_smf
from chart_hero_core.formats.midi.tracks import (
    PairedNote,
    SortedTracks,
    foreign_items,
    pair_notes,
    sort_tracks,
)
from chart_hero_core.formats.phrases import Span, phrases_of_spans
from chart_hero_core.formats.result import ReadResult, Repairs
from chart_hero_core.formats.text import decode_short, one_line

_SOLO_TEXTS = ("solo", "soloend")  # words of a .chart, without a meaning in a .mid


def read_midi(
    data: bytes, *, pro_drums: bool | None = None, five_lane: bool | None = None
) -> ReadResult:
    """Read a notes.mid. ``pro_drums`` and ``five_lane`` are what song.ini says, if it does.

    Without them tom markers tell a pro chart, a fifth pad a 5-lane one (brought onto a 4-lane
    pro kit), and any other is plain 4-lane: all its pads are toms.

    Raises:
        FormatError: it is no MIDI file, or broken beyond mending.
    """
    repairs = Repairs()
    tracks = sort_tracks(read_smf(data, repairs), repairs)
    texts = SongTexts()
    foreign = _read_events(tracks, texts)
    if not tracks.drums:
        repairs.add("The file has no PART DRUMS track, so there are no drum notes.")
    part = _DrumPart.of(tracks, texts, repairs)
    kit = part.kit(pro_drums, five_lane)
    tell_of_kit(kit, part.marked, repairs)
    items = (*part.foreign, *foreign, *tracks.foreign)
    song = Song(
        metadata=Metadata(pro_drums=kit is not Kit.FOUR_LANE),
        tempo_map=tracks.tempo_map,
        tracks=MappingProxyType(part.tracks(kit, repairs)),
        sections=tuple(sorted(texts.sections, key=lambda section: section.tick)),
        end_tick=texts.end_tick,
        foreign=(Foreign(SOURCE, items),) if items else (),
        events=tuple(sorted(texts.events, key=lambda event: event.tick)),
    )
    return ReadResult(song, repairs.sentences())


def _read_events(tracks: SortedTracks, texts: SongTexts) -> list[ForeignItem]:
    """Fill ``texts`` from the EVENTS tracks; returns what else they hold."""
    rest: list[Message] = []
    for track in tracks.events:
        for message in track.messages:
            text = _text(message)
            inner = text and (without_brackets(text) or (text if is_structure(text) else None))
            if inner:
                texts.take(message.tick, inner)
            else:
                rest.append(message)
    return foreign_items(EVENTS, _by_tick(rest))


def _text(message: Message) -> str | None:
    return one_line(decode_short(message.data[2:])) if message.is_meta(TEXT) else None


def _by_tick(messages: Iterable[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: message.tick)


class _Cover:
    """The ticks over which some markers are held."""

    def __init__(self, markers: Iterable[PairedNote]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for marker in sorted(markers):
            end = marker.tick + max(marker.length, 1)  # a marker of no length holds its own tick
            if self._ends and marker.tick <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(marker.tick)
                self._ends.append(end)

    def __contains__(self, tick: int) -> bool:
        index = bisect.bisect_right(self._starts, tick) - 1
        return index >= 0 and tick < self._ends[index]


@dataclass(slots=True)
class _DrumPart:
    """The drum track taken apart, before the kind of its kit is known."""

    gems: dict[Difficulty, list[Gem]]
    spans: list[tuple[Difficulty, Span]]  # with the easiest difficulty they hold on
    marked: bool
    longest_short: int  # ticks
    events: dict[Difficulty, list[TextEvent]] = field(default_factory=dict)
    foreign: list[ForeignItem] = field(default_factory=list)

    @staticmethod
    def of(tracks: SortedTracks, texts: SongTexts, repairs: Repairs) -> "_DrumPart":
        notes: list[PairedNote] = []
        rest: list[Message] = []
        for track in tracks.drums:
            paired, others = pair_notes(track, repairs)
            notes += paired
            rest += others
        rest, dynamics = _without_dynamics_text(_by_tick(rest))
        gems, marked = _gems(notes, tracks.tempo_map.resolution, dynamics)
        short = longest_short_note(tracks.tempo_map.resolution)
        part = _DrumPart(gems, _spans(notes, repairs), marked, short)
        part.foreign = foreign_items(DRUMS, part._take_texts(rest, texts if tracks.mixed else None))
        return part

    def _take_texts(self, messages: list[Message], texts: SongTexts | None) -> list[Message]:
        """Give the tracks their texts; returns what is left over."""
        self.events = {difficulty: [] for difficulty in self.gems}
        rest = []
        for message in messages:
            text = _text(message)
            inner = text and (normal_mix(text) or without_brackets(text))
            if inner and texts is not None and is_structure(inner):
                texts.take(message.tick, inner)
            elif not inner or not self._take_text(message.tick, inner):
                rest.append(message)
        return rest

    def _take_text(self, tick: int, text: str) -> bool:
        difficulty = mix_difficulty(text)
        wanted = list(self.gems) if difficulty is None else [difficulty]
        if text.lower() in _SOLO_TEXTS or not self.gems or wanted[0] not in self.gems:
            return False
        for each in wanted:
            self.events[each].append(TextEvent(tick, text))
        return True

    def kit(self, pro_drums: bool | None, five_lane: bool | None) -> Kit:
        fifth = any(gem.pad == 5 for gems in self.gems.values() for gem in gems)
        return kit_of(pro_drums, five_lane, self.marked, fifth)

    def tracks(self, kit: Kit, repairs: Repairs) -> dict[Difficulty, Track]:
        found: dict[Difficulty, Track] = {}
        present = sorted(self.gems, reverse=True) or ([Difficulty.EXPERT] if self.spans else [])
        phrases = phrases_of_spans((span for _, span in self.spans), repairs)
        easiest: dict[tuple[int, PhraseKind], Difficulty] = {}
        for lowest, span in self.spans:
            key = (span.tick, span.kind)
            easiest[key] = min(easiest.get(key, lowest), lowest)
        for difficulty in present:
            events = ordered_events(self.events.get(difficulty, ()))
            gems = self.gems.get(difficulty, [])
            found[difficulty] = Track(
                notes=notes_of_gems(gems, kit, events, difficulty, repairs, self.longest_short),
                phrases=tuple(p for p in phrases if difficulty >= easiest[p.tick, p.kind]),
                events=events,
            )
        return found


def _without_dynamics_text(messages: list[Message]) -> tuple[list[Message], bool]:
    rest = [
        message
        for message in messages
        if (_text(message) or "").strip("[]").strip() != DYNAMICS_TEXT
    ]
    return rest, len(rest) != len(messages)


def _gems(
    notes: list[PairedNote], resolution: int, dynamics: bool
) -> tuple[dict[Difficulty, list[Gem]], bool]:
    """The gems by difficulty, and whether any tom marker lies over a note."""
    toms = {
        int(lane): _Cover(note for note in notes if note.pitch == pitch)
        for lane, pitch in TOM_MARKERS.items()
    }
    flams = _Cover(note for note in notes if note.pitch == FLAM)
    # The marker lies over the whole chord; where hands play, the foot has no part in it.
    hands = {note.tick for note in notes if GEMS.get(note.pitch, (None, 0))[1] > Lane.KICK}
    short = longest_short_note(resolution)
    loud = {ACCENT: Dynamic.ACCENT, GHOST: Dynamic.GHOST} if dynamics else {}
    found: dict[Difficulty, list[Gem]] = {}
    marked = False
    for note in notes:
        if note.pitch not in GEMS:
            continue
        difficulty, pad = GEMS[note.pitch]
        marked = marked or any(note.tick in cover for cover in toms.values())
        cymbal = pad in toms and note.tick not in toms[pad]
        gem = Gem(
            tick=note.tick,
            pad=max(pad, int(Lane.KICK)),
            cymbal=cymbal,
            dynamic=loud.get(note.velocity, Dynamic.NORMAL),
            flam=note.tick in flams and (pad > Lane.KICK or note.tick not in hands),
            double_kick=pad == DOUBLE_KICK,
            length=note.length if note.length > short else 0,
        )
        found.setdefault(difficulty, []).append(gem)
    return found, marked


def _spans(notes: list[PairedNote], repairs: Repairs) -> list[tuple[Difficulty, Span]]:
    found = []
    fills = {note.tick for note in notes if note.pitch == FILL_PITCHES[0]}
    for note in notes:
        kind = PHRASE_PITCHES.get(note.pitch)
        if kind is not None:
            lane = kind in LANE_KINDS
            easiest = easiest_of_lane(note.velocity) if lane else Difficulty.EASY
            found.append((easiest, Span(note.tick, kind, note.length)))
        elif note.pitch in FILL_PITCHES and note.tick not in fills:
            repairs.add("A part of a drum fill without its first lane was left out.")
    return found
