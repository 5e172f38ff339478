"""The result of every chart reader, and how readers collect what they repaired."""

from dataclasses import dataclass

from chart_hero_core.chart.song import Song

MAX_SENTENCES = 60  # a file this broken is not made clearer by a longer list


@dataclass(frozen=True, slots=True)
class ReadResult:
    """A song, and plain sentences on what of its file was repaired or had to be guessed."""

    song: Song
    mended: tuple[str, ...] = ()


class Repairs:
    """Collects what a reader mended: each sentence once, with how often it was needed."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, sentence: str, count: int = 1) -> None:
        """Note that ``sentence`` was true ``count`` (possibly 0) more times."""
        if count > 0:
            self._counts[sentence] = self._counts.get(sentence, 0) + count

    def sentences(self) -> tuple[str, ...]:
        """All sentences in the order they first came up, the number of times in brackets."""
        found = [
            sentence if count == 1 else f"{sentence} ({count} times)"
            for sentence, count in self._counts.items()
        ]
        if len(found) > MAX_SENTENCES:
            more = len(found) - MAX_SENTENCES
            found = [*found[:MAX_SENTENCES], f"{more} further kinds of repairs are not listed."]
        return tuple(found)
