"""The review panel: the queue of doubtful places; accept or reject with one key."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QStyle,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.document.document import Document
from chart_hero_app.document.doubts import Doubt, Kind, Order, doubts
from chart_hero_app.document.spans import covers
from chart_hero_app.document.state import Span
from chart_hero_app.panels.knobs import drum_icon
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.labels import EmptyState, button, label, percent
from chart_hero_core.base.clock import clock
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.chart.song import Difficulty, Note

_REFRESH_AFTER_MS = 150
_NOT_HEARD = (
    "After the transcription, places where the model was unsure are listed here, "
    "the most doubtful first."
)
_ONLY_EXPERT = "The model suggests notes on Expert only; its doubtful notes are listed there."
_ALL_DONE = "Every doubtful place has been answered or marked as reviewed."
Index = QModelIndex | QPersistentModelIndex
# The widest that usually stands in each column; the last takes what is left.
_WIDEST = ("188:4.75", DrumClass.TOM_HIGH.title, "")
_CELL_ROOM_PX = 24  # round a text, as the style sheet pads it
_ICON_SIZE = QStyle.PixelMetric.PM_SmallIconSize


class DoubtModel(QAbstractTableModel):
    """The queue, one place a row: where, which drum, what may be wrong."""

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__()
        self._document = document
        self._rows: list[Doubt] = []
        self.set_theme(theme)

    @property
    def rows(self) -> list[Doubt]:
        """The queue."""
        return self._rows

    def set_rows(self, rows: list[Doubt]) -> None:
        """Show another queue."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._icons = {drum: drum_icon(drum, theme) for drum in DrumClass}

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: ARG002
        """How many places are in the queue."""
        return len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:  # noqa: ARG002
        """How many things are said of each."""
        return len(_WIDEST)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """Bar and beat, drum, and what may be wrong."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        doubt = self._rows[index.row()]
        cells = (self._place(doubt), doubt.note.drum.title, _words(doubt))
        if role == Qt.ItemDataRole.DisplayRole:
            return cells[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(cells)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._icons[doubt.note.drum]
        if role == Qt.ItemDataRole.ToolTipRole:
            where = f"Bar:beat {self._place(doubt)}, {doubt.time_s:.3f} s"
            return f"{where}: about {percent(doubt.risk)} likely that the chart is wrong"
        return None

    def _place(self, doubt: Doubt) -> str:
        bar, beat, part = self._document.song.tempo_map.bar_beat(doubt.note.tick)
        off = f"{part:.2f}".lstrip("0") if part >= 0.005 else ""
        return f"{bar + 1}:{beat + 1}{off}"


def _words(doubt: Doubt) -> str:
    if doubt.kind is Kind.MISSING:
        return f"missing? {percent(doubt.risk)}"
    return f"{percent(1 - doubt.risk)} sure"


class _Queue(QTreeView):
    """The list: with the keyboard in it arrows show places, and Enter answers what is shown."""

    walked = Signal(int)  # row
    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is no double click: the place shown is accepted."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
            return
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        row = self.currentIndex().row()
        if row not in (before, -1):
            self.walked.emit(row)


class ReviewPanel(QWidget):
    """Queue, and the buttons for its current place. What they do is up to the window."""

    nextWanted = Signal()
    acceptWanted = Signal()
    rejectWanted = Signal()
    transcribeWanted = Signal()
    placeChosen = Signal(object)  # Doubt
    queueChanged = Signal()

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__()
        self._document = document
        self._seen: tuple[Note, Kind] | None = None  # what was announced last
        self.model = DoubtModel(document, theme)
        self.order = self._make_order()
        self.count = label("", "small")
        self.reviewed = label("", "small")
        self.reviewed.setToolTip(
            "Passages you have confirmed: the model may learn from them, and suggests nothing "
            "more in them (Review menu)"
        )
        self._nothing_reviewed = "Nothing marked as reviewed yet"
        self.accept = button("Accept", self.acceptWanted.emit, primary=True)
        self.reject = button("Reject", self.rejectWanted.emit)
        self.next = button("Next", self.nextWanted.emit)
        self.list = self._make_list()
        self.empty = EmptyState("ph.checks", "Nothing to review", _NOT_HEARD, theme)
        self.transcribe = button("Transcribe", self.transcribeWanted.emit)
        self.empty.add_button(self.transcribe)
        self.to_expert = button("Show Expert", lambda: document.set_difficulty(Difficulty.EXPERT))
        self.empty.add_button(self.to_expert)
        self._queue = self._make_queue()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._queue)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 8, 8)
        layout.addWidget(self._pages)
        self._timer = QTimer(self)
        self._follow()
        self.refresh()

    def _make_order(self) -> QComboBox:
        made = QComboBox()
        for order in Order:
            made.addItem(order.value.capitalize(), order)
        made.setAccessibleName("Order of the queue")
        made.activated.connect(self.refresh)
        return made

    def _make_list(self) -> _Queue:
        made = _Queue()
        made.setModel(self.model)
        made.setUniformRowHeights(True)
        made.setRootIsDecorated(False)
        made.setAllColumnsShowFocus(True)
        made.setHeaderHidden(True)
        made.header().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        made.ensurePolished()  # until then it measures in the system's font, not in its own
        metrics, icon_px = made.fontMetrics(), made.style().pixelMetric(_ICON_SIZE)
        for column, text in enumerate(_WIDEST[:-1]):
            room_px = _CELL_ROOM_PX + (0 if column else icon_px)
            made.setColumnWidth(column, metrics.horizontalAdvance(text) + room_px)
        made.setAccessibleName("Doubtful notes")
        made.clicked.connect(lambda index: self._choose(index.row()))
        made.walked.connect(self._choose)
        made.entered.connect(self.acceptWanted)
        return made

    def _follow(self) -> None:
        """Make the queue anew when anything changes, once for many changes."""
        document = self._document
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_AFTER_MS)
        self._timer.timeout.connect(self.refresh)
        for signal in (
            document.songChanged,
            document.activationsChanged,
            document.reviewedChanged,
            document.difficultyChanged,
            document.opened,
        ):
            signal.connect(self._timer.start)

    @property
    def current(self) -> Doubt | None:
        """The place under review."""
        row = self.list.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    @property
    def seen(self) -> bool:
        """Whether the current place was shown: an edit elsewhere may have moved the queue on."""
        doubt = self.current
        return doubt is not None and (doubt.note, doubt.kind) == self._seen

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self.model.set_theme(theme)
        self.empty.set_theme(theme)

    def refresh(self) -> None:
        """Make the queue anew; the current place stays current if it is still there."""
        document = self._document
        if document.gesture_base is not None:
            self._timer.start()
            return
        before, row = self.current, self.list.currentIndex().row()
        found: list[Doubt] = []
        if document.detection is not None and document.difficulty is Difficulty.EXPERT:
            every = doubts(
                document.columns,
                document.track.rejected,
                document.near_misses(),
                document.song.tempo_map,
                self.order.currentData(),
            )
            found = [doubt for doubt in every if not covers(document.reviewed, doubt.time_s)]
        self.model.set_rows(found)
        self._explain()
        self._show_page(self._queue if found else self.empty)
        missing = sum(doubt.kind is Kind.MISSING for doubt in found)
        self.count.setText(f"{len(found) - missing:,} doubtful, {missing:,} perhaps missing")
        self._show_reviewed()
        if before is not None:
            same = [
                i for i, d in enumerate(found) if (d.note, d.kind) == (before.note, before.kind)
            ]
            keep = same[0] if same else min(row, len(found) - 1)
            self.list.setCurrentIndex(self.model.index(keep, 0))
        self.queueChanged.emit()

    def _show_page(self, page: QWidget) -> None:
        """Show the queue or why there is none; the keyboard stays in the panel."""
        left, focus = self._pages.currentWidget(), QApplication.focusWidget()
        self._pages.setCurrentWidget(page)
        if left is None or focus is None or page is left or not left.isAncestorOf(focus):
            return
        if page is self.empty:
            self.empty.take_keyboard()
        else:
            self.list.setFocus()

    def _explain(self) -> None:
        """Say why the queue is empty when it is."""
        if self._document.detection is None:
            self.empty.explain(_NOT_HEARD, self.transcribe)
        elif self._document.difficulty is not Difficulty.EXPERT:
            self.empty.explain(_ONLY_EXPERT, self.to_expert)
        else:
            self.empty.explain(_ALL_DONE)

    def step(self, rows: int) -> Doubt | None:
        """Make the next (or an earlier) place current and announce it."""
        count = len(self.model.rows)
        if not count:
            return None
        row = self.list.currentIndex().row()
        row = 0 if row < 0 else min(max(row + rows, 0), count - 1)
        self._choose(row)
        return self.current

    def _choose(self, row: int) -> None:
        self.list.setCurrentIndex(self.model.index(row, 0))
        doubt = self.current
        if doubt is not None:
            self._seen = (doubt.note, doubt.kind)
            self.placeChosen.emit(doubt)

    def set_nothing_reviewed(self, text: str) -> None:
        """What is said while nothing is marked as reviewed."""
        self._nothing_reviewed = text
        self._show_reviewed()

    def _show_reviewed(self) -> None:
        document = self._document
        said = _reviewed_text(document.reviewed, document.duration_s)
        self.reviewed.setText(said or self._nothing_reviewed)

    def _make_queue(self) -> QWidget:
        holder = QWidget()
        top = QHBoxLayout()
        top.addWidget(self.order, 1)
        bottom = QHBoxLayout()
        for made in (self.accept, self.reject, self.next):
            bottom.addWidget(made, 1)
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.count)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.reviewed)
        layout.addLayout(bottom)
        return holder


def _reviewed_text(spans: tuple[Span, ...], duration_s: float) -> str:
    seconds = sum(end_s - start_s for start_s, end_s in spans)
    if not seconds:
        return ""
    return f"{clock(seconds, 0)} of {clock(duration_s, 0)} min marked as reviewed"
