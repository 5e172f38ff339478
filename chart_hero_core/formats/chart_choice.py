"""Choosing between several charts of one song: the first that has content, in the games' order.

A file that was cut off or overwritten must not hide the good one beside it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from chart_hero_core.base.errors import FormatError
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.chart_files import parse_chart
from chart_hero_core.formats.proof import compare_songs
from chart_hero_core.formats.result import ReadResult
from chart_hero_core.formats.song_ini import IniResult


@dataclass(frozen=True, slots=True)
class ChosenChart:
    """The chart that was read: its name, and what it says."""

    name: str
    result: ReadResult


@dataclass(frozen=True, slots=True)
class _Looked:
    """What became of reading all charts of a song, by name in the order of games."""

    good: dict[str, ReadResult]
    broken: dict[str, FormatError]

    @property
    def best(self) -> str:
        """The first with notes, else the first at all."""
        charted = (name for name, result in self.good.items() if _has_notes(result.song))
        return next(charted, next(iter(self.good)))


def choose_chart(
    contents: Mapping[str, Callable[[], bytes]], ini: IniResult | None, wanted: str | None = None
) -> ChosenChart:
    """Read the charts of a song and choose one.

    Args:
        contents: what reads each file, by its name, in the order in which games prefer them.
        ini: the song.ini beside them.
        wanted: the chart that a person asked for: that one or none.

    Raises:
        FormatError: the wanted chart, or every chart, is broken.
    """
    looked = _look(contents, ini)
    if wanted in looked.broken:
        raise _refusal(looked, wanted)
    if not looked.good:
        raise next(iter(looked.broken.values()))
    name = wanted or looked.best
    result = looked.good[name]
    sentences = _told_of_others(name, looked, list(contents))
    return ChosenChart(name, ReadResult(result.song, (*result.mended, *sentences)))


def _look(contents: Mapping[str, Callable[[], bytes]], ini: IniResult | None) -> _Looked:
    looked = _Looked({}, {})
    for name, content in contents.items():
        try:
            looked.good[name] = parse_chart(name, content(), ini)
        except FormatError as error:
            looked.broken[name] = error
    return looked


def _refusal(looked: _Looked, wanted: str) -> FormatError:
    error = looked.broken[wanted]
    if not looked.good:
        return error
    return FormatError(f"{error} {looked.best} beside it can be read: open that, or the folder.")


def _told_of_others(read: str, looked: _Looked, order: list[str]) -> Iterable[str]:
    """Sentences on the charts that were not read."""
    for name, error in looked.broken.items():
        yield f"{name} is broken; {read} was read. ({error})"
    others = [name for name in looked.good if name != read]
    if all(_agree(looked.good[read].song, looked.good[name].song) for name in others):
        return
    first = next(iter(looked.good))
    if read == first:
        why = "as games do"
    elif not _has_notes(looked.good[first].song):
        why = f"since {first}, which games would read, has no drums"
    else:
        why = f"games would read {order[0]}"
    yield f"The song has two charts that differ; {read} was read, {why}."


def _agree(one: Song, other: Song) -> bool:
    """Whether two charts say the same, so that it does not matter which is read."""
    return not compare_songs(one, other)


def _has_notes(song: Song) -> bool:
    return any(track.notes for track in song.tracks.values())
