"""Labels, lines and empty states in the roles the style sheet knows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTableWidget,
    QTreeWidget,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import icon
from chart_hero_core.timing.tempo_map import TempoMap

MOST_DECIMAL_BPM = 1000.0
_WORD_PX = 40

NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def head_numbers(table: QTableWidget | QTreeWidget) -> None:
    """Put the titles of all columns but the first over the right ends of their numbers."""
    for column in range(1, table.columnCount()):
        if isinstance(table, QTreeWidget):
            table.headerItem().setTextAlignment(column, NUMBERS)
        elif (title := table.horizontalHeaderItem(column)) is not None:
            title.setTextAlignment(NUMBERS)


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """A label; ``role`` is one of the style sheet's (title, heading, quiet, small, caption …)."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


class YieldingLabel(QLabel):
    """A line of text that gives way: its middle is left out where there is no room for all."""

    def minimumSizeHint(self) -> QSize:
        """No wider than a word: a window must not grow with what is said in it."""
        wanted = super().minimumSizeHint()
        return QSize(min(_WORD_PX, wanted.width()), wanted.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much as there is room for."""
        painter = QPainter(self)
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, room.width()
        )
        self.style().drawItemText(
            painter,
            room,
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            text,
            self.foregroundRole(),
        )


def percent(share: float) -> str:
    """``83 %`` for 0.83."""
    return f"{share * 100:.0f} %"


def notes_text(count: int) -> str:
    """``1 note``, ``2,131 notes``."""
    return f"{count:,} note{'' if count == 1 else 's'}"


def bpm_text(bpm: float) -> str:
    """A tempo with its unit; where it only fills a gap, too fast for any song, without decimals."""
    return f"{bpm:.2f} BPM" if bpm < MOST_DECIMAL_BPM else f"{bpm:.0f} BPM"


def place_text(tempo_map: TempoMap, time_s: float) -> str:
    """Bar and beat of a time, both from 1: ``12:3``."""
    # A hair before the beat is on the beat: times come from samples, beats from ticks.
    bar, beat, _ = tempo_map.bar_beat(tempo_map.tick_at(time_s) + 0.5)
    return f"{bar + 1}:{beat + 1}"


def shortened(text: str, most: int = 38) -> str:
    """``text`` with its middle left out where it is longer than ``most`` characters."""
    if len(text) <= most:
        return text
    kept = (most - 1) // 2
    return f"{text[:kept]}…{text[-kept:]}"


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget another role of the style sheet."""
    widget.setProperty("role", role)
    restyle(widget)


def restyle(widget: QWidget) -> None:
    """Have the style sheet look at a widget's properties again."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


def pad(box: QAbstractSpinBox) -> None:
    """Keep a number as far from its frame as texts are: the style sheet cannot."""
    field = box.findChild(QLineEdit)
    if field is not None:
        field.setTextMargins(8, 0, 0, 0)


def line() -> QFrame:
    """A horizontal hairline."""
    made = QFrame()
    made.setProperty("role", "line")
    made.setFixedHeight(1)
    return made


def scrolled(widget: QWidget) -> QScrollArea:
    """``widget``, to be scrolled up and down; the keyboard goes to what is in it, not to it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    return area


def button(
    text: str, on_click: Callable[[], object], *, primary: bool = False, tip: str = ""
) -> QPushButton:
    """A push button that takes the focus by Tab only, so that keys stay with the timeline."""
    made = QPushButton(text)
    made.clicked.connect(lambda: on_click())
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setAutoDefault(True)
    if primary:
        made.setProperty("primary", True)
    if tip:
        made.setToolTip(tip)
    return made


def last_row(dialog: QDialog, *further: QPushButton) -> QHBoxLayout:
    """The last row of a dialog that is not answered but closed, with what else it offers."""
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(button("Close", dialog.close))
    for made in further:
        row.addWidget(made)
    return row


def answers(dialog: QDialog, yes: str) -> QDialogButtonBox:
    """The last row of a dialog: ``yes`` accepts, Cancel rejects."""
    box = QDialogButtonBox(
        QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
    )
    accept = box.button(QDialogButtonBox.StandardButton.Ok)
    accept.setText(yes)
    accept.setProperty("primary", True)
    box.accepted.connect(dialog.accept)
    box.rejected.connect(dialog.reject)
    return box


class EmptyState(QWidget):
    """What a panel shows while it has nothing: what it is for, and the way to fill it."""

    def __init__(self, icon_name: str, title: str, text: str, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "empty")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # so that its focus is drawn
        self.setAccessibleName(title)
        self._buttons: list[QPushButton] = []
        self._icon_name = icon_name
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(24, 24, 24, 24)
        self._layout.setSpacing(8)
        self._layout.addStretch(2)
        self._layout.addWidget(self._picture)
        heading = label(title, "heading", wrap=True)
        heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._layout.addWidget(heading)
        self.text = label(text, "quiet", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._layout.addWidget(self.text)
        self._layout.addStretch(3)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.set_theme(theme)

    def add_button(self, made: QPushButton) -> None:
        """Offer the action that fills the panel."""
        self._buttons.append(made)
        made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._layout.insertSpacing(self._layout.count() - 1, 8)
        self._layout.insertWidget(
            self._layout.count() - 1, made, alignment=Qt.AlignmentFlag.AlignHCenter
        )

    def explain(self, text: str, *offered: QPushButton) -> None:
        """Say why there is nothing, and offer these of the buttons.

        Where there is none the keyboard goes to the words: it must not be lost from sight.
        """
        self.text.setText(text)
        self.setAccessibleDescription(text)
        for made in self._buttons:
            made.setVisible(made in offered)
        focus = Qt.FocusPolicy.NoFocus if offered else Qt.FocusPolicy.TabFocus
        self.setFocusPolicy(focus)

    def take_keyboard(self) -> None:
        """Give the keyboard to what is offered, else to the words."""
        offered = [made for made in self._buttons if not made.isHidden()]
        next(iter(offered), self).setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._picture.setPixmap(icon(self._icon_name, theme, "quiet").pixmap(QSize(36, 36)))
