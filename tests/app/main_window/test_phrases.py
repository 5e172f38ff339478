"""Phrases in the window: set over a selection, drawn with their names, told in words."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QPointF, QRect
from pytestqt.qtbot import QtBot

from chart_hero_app.document.state import Selection
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Dynamic, Note, Phrase, PhraseKind
from chart_hero_core.formats.proof import verify_export
from chart_hero_core.formats.song_folder import save_song_folder
from tests.app.main_window.driving import run
from tests.app.songs import song


def test_phrases_over_the_selection(opened: MainWindow) -> None:
    opened.document.select(Selection(span_s=(0.0, 2.0)))
    run(opened, "note.star_power")
    phrase = opened.document.track.phrases[0]
    assert (phrase.kind, phrase.tick, phrase.length) == (PhraseKind.STAR_POWER, 0, 1920)
    run(opened, "note.star_power")
    assert opened.document.track.phrases == ()


def test_a_roll_over_two_drums_is_a_double_roll(opened: MainWindow) -> None:
    document = opened.document

    def rolls() -> list[PhraseKind]:
        return [phrase.kind for phrase in document.track.phrases]

    turns = [Note(60 * i, Lane.GREEN if i % 2 else Lane.BLUE, cymbal=True) for i in range(8)]
    document.change("Chart", song=song([*turns, Note(0, Lane.KICK)]))
    document.select_notes(document.track.notes)
    run(opened, "note.roll")
    assert rolls() == [PhraseKind.DOUBLE_ROLL]
    document.select_notes(document.track.notes[:2])  # a kick and one cymbal
    run(opened, "note.roll")
    assert rolls() == []
    run(opened, "note.roll")
    assert rolls() == [PhraseKind.ROLL]


def test_star_power_is_for_players_of_every_difficulty(opened: MainWindow, tmp_path: Path) -> None:
    """A .mid cannot hold it for one alone, so the export told of differences."""
    opened.document.select_notes(opened.document.track.notes[2:3])
    run(opened, "note.flam")
    run(opened, "note.reduce")
    run(opened, "view.hard")
    opened.document.select(Selection(span_s=(0.0, 2.0)))
    for name in ("note.star_power", "note.solo", "note.fill"):
        run(opened, name)
    tracks = opened.document.song.tracks
    assert len(tracks[Difficulty.HARD].phrases) == 3
    assert all(track.phrases == tracks[Difficulty.HARD].phrases for track in tracks.values())
    save_song_folder(opened.document.song, tmp_path / "out", formats=("mid",))
    assert verify_export(tmp_path / "out", opened.document.song).differences == ()
    run(opened, "note.star_power")
    assert all(len(track.phrases) == 2 for track in opened.document.song.tracks.values())
    run(opened, "note.roll")
    assert [p.kind for p in opened.document.track.phrases if p.kind is PhraseKind.ROLL]
    assert len(opened.document.song.expert.phrases) == 2


def test_phrases_and_marks_are_told_in_words(opened: MainWindow, qtbot: QtBot) -> None:
    document, lanes = opened.document, opened.timeline.lanes
    document.change("Chart", song=song([Note(960, Lane.RED, flam=True, dynamic=Dynamic.ACCENT)]))
    document.select_notes(document.track.notes)
    run(opened, "note.solo")
    place = QPointF(lanes.x_of(1.0), lanes.lane_y(Lane.RED))
    said = opened.timeline._wiring.describe(lanes, place)
    assert said == "1.000 s · bar 1, beat 3 · solo · Snare · flam · accent · yours"


def test_a_phrase_is_named_where_there_is_room(opened: MainWindow) -> None:
    """Colour alone says nothing to those who cannot tell the colours apart."""
    document, lanes = opened.document, opened.timeline.lanes
    opened.timeline.axis.show_range(0.0, 8.0)

    def inked(ticks: int) -> int:
        chart = song([Note(7200, Lane.KICK)])
        track = replace(chart.expert, phrases=(Phrase(PhraseKind.SOLO, 0, ticks),))
        tracks = MappingProxyType({Difficulty.EXPERT: track})
        document.change("Chart", song=replace(chart, tracks=tracks))
        picture = lanes.grab(QRect(int(lanes.x_of(0.0)) + 4, 4, 40, 13)).toImage()
        rows, columns = range(picture.height()), range(picture.width())
        return sum(picture.pixelColor(x, y).lightness() > 140 for y in rows for x in columns)

    assert inked(3840) > inked(96) + 20


def test_names_of_phrases_over_each_other_can_all_be_read(opened: MainWindow) -> None:
    """A solo often begins with star power: its name was written across the other."""
    document, lanes = opened.document, opened.timeline.lanes
    opened.timeline.axis.show_range(0.0, 8.0)

    def inked(*kinds: PhraseKind) -> set[tuple[int, int]]:
        phrases = tuple(Phrase(kind, 0, 3840) for kind in kinds)
        track = replace(document.song.expert, notes=(), phrases=phrases)
        tracks = MappingProxyType({Difficulty.EXPERT: track})
        document.change("Chart", song=replace(document.song, tracks=tracks))
        picture = lanes.grab(QRect(int(lanes.x_of(0.0)) + 6, 4, 90, 12)).toImage()
        rows, columns = range(picture.height()), range(picture.width())
        return {(x, y) for y in rows for x in columns if picture.pixelColor(x, y).lightness() > 150}

    alone = inked(PhraseKind.SOLO)
    assert alone
    both = inked(PhraseKind.SOLO, PhraseKind.STAR_POWER)
    assert len(both ^ alone) < 10  # edges of letters on a ground of two colours
