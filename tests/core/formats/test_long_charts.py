"""Charts of very many notes and phrases take time that grows with their number, not its square."""

import time
from types import MappingProxyType

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note, Phrase, PhraseKind, Song, Track
from chart_hero_core.formats.midi import read_midi, write_midi


def _song(count: int) -> Song:
    notes = tuple(Note(60 * place, Lane.RED) for place in range(count))
    rolls = tuple(Phrase(PhraseKind.ROLL, 60 * place, 30) for place in range(count))
    tracks = {difficulty: Track(notes, rolls) for difficulty in Difficulty}
    return Song(tracks=MappingProxyType(tracks))


def test_lanes_are_written_in_a_moment() -> None:
    song = _song(20_000)
    start = time.process_time()
    data = write_midi(song)
    assert time.process_time() - start < 10  # it took over 30
    assert read_midi(data).song.tracks[Difficulty.EASY].phrases == song.expert.phrases
