"""A small hand-made song with one of everything, for the tests of file formats."""

from types import MappingProxyType

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


def full_song() -> Song:
    """Every kind of note, phrase and event, at 480 ticks; what a .chart cannot say is left out."""
    notes = (
        Note(960, Lane.KICK),
        Note(960, Lane.GREEN, cymbal=True, dynamic=Dynamic.ACCENT),
        Note(1200, Lane.YELLOW, cymbal=True),
        Note(1440, Lane.RED, dynamic=Dynamic.ACCENT),
        Note(1440, Lane.YELLOW, cymbal=True),
        Note(1560, Lane.RED, dynamic=Dynamic.GHOST),
        Note(1680, Lane.KICK, double_kick=True),
        Note(1680, Lane.BLUE, cymbal=True),
        Note(1920, Lane.YELLOW),
        Note(2040, Lane.BLUE),
        Note(2160, Lane.GREEN),
        Note(2880, Lane.YELLOW, cymbal=True),
        Note(3360, Lane.RED),
        Note(3840, Lane.BLUE, cymbal=True, length=960),
    )
    phrases = (
        Phrase(PhraseKind.VERSUS_1, 960, 480),
        Phrase(PhraseKind.STAR_POWER, 960, 960),
        Phrase(PhraseKind.VERSUS_2, 1440, 480),
        Phrase(PhraseKind.SOLO, 1920, 480),
        Phrase(PhraseKind.ACTIVATION, 2400, 481),
        Phrase(PhraseKind.KICK_LANE, 3000, 100),
        Phrase(PhraseKind.DOUBLE_ROLL, 3300, 240),
        Phrase(PhraseKind.ROLL, 3840, 480),
    )
    expert = Track(
        notes,
        tuple(sorted(phrases, key=lambda p: (p.tick, p.kind.value))),
        events=(
            TextEvent(0, "idle"),
            TextEvent(2880, "mix 3 drums2d"),
            TextEvent(3840, "mix 3 drums2"),
        ),
    )
    lanes = (PhraseKind.KICK_LANE, PhraseKind.DOUBLE_ROLL, PhraseKind.ROLL)
    easy = Track(notes[:3], tuple(phrase for phrase in phrases if phrase.kind not in lanes))
    return Song(
        metadata=Metadata("Náme", "Artist", "Album", "Genre", "2021", "Me", delay_ms=-15),
        tempo_map=TempoMap(
            480,
            (TempoChange(0, 500_000.0), TempoChange(1920, 400_000.0)),
            (TimeSignature(0), TimeSignature(1920, 7, 8)),
        ),
        tracks=MappingProxyType({Difficulty.EXPERT: expert, Difficulty.EASY: easy}),
        sections=(Section(960, "Intro"), Section(1920, "Verse 1 [loud]")),
        end_tick=4320,
        foreign=(
            Foreign("chart", (ForeignItem("ExpertSingle", 960, "N 1 0"),)),
            Foreign("mid", (ForeignItem("BEAT", None, "ff0342454154"),)),
        ),
        events=(TextEvent(480, "music_start"), TextEvent(3360, "coda")),
    )
