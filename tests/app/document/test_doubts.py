"""The review queue."""

from chart_hero_app.document.doubts import MAX_DOUBTS, Doubt, Kind, Order
from chart_hero_app.document.doubts import doubts as doubts_of
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.song import Note, Origin
from chart_hero_core.timing.tempo_map import TempoMap

MAP = TempoMap.constant(120.0)


def suggested(tick: int, confidence: float, lane: Lane = Lane.RED) -> Note:
    """A note that nobody has touched."""
    return Note(tick, lane, origin=Origin(confidence))


def doubts(
    notes: tuple[Note, ...] = (),
    near: tuple[Note, ...] = (),
    order: Order = Order.DOUBT,
    rejected: tuple[Note, ...] = (),
) -> list[Doubt]:
    """The queue for these notes."""
    return doubts_of(NoteColumns.of(notes), rejected, NoteColumns.of(near), MAP, order)


def test_the_most_doubtful_comes_first() -> None:
    notes = (suggested(0, 0.6), suggested(480, 0.3), suggested(960, 0.9))
    near = (suggested(1920, 0.5),)
    found = doubts(notes, near)
    assert [(d.note.tick, d.kind, round(d.risk, 2)) for d in found] == [
        (480, Kind.DOUBTFUL, 0.7),
        (1920, Kind.MISSING, 0.5),
        (0, Kind.DOUBTFUL, 0.4),
    ]


def test_song_order() -> None:
    notes = (suggested(0, 0.6), suggested(480, 0.3))
    found = doubts(notes, (), Order.TIME)
    assert [d.note.tick for d in found] == [0, 480]


def test_a_persons_notes_are_not_doubted() -> None:
    note = Note(0, Lane.RED, origin=Origin(0.2, touched=True))
    assert doubts((note, Note(480, Lane.RED))) == []


def test_what_lies_on_a_note_or_was_refused_is_not_missing() -> None:
    near = (suggested(2, 0.5), suggested(962, 0.5), suggested(960, 0.5, Lane.KICK))
    found = doubts((Note(0, Lane.RED),), near, rejected=(suggested(960, 0.4),))
    assert [d.note.lane for d in found] == [Lane.KICK]


def test_the_unlikely_is_left_out() -> None:
    assert doubts((), (suggested(0, 0.1),)) == []


def test_of_very_many_the_most_doubtful_stay() -> None:
    notes = tuple(suggested(240 * i, 0.3 + i / 1e4) for i in range(MAX_DOUBTS + 5))
    found = doubts(notes)
    assert [doubt.note for doubt in found] == list(notes[:MAX_DOUBTS])
