"""Which second of the song an output frame belongs to."""

from chart_hero_app.playback.segments import KEPT, Segment, Segments


def test_nothing_known() -> None:
    assert Segments(100).song_s(5) is None


def test_places_through_speed_and_jump() -> None:
    segments = Segments(100)
    segments.add(Segment(0, 2.0, 1.0))
    segments.add(Segment(100, 3.0, 0.5))
    segments.add(Segment(300, 0.5, 1.0))
    assert segments.song_s(-50) == 2.0  # not heard yet
    assert segments.song_s(50) == 2.5
    assert segments.song_s(200) == 3.5
    assert segments.song_s(350) == 1.0


def test_what_merely_goes_on_is_not_kept() -> None:
    segments = Segments(100)
    segments.add(Segment(0, 0.0, 1.0))
    for block in range(1, KEPT * 3):
        segments.add(Segment(block * 10, block * 0.1, 1.0))
    assert segments.song_s(15) == 0.15


def test_only_the_latest_jumps_are_kept() -> None:
    segments = Segments(100)
    for jump in range(KEPT * 2):
        segments.add(Segment(jump * 10, float(jump % 7), 1.0))
    assert segments.song_s(0) == float(KEPT % 7)  # the oldest kept one
