"""Random songs that a file format can hold, for round-trip properties."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Foreign,
    ForeignItem,
    Metadata,
    Note,
    Phrase,
    PhraseKind,
    Section,
    Song,
    TextEvent,
    Track,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

LAST_TICK = 4000
LANE_KINDS = (PhraseKind.ROLL, PhraseKind.DOUBLE_ROLL, PhraseKind.KICK_LANE)
_RESERVED = ("section", "prc", "end", "solo", "mix", "enable")


def ticks(last: int = LAST_TICK) -> st.SearchStrategy[int]:
    return st.integers(0, last)


def texts() -> st.SearchStrategy[str]:
    """One-line texts without what a .chart cannot hold."""
    letters = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='"[]{}=')
    plain = st.text(letters, min_size=1, max_size=12).map(str.strip)
    return plain.filter(lambda text: text and not text.lower().startswith(_RESERVED))


@st.composite
def tempo_maps(draw: st.DrawFn, chart: bool, slowest_us: int = 0xFFFFFF) -> TempoMap:
    if chart:
        lengths = st.integers(3600, 2_000_000).map(lambda code: 60_000_000_000.0 / code)
    else:
        lengths = st.integers(1, slowest_us).map(float)
    tempos = draw(st.dictionaries(ticks(), lengths, max_size=4))
    tempos.setdefault(0, 500_000.0)
    powers = st.integers(0, 6).map(lambda power: 1 << power)
    signatures = draw(st.dictionaries(ticks(), st.tuples(st.integers(1, 255), powers), max_size=3))
    signatures.setdefault(0, (4, 4))
    tempo_map = TempoMap(
        draw(st.sampled_from((1, 7, 96, 192, 480, 960, 32_767))),
        tuple(TempoChange(tick, tempos[tick]) for tick in sorted(tempos)),
        tuple(TimeSignature(tick, *signatures[tick]) for tick in sorted(signatures)),
    )
    anchored = draw(st.sets(st.sampled_from(sorted(tempos)))) if chart else set()
    changes = tuple(
        replace(change, anchor_us=round(tempo_map.seconds(change.tick) * 1e6))
        if change.tick in anchored
        else change
        for change in tempo_map.tempos
    )
    return replace(tempo_map, tempos=changes)


@st.composite
def _phrases(draw: st.DrawFn, kinds: tuple[PhraseKind, ...]) -> list[Phrase]:
    found = []
    for kind in draw(st.lists(st.sampled_from(kinds), unique=True, max_size=4)):
        edges = sorted(draw(st.sets(ticks(), max_size=6)))
        shortest = 2 if kind is PhraseKind.ACTIVATION else 1
        for start, end in zip(edges[::2], edges[1::2], strict=False):
            found.append(Phrase(kind, start, max(end - start, shortest)))
    return _without_touching(found)


def _without_touching(phrases: list[Phrase]) -> list[Phrase]:
    """Sorted as in a track, leaving out what would run into the next of its kind."""
    kept: list[Phrase] = []
    last: dict[PhraseKind, Phrase] = {}
    for phrase in sorted(phrases, key=lambda p: (p.tick, p.kind.value)):
        before = last.get(phrase.kind)
        if before is None or before.end_tick <= phrase.tick:
            kept.append(phrase)
            last[phrase.kind] = phrase
    return kept


@st.composite
def _events(draw: st.DrawFn, difficulties: list[Difficulty]) -> dict[Difficulty, Any]:
    """Mix events by difficulty and texts that all tracks share."""
    shared = [
        TextEvent(t, text) for t, text in draw(st.lists(st.tuples(ticks(), texts()), max_size=2))
    ]
    found = {}
    for difficulty in difficulties:
        mixes = draw(st.dictionaries(ticks(), st.sampled_from(("d", "", "dnoflip")), max_size=3))
        own = [TextEvent(tick, f"mix {difficulty:d} drums2{flag}") for tick, flag in mixes.items()]
        found[difficulty] = tuple(sorted([*shared, *own], key=lambda e: (e.tick, e in own)))
    return found


def flipped(events: tuple[TextEvent, ...], tick: int) -> bool:
    """Whether a disco flip holds at ``tick`` (one mix event a tick at most)."""
    mixes = [e for e in events if e.text.startswith("mix ") and e.tick <= tick]
    return bool(mixes) and mixes[-1].text.endswith("d")


@st.composite
def _gems(draw: st.DrawFn, resolution: int, flams: bool) -> list[Note]:
    """Notes of an Expert track: flams of all hands at a tick, sustains too long to be none."""
    chords = draw(st.dictionaries(ticks(), st.sets(st.sampled_from(Lane), min_size=1), max_size=12))
    notes = []
    following: dict[Lane, int] = {}
    for tick in sorted(chords, reverse=True):
        flam = flams and draw(st.booleans())
        for lane in sorted(chords[tick]):
            room = following.get(lane, tick + 100_000) - tick
            following[lane] = tick
            length = resolution // 3 + 2 + draw(st.integers(0, 50))
            # Under a disco flip red and yellow swap, and a sustain would be cut by another lane.
            plain = lane not in (Lane.RED, Lane.YELLOW)
            sustained = plain and length <= room and draw(st.booleans())
            notes.append(
                Note(
                    tick,
                    lane,
                    cymbal=lane >= Lane.YELLOW and draw(st.booleans()),
                    dynamic=draw(st.sampled_from(Dynamic)),
                    flam=flam and (lane > Lane.KICK or len(chords[tick]) == 1),
                    double_kick=lane is Lane.KICK and draw(st.booleans()),
                    length=length if sustained else 0,
                )
            )
    return sorted(notes, key=lambda note: note.sort_key)


@st.composite
def songs(draw: st.DrawFn, chart: bool, both: bool = False) -> Song:
    """Songs that one format (``chart`` or .mid), or both, can hold without loss."""
    tempo_map = draw(tempo_maps(chart, 16_000_000 if both else 0xFFFFFF))
    everything = draw(_gems(tempo_map.resolution, flams=not chart and not both))
    difficulties = [Difficulty.EXPERT, *draw(st.sets(st.sampled_from(list(Difficulty)[:3])))]
    events = draw(_events(difficulties))
    common = draw(_phrases(tuple(kind for kind in PhraseKind if kind not in LANE_KINDS)))
    lanes = [(p, draw(st.sampled_from(difficulties))) for p in draw(_phrases(LANE_KINDS))]
    tracks = {}
    for difficulty in sorted(difficulties, reverse=True):
        notes = everything
        if difficulty is not Difficulty.EXPERT:
            notes = [note for note in everything if draw(st.booleans())]
        notes = [
            n
            for n in notes
            if n.cymbal or n.lane is not Lane.YELLOW or not flipped(events[difficulty], n.tick)
        ]
        if notes:
            phrases = [*common, *(p for p, easiest in lanes if difficulty >= easiest)]
            phrases.sort(key=lambda p: (p.tick, p.kind.value))
            tracks[difficulty] = Track(tuple(notes), tuple(phrases), events=events[difficulty])
    sections = draw(st.dictionaries(ticks(), st.tuples(texts(), st.booleans()), max_size=3))
    others = draw(st.dictionaries(ticks(), texts(), max_size=3))
    return Song(
        metadata=draw(_metadata()) if chart and not both else Metadata(),
        tempo_map=tempo_map,
        tracks=MappingProxyType(tracks),
        sections=tuple(Section(tick, *sections[tick]) for tick in sorted(sections)),
        end_tick=draw(st.none() | ticks()),
        foreign=() if both else draw(_foreign(chart)),
        events=tuple(TextEvent(tick, others[tick]) for tick in sorted(others)),
    )


@st.composite
def _metadata(draw: st.DrawFn) -> Metadata:
    names = {name: draw(st.just("") | texts()) for name in ("name", "artist", "album", "genre")}
    return Metadata(
        **names,  # type: ignore[arg-type]
        year=str(draw(st.integers(1900, 2100))),
        charter=draw(texts()),
        delay_ms=draw(st.integers(-99_999, 99_999)),
        preview_start_ms=draw(st.none() | st.integers(1, 10**7)),
    )


@st.composite
def _foreign(draw: st.DrawFn, chart: bool) -> tuple[Foreign, ...]:
    found = draw(_chart_items() if chart else _midi_items())
    return (Foreign("chart" if chart else "mid", tuple(found)),) if found else ()


@st.composite
def _chart_items(draw: st.DrawFn) -> list[ForeignItem]:
    items = [
        ForeignItem("Song", None, f"Player2 = {word}")
        for word in draw(st.sets(texts(), max_size=1))
    ]
    for place in draw(st.lists(st.sampled_from(("ExpertSingle", "Éte #2", "X")), unique=True)):
        found = sorted(draw(st.lists(ticks(), max_size=3)))
        if not found:
            items.append(ForeignItem(place, None, ""))
        items += [ForeignItem(place, tick, f"N {tick % 5} 0") for tick in found]
    return items


@st.composite
def _midi_items(draw: st.DrawFn) -> list[ForeignItem]:
    short = st.tuples(
        st.sampled_from((0x80, 0x90, 0xB3)), st.integers(0, 58), st.integers(0, 127)
    ).map(bytes)
    meta = st.binary(max_size=200).map(lambda payload: b"\xff\x05" + payload)
    sysex = st.binary(max_size=200).map(lambda payload: b"\xf0" + payload)
    messages = st.lists(st.tuples(ticks(), short | meta | sysex), max_size=4)
    items = []
    for place in ("PART DRUMS", "EVENTS", "tempo track", "PART GUITAR"):
        found = sorted(draw(messages), key=lambda item: item[0])
        if place == "PART GUITAR" and found:
            items.append(ForeignItem(place, None, b"\xff\x03PART GUITAR".hex()))
        items += [ForeignItem(place, tick, data.hex()) for tick, data in found]
    return items
