"""Notes from hits: confidences and heard times kept, colours arbitrated, flams found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.drums import DrumClass, Hit, Lane
from chart_hero_core.chart.from_hits import notes_from_hits
from chart_hero_core.chart.song import Dynamic
from chart_hero_core.timing.tempo_map import TempoMap

MAP = TempoMap.constant(120)


def test_a_rock_beat() -> None:
    rng = np.random.default_rng(0)
    truth = []
    for eighth in range(32):
        truth.append((eighth * 240, DrumClass.HIHAT))
        if eighth % 4 == 0:
            truth.append((eighth * 240, DrumClass.KICK))
        if eighth % 4 == 2:
            truth.append((eighth * 240, DrumClass.SNARE))
    hits = [Hit(max(MAP.seconds(t) + rng.normal(0, 0.004), 0), d, 0.75) for t, d in truth]
    notes = notes_from_hits(hits, MAP)
    assert [(n.tick, n.drum) for n in notes] == sorted(truth, key=lambda x: (x[0], x[1].lane))
    assert {n.origin.confidence for n in notes} == {0.75}
    assert not any(n.origin.touched for n in notes)
    assert {n.heard_s for n in notes} == {h.time_s for h in hits}


def test_strokes_meant_together_share_a_tick_even_unsnapped() -> None:
    hits = [Hit(1.0, DrumClass.KICK), Hit(1.011, DrumClass.CRASH), Hit(1.03, DrumClass.RIDE)]
    notes = notes_from_hits(hits, MAP, snap=False)
    assert [n.drum for n in notes] == [DrumClass.KICK, DrumClass.CRASH, DrumClass.RIDE]
    assert notes[0].tick == notes[1].tick < notes[2].tick


def test_tom_and_cymbal_of_one_colour_are_settled_by_confidence() -> None:
    hits = [Hit(0.5, DrumClass.TOM_LOW, 0.6), Hit(0.504, DrumClass.CRASH, 0.9)]
    (note,) = notes_from_hits(hits, MAP)
    assert (note.tick, note.lane, note.cymbal) == (480, Lane.GREEN, True)
    assert note.origin.confidence == 0.9


def test_a_flam_is_one_note_and_a_roll_is_many() -> None:
    flam = [Hit(1.975, DrumClass.SNARE, 0.5, 0.3), Hit(2.0, DrumClass.SNARE, 0.9, 0.8)]
    (note,) = notes_from_hits(flam, MAP)
    assert note.flam
    assert note.tick == 1920
    assert note.heard_s == 2.0
    roll = [Hit(2 + i / 32, DrumClass.SNARE) for i in range(8)]
    notes = notes_from_hits(roll, MAP)
    assert [n.tick for n in notes] == [1920 + 30 * i for i in range(8)]
    assert not any(n.flam for n in notes)
    kicks = [Hit(1.975, DrumClass.KICK), Hit(2.0, DrumClass.KICK)]
    assert len(notes_from_hits(kicks, MAP)) == 2


@pytest.mark.parametrize("bpm", [120, 180, 200, 220])
@pytest.mark.parametrize("division", [32, 64, 128])
def test_a_roll_keeps_every_stroke(bpm: float, division: int) -> None:
    tempo_map = TempoMap.constant(bpm)
    ticks = [1920 + 1920 * i // division for i in range(24)]
    hits = [Hit(tempo_map.seconds(tick), DrumClass.SNARE) for tick in ticks]
    kicks = [Hit(tempo_map.seconds(tick), DrumClass.KICK) for tick in ticks[::8]]
    notes = notes_from_hits([*hits, *kicks], tempo_map)
    assert [n.tick for n in notes if n.lane is Lane.RED] == ticks
    assert [n.tick for n in notes if n.lane is Lane.KICK] == ticks[::8]


@pytest.mark.parametrize("bpm", [60, 120, 200])
@pytest.mark.parametrize("gap_ms", [12.5, 15, 20, 25, 30, 35])
@pytest.mark.parametrize("graces", [1, 2, 3])
def test_graces_stand_before_their_stroke_which_stays_on_the_beat(
    bpm: float, gap_ms: float, graces: int
) -> None:
    """Kick doubles, drags and ruffs: no game has a mark for them, so every stroke is a note."""
    tempo_map = TempoMap.constant(bpm)
    beats = [1920 + 480 * beat for beat in range(8)]
    main_s = [tempo_map.seconds(tick) for tick in beats]
    kicks = [at_s - gap_ms / 1e3 * k for at_s in main_s for k in range(graces + 1)]
    hats = [Hit(tempo_map.seconds(tick), DrumClass.HIHAT) for tick in range(1920, 5760, 240)]
    notes = notes_from_hits([*(Hit(at_s, DrumClass.KICK) for at_s in kicks), *hats], tempo_map)
    kept = [note for note in notes if note.lane is Lane.KICK]
    assert [note.heard_s for note in kept] == sorted(kicks)
    assert [note.tick for note in kept[graces :: graces + 1]] == beats
    ticks = [note.tick for note in kept]
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize("bpm", [60, 120, 200])
def test_a_bounce_after_the_beat_leaves_its_stroke_there(bpm: float) -> None:
    tempo_map = TempoMap.constant(bpm)
    hits = [Hit(tempo_map.seconds(1920) + late_s, DrumClass.KICK) for late_s in (0.0, 0.02)]
    first, second = notes_from_hits(hits, tempo_map)
    assert first.tick == 1920 < second.tick


def test_a_cymbal_amid_a_double_stroke_does_not_make_it_one() -> None:
    """The cymbal 1 ms before the second kick belongs to that, not to the first 12 ms before."""
    hits = [Hit(1.988, DrumClass.KICK, 0.6), Hit(1.999, DrumClass.HIHAT), Hit(2.0, DrumClass.KICK)]
    notes = notes_from_hits(hits, MAP)
    assert [(n.tick < 1920, n.lane) for n in notes] == [
        (True, Lane.KICK),
        (False, Lane.KICK),
        (False, Lane.YELLOW),
    ]


def test_a_stroke_heard_twice_is_one_note() -> None:
    hits = [Hit(1.0, DrumClass.SNARE, 0.5), Hit(1.004, DrumClass.SNARE, 0.8)]
    (note,) = notes_from_hits(hits, MAP)
    assert (note.heard_s, note.flam) == (1.004, False)


def test_what_is_not_a_number_is_no_stroke() -> None:
    nan = float("nan")
    hits = [Hit(nan, DrumClass.KICK), Hit(1.0, DrumClass.KICK, nan), Hit(1.0, DrumClass.SNARE, 0.5)]
    assert [n.lane for n in notes_from_hits(hits, MAP)] == [Lane.RED]


HITS = st.lists(
    st.builds(
        Hit,
        st.floats(0, 20),
        st.sampled_from(DrumClass),
        st.floats(0, 1),
        st.one_of(st.none(), st.floats(0, 1)),
    ),
    max_size=60,
)


@given(HITS, st.booleans())
def test_any_hits_give_a_valid_track(hits: list[Hit], snap: bool) -> None:
    notes = notes_from_hits(hits, MAP, snap=snap)
    assert {n.dynamic for n in notes} <= {Dynamic.NORMAL}
    keys = [n.sort_key for n in notes]
    assert keys == sorted(set(keys))
    heard = {(h.time_s, h.drum) for h in hits}
    assert all((n.heard_s, n.drum) in heard for n in notes)
    for lane in Lane:
        times = [n.heard_s or 0.0 for n in notes if n.lane is lane]
        assert times == sorted(times)


def test_two_hands_keep_the_two_surest_pads_and_every_kick() -> None:
    tempo_map = TempoMap.constant(120.0)
    sure = {DrumClass.KICK: 0.3, DrumClass.SNARE: 0.9, DrumClass.HIHAT: 0.5, DrumClass.RIDE: 0.7}
    hits = [Hit(1.0, drum, confidence) for drum, confidence in sure.items()]
    kept = notes_from_hits(hits, tempo_map)
    assert {note.drum for note in kept} == {DrumClass.KICK, DrumClass.SNARE, DrumClass.RIDE}
