"""Kit types and disco flips, apart from any file."""

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Metadata, Note, Song, TextEvent, Track
from chart_hero_core.formats.drum_notes import (
    Gem,
    Kit,
    charted,
    is_pro,
    kit_of,
    mix_difficulty,
    normal_mix,
    notes_of_gems,
)
from chart_hero_core.formats.result import Repairs

HAT = Note(0, Lane.YELLOW, cymbal=True)


@pytest.mark.parametrize(
    ("pro_drums", "five_lane", "marked", "fifth_pad", "kit"),
    [
        (True, None, False, True, Kit.PRO),
        (True, True, False, True, Kit.PRO),
        (None, True, True, False, Kit.FIVE_LANE),
        (None, None, True, True, Kit.PRO),
        (None, None, False, True, Kit.FIVE_LANE),
        (None, None, False, False, Kit.FOUR_LANE),
        (False, None, True, False, Kit.FOUR_LANE),
        (False, None, False, True, Kit.FIVE_LANE),
        (None, False, False, True, Kit.FOUR_LANE),
    ],
)
def test_kit_of(
    pro_drums: bool | None, five_lane: bool | None, marked: bool, fifth_pad: bool, kit: Kit
) -> None:
    assert kit_of(pro_drums, five_lane, marked, fifth_pad) is kit


def test_a_song_with_a_cymbal_is_pro_whatever_its_metadata_says() -> None:
    plain = Metadata(pro_drums=False)
    assert is_pro(Song())
    assert not is_pro(Song(plain, tracks={Difficulty.HARD: Track((Note(0, Lane.YELLOW),))}))
    assert is_pro(Song(plain, tracks={Difficulty.HARD: Track((HAT,))}))


def test_mix_events_in_both_spellings() -> None:
    assert normal_mix("[mix 3 drums0d]") == normal_mix(" mix_3_drums0d ") == "mix 3 drums0d"
    assert normal_mix("mix 1 drums5easynokick") == "mix 1 drums5easynokick"
    for other in ("mix 4 drums0", "mix 3 drums6", "mix 3 drums0dx", "mix"):
        assert normal_mix(other) is None
    assert mix_difficulty("mix 1 drums5easy") is Difficulty.MEDIUM
    assert mix_difficulty("play") is None


def _flipped_at(*events: TextEvent, ticks: int = 6) -> list[int]:
    gems = [Gem(tick, pad=1) for tick in range(ticks)]
    notes = notes_of_gems(gems, Kit.PRO, events, Difficulty.EXPERT, Repairs())
    return [note.tick for note in notes if note.lane is Lane.YELLOW]


def test_how_long_a_flip_lasts() -> None:
    on = TextEvent(1, "mix 3 drums0d")
    assert _flipped_at() == []
    assert _flipped_at(on) == [1, 2, 3, 4, 5]
    assert _flipped_at(on, TextEvent(3, "mix 3 drums0")) == [1, 2]
    assert _flipped_at(on, TextEvent(3, "mix 3 drums0dnoflip")) == [1, 2]
    assert _flipped_at(on, TextEvent(3, "mix 3 drums0easy")) == [1, 2, 3, 4, 5]
    assert _flipped_at(on, TextEvent(3, "mix 2 drums0")) == [1, 2, 3, 4, 5]
    assert _flipped_at(on, TextEvent(1, "mix 3 drums0")) == []  # at one tick "off" wins


def test_charting_undoes_reading() -> None:
    events = (TextEvent(0, "mix 3 drums0d"), TextEvent(10, "mix 3 drums0"))
    notes = (
        Note(0, Lane.RED),
        HAT,
        Note(5, Lane.BLUE),
        Note(10, Lane.RED),
        Note(10, Lane.YELLOW),
    )
    said = charted(Track(notes, events=events), Difficulty.EXPERT, pro=True)
    assert [(n.tick, n.lane.name, n.cymbal) for n in said.notes] == [
        (0, "RED", False),
        (0, "YELLOW", True),
        (5, "BLUE", False),
        (10, "RED", False),
        (10, "YELLOW", False),
    ]
    assert said.flipped_snares == {0}
    assert said.events == events
    plain = charted(Track(notes, events=events), Difficulty.EXPERT, pro=False)
    assert plain.notes == notes


def test_a_flip_is_interrupted_for_a_yellow_tom() -> None:
    events = (TextEvent(0, "mix 3 drums4d"), TextEvent(6, "mix 3 drums4"))
    notes = (Note(4, Lane.YELLOW), Note(5, Lane.YELLOW))
    said = charted(Track(notes, events=events), Difficulty.EXPERT, pro=True)
    assert said.notes == notes
    assert [(e.tick, e.text[-2:]) for e in said.events] == [
        (0, "4d"),
        (4, "s4"),
        (5, "4d"),
        (5, "s4"),
        (6, "s4"),
    ]


def test_sustains_end_where_the_next_note_of_their_lane_begins() -> None:
    gems = [Gem(0, 3, length=50), Gem(10, 4), Gem(20, 3, length=50), Gem(25, 3)]
    notes = notes_of_gems(gems, Kit.PRO, (), Difficulty.EXPERT, Repairs(), longest_short=10)
    assert [(n.tick, n.length) for n in notes] == [(0, 20), (10, 0), (20, 0), (25, 0)]
