"""Ratings of the instruments besides drums go with what is charted."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from chart_hero_core.chart.part_ratings import charted_parts, rated_parts, with_parts_rated
from chart_hero_core.chart.song import Foreign, ForeignItem, Metadata, Song
from chart_hero_core.chart.validate import validate


def song(items: tuple[ForeignItem, ...] = (), **ratings: str) -> Song:
    return Song(
        metadata=Metadata(other=MappingProxyType({**ratings, "icon": "x"})),
        foreign=(Foreign("chart", items),),
    )


GUITAR = (ForeignItem("ExpertSingle", 0, "N 0 0"),)


@pytest.mark.parametrize(
    ("place", "data", "key"),
    [
        ("HardDoubleBass", "N 7 0", "diff_bass"),
        ("expertghlguitar", "n 7 0", "diff_guitarghl"),
        ("PART KEYS", "906040", "diff_keys"),
        ("T1 GEMS", "936040", "diff_guitar"),
        ("PART VOCALS", "903040", "diff_vocals"),
    ],
)
def test_an_instrument_is_charted_that_has_notes(place: str, data: str, key: str) -> None:
    assert charted_parts(song((ForeignItem(place, 10, data),))) == {key}
    assert not charted_parts(song((ForeignItem(place, 10, "S 2 100"),)))
    assert not charted_parts(song((ForeignItem(place, None, "ff0308"),)))
    assert not charted_parts(song((ForeignItem("VENUE", 10, data),)))


def test_ratings_are_those_of_the_charted_instruments() -> None:
    told = with_parts_rated(song(GUITAR, Diff_Guitar="2", diff_keys="3", diff_band="4"), {})
    assert dict(told.metadata.other) == {"diff_band": "4", "icon": "x", "diff_guitar": "2"}
    older = rated_parts(song(diff_guitar="5", diff_bass="6", diff_keys="-1").metadata)
    assert older == {"diff_guitar": "5", "diff_bass": "6"}
    assert dict(with_parts_rated(song(GUITAR), older).metadata.other) == {
        "diff_guitar": "5",
        "icon": "x",
    }


def test_missing_and_needless_ratings_are_found() -> None:
    def told(song: Song) -> list[str]:
        return [one.message for one in validate(song) if one.rule == "part-rating"]

    assert not told(song(GUITAR, diff_guitar="0"))
    assert "diff_guitar" in told(song(GUITAR))[0]
    assert "diff_keys = 3" in told(song(diff_keys="3"))[0]
    assert not told(replace(song(), metadata=Metadata()))
