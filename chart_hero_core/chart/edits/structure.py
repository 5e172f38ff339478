"""Edits of everything but single notes: sections, phrases, metadata, whole tracks."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.edits.base import Edit, with_track
from chart_hero_core.chart.song import (
    Difficulty,
    Metadata,
    Phrase,
    PhraseKind,
    Section,
    Song,
    Track,
)


@dataclass(frozen=True, slots=True)
class SetSections:
    """Make these the song's sections."""

    sections: tuple[Section, ...]
    title: str = "Change sections"

    def apply(self, song: Song) -> "tuple[Song, SetSections]":
        """Replace them all, sorted."""
        ordered = tuple(sorted(self.sections, key=lambda section: section.tick))
        inverse = SetSections(song.sections, self.title)
        if ordered == song.sections:
            return song, inverse
        return replace(song, sections=ordered), inverse


@dataclass(frozen=True, slots=True)
class AddSection:
    """Start a section; one that started there is replaced."""

    tick: int
    name: str

    @property
    def title(self) -> str:
        """For the undo menu."""
        return f"Add section {self.name}"

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Add it. Raises :class:`ChartError` without a name or before the song's start."""
        others = (section for section in song.sections if section.tick != self.tick)
        added = _checked(Section(self.tick, self.name))
        return SetSections((*others, added), self.title).apply(song)


@dataclass(frozen=True, slots=True)
class RemoveSection:
    """Remove the section that starts at ``tick``."""

    tick: int
    title: str = "Remove section"

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Remove it. Raises :class:`ChartError` when none starts there."""
        _section_at(song, self.tick)
        kept = tuple(section for section in song.sections if section.tick != self.tick)
        return SetSections(kept, self.title).apply(song)


@dataclass(frozen=True, slots=True)
class ChangeSection:
    """Rename the section that starts at ``tick``, move it, or both."""

    tick: int
    name: str | None = None
    new_tick: int | None = None

    @property
    def title(self) -> str:
        """For the undo menu."""
        return "Move section" if self.name is None else f"Rename section to {self.name}"

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Change it; a section that it is moved onto is replaced."""
        old = _section_at(song, self.tick)
        tick = old.tick if self.new_tick is None else self.new_tick
        changed = _checked(
            replace(old, tick=tick, name=old.name if self.name is None else self.name)
        )
        others = (s for s in song.sections if s.tick not in (old.tick, tick))
        return SetSections((*others, changed), self.title).apply(song)


def _checked(section: Section) -> Section:
    if section.tick < 0 or not section.name.strip():
        raise ChartError("A section needs a name and a place at or after the song's start.")
    return section


def _section_at(song: Song, tick: int) -> Section:
    for section in song.sections:
        if section.tick == tick:
            return section
    raise ChartError(f"No section starts at tick {tick}.")


@dataclass(frozen=True, slots=True)
class SetPhrases:
    """Make these the phrases of each named difficulty."""

    phrases: Mapping[Difficulty, tuple[Phrase, ...]]
    title: str = "Change phrases"

    def apply(self, song: Song) -> "tuple[Song, SetPhrases]":
        """Replace them. Raises :class:`ChartError` for a difficulty that is not charted."""
        before: dict[Difficulty, tuple[Phrase, ...]] = {}
        changed = song
        for difficulty, phrases in self.phrases.items():
            track = song.tracks.get(difficulty)
            if track is None:
                raise ChartError(f"This song has no {difficulty.title} chart to put phrases on.")
            before[difficulty] = track.phrases
            if phrases != track.phrases:
                changed = with_track(changed, difficulty, replace(track, phrases=tuple(phrases)))
        return changed, SetPhrases(MappingProxyType(before), self.title)


def phrase_order(phrase: Phrase) -> tuple[int, str, int]:
    """The order of phrases in a track."""
    return (phrase.tick, phrase.kind.value, phrase.length)


@dataclass(frozen=True, slots=True)
class AddPhrase:
    """Lay a phrase over a track, or over all tracks for ``difficulty`` None.

    Phrases of its kind that it would overlap are replaced.
    """

    phrase: Phrase
    difficulty: Difficulty | None = None

    @property
    def title(self) -> str:
        """For the undo menu."""
        return f"Add {self.phrase.kind.value}"

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Add it. Raises :class:`ChartError` for an empty or misplaced phrase."""
        if self.phrase.tick < 0 or self.phrase.length < 1:
            raise ChartError("A phrase needs a length and a place after the song's start.")
        phrases = {
            difficulty: tuple(
                sorted(
                    (*(old for old in track.phrases if not self._replaces(old)), self.phrase),
                    key=phrase_order,
                )
            )
            for difficulty, track in _chosen(song, self.difficulty).items()
        }
        return SetPhrases(MappingProxyType(phrases), self.title).apply(song)

    def _replaces(self, old: Phrase) -> bool:
        new = self.phrase
        return old.kind == new.kind and old.tick < new.end_tick and new.tick < old.end_tick


@dataclass(frozen=True, slots=True)
class RemovePhrases:
    """Remove the phrases of one kind that touch ``start_tick <= tick < end_tick``."""

    kind: PhraseKind
    start_tick: int
    end_tick: int
    difficulty: Difficulty | None = None

    @property
    def title(self) -> str:
        """For the undo menu."""
        return f"Remove {self.kind.value}"

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Remove them."""
        phrases = {
            difficulty: tuple(old for old in track.phrases if not self._covers(old))
            for difficulty, track in _chosen(song, self.difficulty).items()
        }
        return SetPhrases(MappingProxyType(phrases), self.title).apply(song)

    def _covers(self, old: Phrase) -> bool:
        return old.kind == self.kind and old.tick < self.end_tick and self.start_tick < old.end_tick


def _chosen(song: Song, difficulty: Difficulty | None) -> Mapping[Difficulty, Track]:
    if difficulty is None:
        return song.tracks
    return {difficulty: song.tracks.get(difficulty, Track())}


@dataclass(frozen=True, slots=True)
class SetMetadata:
    """Change what song.ini says."""

    metadata: Metadata
    title: str = "Change song data"

    def apply(self, song: Song) -> "tuple[Song, SetMetadata]":
        """Replace it all."""
        inverse = SetMetadata(song.metadata, self.title)
        if song.metadata == self.metadata:
            return song, inverse
        return replace(song, metadata=self.metadata), inverse


@dataclass(frozen=True, slots=True)
class SetTrack:
    """Make this the track of a difficulty (loading, reducing), or remove it for None."""

    difficulty: Difficulty
    track: Track | None

    @property
    def title(self) -> str:
        """For the undo menu."""
        verb = "Remove" if self.track is None else "Replace"
        return f"{verb} {self.difficulty.title} chart"

    def apply(self, song: Song) -> "tuple[Song, SetTrack]":
        """Replace it. Raises :class:`ChartError` for notes out of order."""
        if self.track is not None:
            keys = [note.sort_key for note in self.track.notes]
            if any(a >= b for a, b in itertools.pairwise(keys)):
                raise ChartError("The notes of a track must be in order, one per tick and lane.")
        inverse = SetTrack(self.difficulty, song.tracks.get(self.difficulty))
        return with_track(song, self.difficulty, self.track), inverse
