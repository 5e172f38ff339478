"""The table of drums is one to one with the lanes; activations stay what they are."""

import numpy as np
import pytest

from chart_hero_core.base.drums import (
    CYMBALS,
    DRUM_COUNT,
    DRUMS,
    SAME_COLOUR,
    TOMS,
    Activations,
    DrumClass,
    Lane,
)


@pytest.mark.parametrize(
    ("label", "row", "lane", "cymbal"),
    [
        ("kick", 0, Lane.KICK, False),
        ("snare", 1, Lane.RED, False),
        ("tom_high", 2, Lane.YELLOW, False),
        ("tom_mid", 3, Lane.BLUE, False),
        ("tom_low", 4, Lane.GREEN, False),
        ("hihat", 5, Lane.YELLOW, True),
        ("crash", 6, Lane.GREEN, True),
        ("ride", 7, Lane.BLUE, True),
    ],
)
def test_each_class_has_its_lane(label: str, row: int, lane: Lane, cymbal: bool) -> None:
    drum = DrumClass.from_label(label)
    assert int(drum) == row
    assert (drum.lane, drum.cymbal) == (lane, cymbal)
    assert DrumClass.from_lane(lane, cymbal) is drum
    assert drum.label == label


def test_the_table_is_complete_and_one_to_one() -> None:
    assert set(DRUMS) == set(DrumClass)
    assert DRUM_COUNT == 8
    assert len({(spec.lane, spec.cymbal) for spec in DRUMS.values()}) == 8
    assert len({drum.title for drum in DrumClass}) == 8


def test_kick_and_red_ignore_the_cymbal_flag() -> None:
    assert DrumClass.from_lane(Lane.KICK, True) is DrumClass.KICK
    assert DrumClass.from_lane(Lane.RED, True) is DrumClass.SNARE


def test_same_colour_pairs_share_a_lane() -> None:
    assert [pair[0] for pair in SAME_COLOUR] == list(TOMS)
    assert {pair[1] for pair in SAME_COLOUR} == set(CYMBALS)
    for tom, cymbal in SAME_COLOUR:
        assert tom.lane == cymbal.lane
        assert not tom.cymbal
        assert cymbal.cymbal


def test_an_unknown_label_is_an_error() -> None:
    with pytest.raises(KeyError):
        DrumClass.from_label("cowbell")


def test_activations_are_read_only_and_the_source_is_not_touched() -> None:
    classes = np.zeros((8, 5), dtype=np.float32)
    onset = np.zeros(5, dtype=np.float32)
    activations = Activations(classes, onset, hop_s=0.01, start_s=2.0)
    assert activations.frames == 5
    assert activations.end_s == pytest.approx(2.05)
    with pytest.raises(ValueError, match="read-only"):
        activations.classes[0, 0] = 1.0
    classes[0, 0] = 1.0
    assert classes.flags.writeable


def test_activations_of_unequal_length_are_refused() -> None:
    onset = np.zeros(5, dtype=np.float32)
    with pytest.raises(ValueError, match="does not fit"):
        Activations(np.zeros((8, 4), dtype=np.float32), onset, hop_s=0.01)
    with pytest.raises(ValueError, match="beat has 3 frames"):
        Activations(
            np.zeros((8, 5), dtype=np.float32),
            onset,
            hop_s=0.01,
            beat=np.zeros(3, dtype=np.float32),
        )
