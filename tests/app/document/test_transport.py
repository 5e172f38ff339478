"""Playhead, loop, speed."""

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document.transport import Channel, Follow, Transport


@pytest.fixture
def transport(qapp: object) -> Transport:
    made = Transport()
    made.set_duration(10.0)
    return made


def test_jumps_stay_inside_the_song(transport: Transport) -> None:
    transport.seek(99.0)
    assert transport.position_s == 10.0
    transport.seek(-1.0)
    assert transport.position_s == 0.0


def test_only_jumps_are_told_as_jumps(transport: Transport) -> None:
    jumps: list[float] = []
    places: list[float] = []
    transport.seeked.connect(jumps.append)
    transport.positionChanged.connect(places.append)
    transport.advance_to(1.0)
    transport.seek(2.0)
    assert jumps == [2.0]
    assert places == [1.0, 2.0]


def test_playing_ends_with_the_song(transport: Transport, qtbot: QtBot) -> None:
    transport.set_playing(True)
    transport.advance_to(10.0)
    assert not transport.playing


def test_playing_from_the_end_starts_over(transport: Transport) -> None:
    transport.seek(10.0)
    transport.set_playing(True)
    assert transport.position_s == 0.0


def test_nothing_open_cannot_play(qapp: object) -> None:
    transport = Transport()
    transport.toggle()
    assert not transport.playing


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ((1.0, 2.0), (1.0, 2.0)),
        ((2.0, 1.0), (1.0, 2.0)),
        ((-5.0, 50.0), (0.0, 10.0)),
        ((1.0, 1.01), None),
        (None, None),
    ],
)
def test_loops_are_tidied(transport: Transport, wanted: object, got: object) -> None:
    transport.set_loop(wanted)  # type: ignore[arg-type]
    assert transport.loop == got


def test_speed_is_held(transport: Transport) -> None:
    transport.set_speed(9.0)
    assert transport.speed == 2.0
    transport.set_speed(0.01)
    assert transport.speed == 0.25


def test_a_switched_off_channel_is_silent_but_keeps_its_fader(transport: Transport) -> None:
    transport.set_volume(Channel.SONG, 0.5)
    transport.set_audible(Channel.SONG, False)
    assert transport.gain(Channel.SONG) == 0.0
    transport.set_audible(Channel.SONG, True)
    assert transport.gain(Channel.SONG) == 0.5
    transport.set_volume(Channel.KIT, 3.0)
    assert transport.volume(Channel.KIT) == 1.0


def test_follow_is_told_once(transport: Transport) -> None:
    told: list[Follow] = []
    transport.followChanged.connect(told.append)
    transport.set_follow(Follow.CENTRE)
    transport.set_follow(Follow.CENTRE)
    assert told == [Follow.CENTRE]


def test_a_shorter_song_pulls_the_playhead_back(transport: Transport) -> None:
    transport.seek(8.0)
    transport.set_duration(5.0)
    assert transport.position_s == 5.0


def test_a_loop_beyond_the_end_of_another_sound_goes(transport: Transport) -> None:
    transport.set_duration(8.0)
    transport.set_loop((5.0, 7.5))
    transport.set_duration(6.0)
    assert transport.loop == (5.0, 6.0)
    transport.set_duration(3.0)
    assert transport.loop is None
