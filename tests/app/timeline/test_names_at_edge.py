"""Sections and phrases that began out of sight are named at the left edge."""

from chart_hero_app.timeline.axis import MARGIN_PX
from chart_hero_app.timeline.lane_bands import drawn_phrases, names_at_edge
from chart_hero_core.chart.song import PhraseKind
from tests.app.timeline.conftest import Bench


def seconds(bench: Bench, tick: int) -> float:
    return bench.document.song.tempo_map.seconds(tick)


def names(bench: Bench) -> list[tuple[float, str]]:
    phrases = drawn_phrases(bench.document.track.phrases, bench.document.song.tempo_map)
    return names_at_edge(bench.view.lanes, phrases, lambda text: 7.0 * len(text))


def test_the_section_the_left_edge_lies_in_is_named(bench: Bench) -> None:
    first, second = bench.document.song.sections[:2]
    start_s, end_s = seconds(bench, first.tick), seconds(bench, second.tick)
    ruler, axis = bench.view.ruler, bench.view.axis
    axis.show_range(start_s, end_s)
    assert ruler.left_section() is None  # its own mark is in sight
    axis.show_range((start_s + end_s) / 2, end_s + 1.0)
    found = ruler.left_section()
    assert found is not None
    assert found[0] == first.name
    axis.show_range(end_s - 0.01, end_s + 5.0)  # the next one begins where the name would stand
    assert ruler.left_section() is None


def test_the_name_at_the_edge_is_drawn(bench: Bench) -> None:
    second = bench.document.song.sections[1]
    start_s = seconds(bench, second.tick)
    ruler, axis = bench.view.ruler, bench.view.axis
    axis.show_range(start_s + 2.0, start_s + 6.0)
    named = ruler.grab().toImage()
    ruler.set_sections(())
    bare = ruler.grab().toImage()
    ratio = ruler.devicePixelRatioF()
    edge = [
        (x, y)
        for x in range(round(MARGIN_PX * ratio), round((MARGIN_PX + 40) * ratio))
        for y in range(round(12 * ratio))
    ]
    assert any(named.pixel(*at) != bare.pixel(*at) for at in edge)


def test_phrases_are_named_once_their_own_name_is_out_of_sight(bench: Bench) -> None:
    phrase = bench.document.track.phrases[0]
    assert phrase.kind is PhraseKind.STAR_POWER
    start_s, end_s = seconds(bench, phrase.tick), seconds(bench, phrase.end_tick)
    axis = bench.view.axis
    axis.show_range(start_s - 0.5, end_s)
    assert names(bench) == []
    axis.show_range(start_s + 0.05, start_s + 8.0)  # its name is scrolling out
    assert names(bench) == []
    axis.show_range((start_s + end_s) / 2, end_s + 0.5)
    assert [name for _, name in names(bench)] == ["Star power"]
    axis.show_range(end_s - 0.05, end_s + 8.0)  # no room for it any more
    assert names(bench) == []
