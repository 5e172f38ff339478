"""The review panel and the passages panel."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chart_hero_app.document.document import Document
from chart_hero_app.document.doubts import Kind, Order
from chart_hero_app.document.state import State
from chart_hero_app.document.suggesting import suggest
from chart_hero_app.panels.review import ReviewPanel
from chart_hero_app.panels.sections import SectionsPanel
from chart_hero_app.panels.song import SongPanel
from chart_hero_app.settings.stylesheet import wear
from chart_hero_app.settings.theme import DARK, LIGHT
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.chart.edits import AddSection, ChangeTempoMap, RejectNotes, SetMetadata
from chart_hero_core.chart.song import Difficulty
from chart_hero_core.timing.tempo_map import TempoMap
from tests.app.songs import detection, rock_beat, song


def doubtful(time_s: float, drum: DrumClass, height: float) -> tuple[float, DrumClass, float]:
    """Snares get less sure with time; a ride is almost there."""
    if drum is DrumClass.SNARE:
        return (time_s, drum, 0.72 - time_s / 50)
    return (time_s, drum, height)


@pytest.fixture
def document(qapp: object) -> Document:
    made = Document()
    strokes = [doubtful(*stroke) for stroke in rock_beat()]
    strokes.append((3.1, DrumClass.CRASH, 0.4))
    made.open(State(song()), None)
    heard = detection(strokes)
    made.set_detection(heard)
    made.change("Transcribe", song=song(suggest(made.song, heard, made.settings)))
    return made


@pytest.fixture
def panel(document: Document, qtbot: QtBot) -> ReviewPanel:
    made = ReviewPanel(document, DARK)
    qtbot.addWidget(made)
    return made


def test_the_queue_is_ranked(panel: ReviewPanel) -> None:
    rows = panel.model.rows
    assert len(rows) == 9
    assert [d.risk for d in rows] == sorted((d.risk for d in rows), reverse=True)
    assert sum(d.kind is Kind.MISSING for d in rows) == 1
    assert "8 doubtful, 1 perhaps missing" in panel.count.text()


def test_columns_are_measured_in_the_font_that_is_drawn(
    document: Document, qapp: QApplication, qtbot: QtBot
) -> None:
    wear(DARK)  # with a font size of its own
    system, widths = qapp.font(), []
    try:
        for points in (8, 16):
            large = qapp.font()
            large.setPointSize(points)
            qapp.setFont(large)
            made = ReviewPanel(document, DARK)
            qtbot.addWidget(made)
            widths.append([made.list.columnWidth(column) for column in range(2)])
    finally:
        qapp.setFont(system)
    assert widths[0] == widths[1]


def test_song_order(panel: ReviewPanel) -> None:
    panel.order.setCurrentIndex(panel.order.findData(Order.TIME))
    panel.refresh()
    times = [d.time_s for d in panel.model.rows]
    assert times == sorted(times)


def test_stepping_announces_places(panel: ReviewPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.placeChosen) as signal:
        panel.step(1)
    assert signal.args[0] == panel.model.rows[0]
    panel.step(1)
    assert panel.current == panel.model.rows[1]
    panel.step(-5)
    assert panel.current == panel.model.rows[0]


def test_the_queue_follows_the_chart(panel: ReviewPanel, document: Document, qtbot: QtBot) -> None:
    snare = next(d.note for d in panel.model.rows if d.kind is Kind.DOUBTFUL)
    document.push(RejectNotes(Difficulty.EXPERT, ((snare.tick, snare.lane),)))
    qtbot.waitUntil(lambda: len(panel.model.rows) == 8)


def test_rows_say_what_may_be_wrong(panel: ReviewPanel) -> None:
    model = panel.model
    drums = [model.data(model.index(row, 1)) for row in range(9)]
    assert drums == [doubt.note.drum.title for doubt in model.rows]
    shown = [str(model.data(model.index(row, 2))) for row in range(9)]
    assert any("missing?" in text for text in shown)
    assert any("sure" in text for text in shown)
    tip = model.data(model.index(0, 0), int(Qt.ItemDataRole.ToolTipRole))
    assert "likely" in str(tip)
    heard = str(model.data(model.index(0, 0), int(Qt.ItemDataRole.AccessibleTextRole)))
    assert all(word in heard for word in (str(drums[0]), shown[0]))


def test_columns_of_the_queue_hold_their_texts(panel: ReviewPanel) -> None:
    texts = panel.list.fontMetrics()
    for column in (0, 1):
        shown = [str(panel.model.data(panel.model.index(row, column))) for row in range(9)]
        assert panel.list.columnWidth(column) > max(map(texts.horizontalAdvance, shown)) + 16


def test_nothing_to_review_offers_to_transcribe(qtbot: QtBot) -> None:
    panel = ReviewPanel(Document(), DARK)
    qtbot.addWidget(panel)
    assert panel.step(1) is None
    assert panel._pages.currentWidget() is panel.empty
    assert not panel.transcribe.isHidden()
    panel.set_theme(LIGHT)


def test_passages_are_listed_and_clicked(document: Document, qtbot: QtBot) -> None:
    panel = SectionsPanel(document, DARK)
    qtbot.addWidget(panel)
    assert not panel.analyse.isEnabled()
    document.change("Flag", micro_flags=((0.0, 2.0), (4.0, 5.0)))
    document.push(AddSection(1920, "Verse"))
    assert panel.flags.count() == 2
    assert panel.analyse.isEnabled()
    assert "not yet analysed" in panel.flags.item(0).text()
    assert panel.sections.item(0).text() == "2:1   Verse"
    with qtbot.waitSignal(panel.placeWanted) as signal:
        panel.flags.itemClicked.emit(panel.flags.item(1))
    assert signal.args == [4.0, 5.0]
    with qtbot.waitSignal(panel.placeWanted) as signal:
        panel.sections.itemClicked.emit(panel.sections.item(0))
    assert signal.args == [2.0, 2.0]
    panel.sections.selectAll()
    with qtbot.waitSignal(panel.sectionsDeleted) as signal:
        panel._remove_sections()
    assert signal.args == [[1920]]
    panel.flags.item(0).setSelected(True)
    with qtbot.waitSignal(panel.unflagWanted) as signal:
        panel._remove_flags()
    assert signal.args == [[(0.0, 2.0)]]
    panel.set_theme(LIGHT)


def test_the_bars_of_passages_follow_the_tempo(document: Document, qtbot: QtBot) -> None:
    panel = SectionsPanel(document, DARK)
    qtbot.addWidget(panel)
    document.change("Flag", micro_flags=((2.0, 4.0),))
    assert panel.flags.item(0).text().startswith("2:1–3:1")
    panel.flags.item(0).setSelected(True)
    document.push(AddSection(1920, "Verse"))
    assert panel.flags.selectedItems()  # nothing of it has changed
    document.push(ChangeTempoMap(TempoMap.constant(60.0)))
    assert panel.flags.item(0).text().startswith("1:3–2:1")


def test_song_data_are_edited_one_step_each(document: Document, qtbot: QtBot) -> None:
    panel = SongPanel(document, DARK)
    qtbot.addWidget(panel)
    panel.editWanted.connect(document.push)
    assert panel.fields["name"].text() == "Tune"
    panel.fields["album"].setText("First")
    panel.fields["album"].editingFinished.emit()
    assert document.song.metadata.album == "First"
    assert document.undo_stack.undoText() == "Change album"
    panel.difficulty.setCurrentIndex(panel.difficulty.findData(4))
    panel.difficulty.activated.emit(panel.difficulty.currentIndex())
    assert document.song.metadata.difficulty == 4
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert panel.fields["album"].text() == ""
    document.push(SetMetadata(replace(document.song.metadata, name="A long title " * 20)))
    assert panel.fields["name"].cursorPosition() == 0  # it is read from its beginning
    document.push(SetMetadata(document.song.metadata))
    panel.set_theme(LIGHT)


def test_the_queue_is_of_the_difficulty_on_screen(
    panel: ReviewPanel, document: Document, qtbot: QtBot
) -> None:
    assert panel.model.rows
    document.set_difficulty(Difficulty.HARD)
    qtbot.waitUntil(lambda: not panel.model.rows, timeout=20_000)
    assert "Expert" in panel.empty.text.text()
    assert panel.transcribe.isHidden()  # it was transcribed
    panel.to_expert.click()
    qtbot.waitUntil(lambda: len(panel.model.rows) == 9, timeout=20_000)
