"""The lists of flagged passages and sections."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from chart_hero_app.document.document import Document
from chart_hero_app.document.state import State
from chart_hero_app.panels.sections import SectionsPanel
from chart_hero_app.settings.theme import DARK
from chart_hero_core.chart.song import Section
from chart_hero_core.timing.tempo_map import TempoMap
from tests.app.songs import song


def test_removing_needs_something_chosen(qtbot: QtBot) -> None:
    document = Document()
    panel = SectionsPanel(document, DARK)
    qtbot.addWidget(panel)
    made = replace(song(), sections=(Section(0, "Intro"),))
    document.open(State(made, micro_flags=((1.0, 2.0),)), None)
    assert not panel.unflag.isEnabled()
    assert not panel.remove.isEnabled()
    panel.flags.item(0).setSelected(True)
    assert panel.unflag.isEnabled()
    panel.sections.item(0).setSelected(True)
    assert panel.remove.isEnabled()
    document.open(State(song()), None)
    assert not panel.unflag.isEnabled()
    assert not panel.remove.isEnabled()


def test_what_sections_are_for_is_told_while_there_are_none(qtbot: QtBot) -> None:
    document = Document()
    panel = SectionsPanel(document, DARK)
    qtbot.addWidget(panel)
    assert "practise one part" in panel.parts.text()
    made = replace(song(), sections=(Section(0, "Intro"), Section(1920, "Verse")))
    document.open(State(made), None)
    assert panel.parts.text() == "2 sections"


def test_a_passage_is_shown_by_the_bars_it_begins_and_ends_at(qtbot: QtBot) -> None:
    document = Document()
    panel = SectionsPanel(document, DARK)
    qtbot.addWidget(panel)
    at_97_bpm = TempoMap.constant(97.0)  # of which bar 2 begins a hair before its tick
    flags = ((at_97_bpm.seconds(1920), at_97_bpm.seconds(3840)),)
    document.open(State(replace(song(), tempo_map=at_97_bpm), micro_flags=flags), None)
    assert panel.flags.item(0).text().startswith("2:1–3:1")
