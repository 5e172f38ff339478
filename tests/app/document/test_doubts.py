"""The review queue."""

from chart_hero_app.document.doubts import Kind, Order, doubts
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note, Origin, Track
from tests.app.songs import song


def suggested(tick: int, confidence: float, lane: Lane = Lane.RED) -> Note:
    """A note that nobody has touched."""
    return Note(tick, lane, origin=Origin(confidence))


def test_the_most_doubtful_comes_first() -> None:
    notes = (suggested(0, 0.6), suggested(480, 0.3), suggested(960, 0.9))
    made = song(notes)
    near = (suggested(1920, 0.5),)
    found = doubts(made, made.expert, near)
    assert [(d.note.tick, d.kind, round(d.risk, 2)) for d in found] == [
        (480, Kind.DOUBTFUL, 0.7),
        (1920, Kind.MISSING, 0.5),
        (0, Kind.DOUBTFUL, 0.4),
    ]


def test_song_order() -> None:
    notes = (suggested(0, 0.6), suggested(480, 0.3))
    made = song(notes)
    found = doubts(made, made.expert, (), Order.TIME)
    assert [d.note.tick for d in found] == [0, 480]


def test_a_persons_notes_are_not_doubted() -> None:
    note = Note(0, Lane.RED, origin=Origin(0.2, touched=True))
    made = song((note, Note(480, Lane.RED)))
    assert doubts(made, made.expert, ()) == []


def test_what_lies_on_a_note_or_was_refused_is_not_missing() -> None:
    made = song((Note(0, Lane.RED),))
    track = Track(made.expert.notes, rejected=(suggested(960, 0.4),))
    near = (suggested(2, 0.5), suggested(962, 0.5), suggested(960, 0.5, Lane.KICK))
    found = doubts(made, track, near)
    assert [d.note.lane for d in found] == [Lane.KICK]


def test_the_unlikely_is_left_out() -> None:
    made = song()
    assert doubts(made, made.expert, (suggested(0, 0.1),)) == []
