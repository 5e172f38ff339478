"""A timeline on a realistic song; fails on what it leaves behind."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from chart_hero_app.document.document import Document
from chart_hero_app.document.transport import Transport
from chart_hero_app.settings.theme import DARK
from chart_hero_app.timeline.edge_scroll import EdgeScroll
from chart_hero_app.timeline.view import TimelineView
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note
from tests.app.timeline.fakes import Fake, fake_document

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.KeyboardModifier.NoModifier


@dataclass
class Bench:
    """A shown view with what it shows, and hands for the mouse."""

    qtbot: QtBot
    view: TimelineView
    document: Document
    transport: Transport

    def spot(self, time_s: float, lane: Lane) -> QPoint:
        """Where a time on a lane is in the lanes row."""
        return QPointF(self.view.axis.x_of(time_s), self.view.lanes.lane_y(lane)).toPoint()

    def note_spot(self, note: Note) -> QPoint:
        """Where a note is in the lanes row."""
        return self.spot(self.document.song.tempo_map.seconds(note.tick), note.lane)

    def click(
        self,
        row: QWidget,
        at: QPoint,
        button: Qt.MouseButton = LEFT,
        keys: Qt.KeyboardModifier = NONE,
    ) -> None:
        """Press and release."""
        self.qtbot.mouseClick(row, button, keys, at)

    def drag(
        self, row: QWidget, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = NONE
    ) -> None:
        """Press, move in steps, release."""
        self.hold(row, start, end, keys)
        self.qtbot.mouseRelease(row, LEFT, keys, end)

    def hold(
        self, row: QWidget, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = NONE
    ) -> None:
        """Press and move in steps, and stay there."""
        self.qtbot.mousePress(row, LEFT, keys, start)
        for step in range(1, 6):
            self.move(row, start + (end - start) * step / 5, LEFT, keys)

    def move(
        self,
        row: QWidget,
        at: QPoint,
        buttons: Qt.MouseButton = Qt.MouseButton.NoButton,
        keys: Qt.KeyboardModifier = NONE,
    ) -> None:
        """Move the mouse with buttons and keys held."""
        from PySide6.QtCore import QEvent
        from PySide6.QtGui import QMouseEvent

        place = QPointF(at)
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            QPointF(row.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            buttons,
            keys,
        )
        QApplication.sendEvent(row, event)

    def held_on(self) -> None:
        """The mouse has stayed where it is for some steps of the scrolling at an edge."""
        scroll = self.view.findChild(EdgeScroll)
        for _ in range(3):
            scroll.step()

    def wheel(self, at: QPoint, notches: float, keys: Qt.KeyboardModifier = NONE) -> None:
        """Turn the wheel over the view."""
        event = QWheelEvent(
            QPointF(at),
            QPointF(self.view.mapToGlobal(at)),
            QPoint(),
            QPoint(0, round(notches * 120)),
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view, event)


def bench_of(qtbot: QtBot, fake: Fake, size: tuple[int, int] = (1200, 700)) -> Bench:
    """Show a document."""
    view = TimelineView(fake.document, fake.transport, DARK)
    qtbot.addWidget(view, before_close_func=lambda shown: shown.close_down())
    view.resize(*size)
    view.show()
    view.axis.show_range(2.0, 10.0)
    return Bench(qtbot, view, fake.document, fake.transport)


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    """A short song without sound: quick to build."""
    made = bench_of(qtbot, fake_document(300, sound=False))
    yield made
    made.view.close_down()


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Every thread a test starts must have ended."""
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and t.name == "mel"]
    assert not left
