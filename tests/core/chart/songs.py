"""Songs for the chart tests: hand-made ones and hypothesis strategies."""

from types import MappingProxyType

from hypothesis import strategies as st

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Foreign,
    ForeignItem,
    Metadata,
    Note,
    Origin,
    Phrase,
    PhraseKind,
    Section,
    Song,
    TextEvent,
    Track,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

FOREIGN = Foreign("mid", (ForeignItem("VENUE", None, "ff"), ForeignItem("BEAT", 960, "900c64")))
SUGGESTED = Origin(confidence=0.6)


def song_of(*notes: Note, difficulty: Difficulty = Difficulty.EXPERT, **fields: object) -> Song:
    """A song of one track."""
    ordered = tuple(sorted(notes, key=lambda note: note.sort_key))
    tracks = MappingProxyType({difficulty: Track(ordered)})
    return Song(tracks=tracks, **fields)  # type: ignore[arg-type]


def snare(tick: int, **fields: object) -> Note:
    return Note(tick, Lane.RED, **fields)  # type: ignore[arg-type]


def hat(tick: int, **fields: object) -> Note:
    return Note(tick, Lane.YELLOW, cymbal=True, **fields)  # type: ignore[arg-type]


def deep(song: Song) -> object:
    """Everything in a song, with what its equality leaves out (origins, heard times)."""
    tracks = {
        difficulty: (
            [(note, note.origin, note.heard_s) for note in track.notes],
            track.phrases,
            [(note, note.origin, note.heard_s) for note in track.rejected],
            track.events,
        )
        for difficulty, track in song.tracks.items()
    }
    return (
        song.metadata,
        song.tempo_map,
        tracks,
        song.sections,
        song.end_tick,
        song.foreign,
        song.events,
    )


def notes(max_tick: int = 4_000) -> st.SearchStrategy[Note]:
    """Any tidy note. Few draws each: songs of many notes stay quick to make."""
    return st.builds(_note, st.integers(0, max_tick), st.integers(0, 4), st.integers(0, 2**10 - 1))


def _note(tick: int, lane: int, bits: int) -> Note:
    hand, colour = lane != Lane.KICK, lane >= Lane.YELLOW
    confidence = (None, 0.0, 0.35, 0.9)[bits >> 5 & 3]
    return Note(
        tick,
        Lane(lane),
        cymbal=colour and bool(bits & 1),
        dynamic=(Dynamic.NORMAL, Dynamic.NORMAL, Dynamic.GHOST, Dynamic.ACCENT)[bits >> 1 & 3],
        flam=hand and bool(bits & 8),
        double_kick=not hand and bool(bits & 8),
        length=60 * (bits >> 4 & 1),
        origin=Origin(confidence, bool(bits & 128)),
        heard_s=(None, tick / 960, tick / 960 + 0.01, 0.0)[bits >> 8 & 3],
    )


phrases = st.builds(
    Phrase, st.sampled_from(PhraseKind), st.integers(0, 4_000), st.integers(1, 2_000)
)


events = st.lists(
    st.builds(TextEvent, st.integers(0, 4_000), st.sampled_from(["coda", "play"])), max_size=2
).map(lambda found: tuple(sorted(found, key=lambda event: event.tick)))


@st.composite
def tracks(draw: st.DrawFn, max_tick: int = 4_000, max_notes: int = 14) -> Track:
    """Any valid track."""
    found = draw(st.lists(notes(max_tick), max_size=max_notes, unique_by=lambda n: n.sort_key))
    return Track(
        tuple(sorted(found, key=lambda note: note.sort_key)),
        tuple(sorted(draw(st.lists(phrases, max_size=4)), key=lambda p: (p.tick, p.kind.value))),
        tuple(draw(st.lists(notes(max_tick), max_size=2))),
        draw(events),
    )


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    """Maps of up to four tempos and three time signatures."""
    ticks = sorted(draw(st.sets(st.integers(1, 4_000), max_size=3)))
    tempos = [TempoChange(t, draw(st.integers(200_000, 1_500_000))) for t in (0, *ticks)]
    resolution = draw(st.sampled_from([96, 192, 480, 960]))
    bars = sorted(draw(st.sets(st.integers(1, 10), max_size=2)))
    changes = [
        TimeSignature(bar * 4 * resolution, draw(st.integers(1, 12)), draw(st.sampled_from([4, 8])))
        for bar in bars
    ]
    signatures = [TimeSignature(0), *changes]
    return TempoMap(resolution, tuple(tempos), tuple(signatures))


@st.composite
def songs(draw: st.DrawFn) -> Song:
    """Any valid song."""
    difficulties = draw(st.sets(st.sampled_from(Difficulty), max_size=3))
    section_ticks = sorted(draw(st.sets(st.integers(0, 4_000), max_size=3)))
    return Song(
        metadata=Metadata(name="Any", artist="One"),
        tempo_map=draw(tempo_maps()),
        tracks=MappingProxyType({key: draw(tracks()) for key in sorted(difficulties)}),
        sections=tuple(Section(tick, f"Part {tick}") for tick in section_ticks),
        end_tick=draw(st.none() | st.integers(4_000, 5_000)),
        foreign=draw(st.sampled_from([(), (FOREIGN,)])),
        events=draw(events),
    )
