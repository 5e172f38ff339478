"""No command that can be given does nothing without a word."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from chart_hero_app.document.state import Selection
from chart_hero_app.main_window.command_palette import CommandPalette
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note, PhraseKind, Section
from tests.app.main_window.driving import NOTES, run
from tests.app.songs import song

NO_NOTES = "There are no notes in the selected stretch"
ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.mark.parametrize(
    "name",
    [
        "edit.copy",
        "edit.cut",
        "edit.delete",
        "note.accent",
        "note.cymbal",
        "note.double_kick",
        "note.earlier",
        "note.flam",
        "note.ghost",
        "note.lane_up",
        "note.later_ms",
        "note.quantise",
        "note.transient",
    ],
)
def test_a_stretch_without_notes_says_so(opened: MainWindow, name: str) -> None:
    opened.document.select(Selection(span_s=(5.1, 5.4)))
    run(opened, name)
    assert opened.statusBar().currentMessage() == NO_NOTES


def test_notes_at_the_edge_and_pasted_twice_say_so(opened: MainWindow, qtbot: QtBot) -> None:
    said, lanes = opened.statusBar().currentMessage, opened.timeline.lanes
    opened.document.select_notes(tuple(NOTES[:2]))
    lanes.setFocus()
    qtbot.keyClick(lanes, Qt.Key.Key_Left, CTRL)
    assert said() == "The selected notes cannot move any further that way"
    qtbot.keyClick(lanes, Qt.Key.Key_C, CTRL)
    opened.transport.seek(0.0)
    qtbot.keyClick(lanes, Qt.Key.Key_V, CTRL)
    assert said() == "These notes are already there"
    assert opened.document.track.notes == tuple(NOTES)


def test_zooming_to_a_selection_needs_one(opened: MainWindow, qtbot: QtBot) -> None:
    lanes = opened.timeline.lanes
    lanes.setFocus()
    qtbot.keyClick(lanes, Qt.Key.Key_9, CTRL)
    assert (
        opened.statusBar().currentMessage()
        == "Zoom to the selection: select notes or a stretch of time first"
    )
    opened.document.select_notes(tuple(NOTES[2:4]))
    qtbot.keyClick(lanes, Qt.Key.Key_9, CTRL)
    assert opened.timeline.axis.span_s < 1.0


def test_after_the_last_section_there_is_none(opened: MainWindow, qtbot: QtBot) -> None:
    there = replace(opened.document.song, sections=(Section(960, "Verse"),))
    opened.document.change("Sections", song=there)
    opened.timeline.lanes.setFocus()
    qtbot.keyClick(opened.timeline.lanes, Qt.Key.Key_Up, ALT)
    assert opened.statusBar().currentMessage() == ""
    qtbot.keyClick(opened.timeline.lanes, Qt.Key.Key_Up, ALT)
    assert opened.statusBar().currentMessage() == "There is no later section"


def test_accepting_says_where_there_is_nothing_to_accept(opened: MainWindow, qtbot: QtBot) -> None:
    lanes, said = opened.timeline.lanes, opened.statusBar().currentMessage
    lanes.setFocus()
    qtbot.keyClick(lanes, Qt.Key.Key_Return)
    assert said() == "Nothing is doubtful or selected"
    own = Note(0, Lane.RED)
    own = replace(own, origin=replace(own.origin, touched=True))
    opened.document.change("Chart", song=song([own]))
    opened.document.select_notes((own,))
    qtbot.keyClick(lanes, Qt.Key.Key_Return)
    assert said() == "The selected notes are your own already"


def test_a_menu_and_the_palette_say_what_a_command_waits_for(
    opened: MainWindow, qtbot: QtBot
) -> None:
    menu = opened.menus["note"]
    menu.popup(opened.pos())
    tip = opened.book["note.accent"].toolTip
    assert tip().endswith("\nSelect notes or a stretch of time first")
    menu.close()
    palette = CommandPalette(opened.book, opened)
    qtbot.addWidget(palette)
    qtbot.keyClicks(palette.field, "accent")
    found = [palette.list.topLevelItem(row) for row in range(palette.list.topLevelItemCount())]
    titles = [item.text(0) for item in found if item is not None]
    assert "Accent — select notes or a stretch of time first" in titles
    opened.document.select_notes(tuple(NOTES[:2]))
    menu.popup(opened.pos())
    assert tip() == "Accent (V)\nAccent the selected notes"
    menu.close()


def test_a_section_is_removed_at_the_playhead(opened: MainWindow, qtbot: QtBot) -> None:
    lanes, shift = opened.timeline.lanes, Qt.KeyboardModifier.ShiftModifier
    there = replace(opened.document.song, sections=(Section(0, "Intro"), Section(960, "Verse")))
    opened.document.change("Sections", song=there)
    lanes.setFocus()
    opened.transport.seek(1.0)
    qtbot.keyClick(lanes, Qt.Key.Key_P, shift)
    assert [section.name for section in opened.document.song.sections] == ["Intro"]
    assert opened.book["edit.undo"].text() == "Undo remove section"
    qtbot.keyClick(lanes, Qt.Key.Key_P, shift)
    assert opened.statusBar().currentMessage() == "No section starts at this beat"


def test_a_refusal_goes_with_the_next_thing_done(opened: MainWindow) -> None:
    opened.bar.error("The disk is full.")
    opened.timeline.editing.toggle_phrase(PhraseKind.STAR_POWER)
    notice = opened.bar.notice
    assert notice is not None
    assert notice.text == "Select notes or a stretch of time for star power first."
    opened.document.select_notes(tuple(NOTES[:2]))
    assert opened.bar.notice is not None
    assert opened.bar.notice.text == "The disk is full."  # that is still so
