"""notes.mid: the reader and the writer."""

from chart_hero_core.formats.midi.reader import read_midi
from chart_hero_core.formats.midi.writer import write_midi

__all__ = ["read_midi", "write_midi"]
