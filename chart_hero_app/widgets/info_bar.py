"""The bar under the toolbar: what went wrong or needs a decision, and the next step."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QToolButton,
    QVBoxLayout,
)

from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import ICON_PX, icon
from chart_hero_app.widgets.labels import button, label, restyle
from chart_hero_app.widgets.wrapping import never_cut

_ICONS = {
    "error": ("ph.warning-circle", "bad"),
    "warning": ("ph.warning", "warn"),
    "note": ("ph.info", "accent"),
}
# Paths cannot be wrapped; a long one must not widen the window.
_LEAST_TEXT_PX = 110
# The list of details: no higher than its lines, and low enough to leave the window of use.
_LEAST_LIST_PX, _MOST_LIST_PX = 40, 166
_AROUND_LINE_PX = 17  # what a line of the list has above and below its words
_SHOW, _HIDE = "Show all", "Hide"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to say. ``actions`` are buttons: words and what they do.

    ``lasting`` ones are not about the song on screen, and stay when another is opened.
    ``passing`` ones go with the next thing that is done, see :meth:`InfoBar.settle`.
    ``details`` are sentences that ``text`` sums up; they are listed on demand.
    ``dismissed`` is called when the person takes it away without an answer.
    """

    kind: str  # error, warning, note
    text: str
    actions: tuple[tuple[str, Callable[[], object]], ...] = ()
    lasting: bool = False
    passing: bool = False
    dismissed: Callable[[], object] | None = None
    details: tuple[str, ...] = ()


class InfoBar(QFrame):
    """Shows the latest notice; earlier ones come back when it is dismissed."""

    shown = Signal(str)  # the text
    keyboardLeft = Signal()  # what had the keyboard here goes away

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._theme = theme
        self._notices: list[Notice] = []
        self._buttons: list[QPushButton] = []
        self._listed: Notice | None = None  # whose details are in the list
        self._make_parts()
        self._lay_out()
        self.hide()

    def _make_parts(self) -> None:
        self._picture = QLabel()
        self.text = label("", wrap=True)
        self.text.setMinimumWidth(_LEAST_TEXT_PX)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.more = button(_SHOW, self._toggle_list)
        self.list = QListWidget()
        self.list.setAccessibleName("All that the message sums up")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setMinimumHeight(_LEAST_LIST_PX)
        never_cut(self.list)
        self._close = QToolButton()
        self._close.setToolTip("Dismiss")
        self._close.setAccessibleName("Dismiss")
        self._close.clicked.connect(self.dismiss)

    def _lay_out(self) -> None:
        self._row = QHBoxLayout()
        self._row.setSpacing(10)
        self._row.addWidget(self._picture)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.more)
        self._row.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.setSpacing(6)
        layout.addLayout(self._row)
        layout.addWidget(self.list)

    @property
    def notice(self) -> Notice | None:
        """What is shown now."""
        return self._notices[-1] if self._notices else None

    def show_notice(self, notice: Notice) -> None:
        """Say something; the same text is not said twice at once."""
        self._notices = [n for n in self._notices if n.text != notice.text]
        self._notices.append(notice)
        del self._notices[:-5]
        self._refresh()
        self.shown.emit(notice.text)

    def error(self, text: str) -> None:
        """Say that something went wrong."""
        self.show_notice(Notice("error", text))

    def refuse(self, text: str) -> None:
        """Say why something was not done."""
        self.show_notice(Notice("error", text, passing=True))

    def settle(self) -> None:
        """Something was done: why something else was not is of the past."""
        kept = [notice for notice in self._notices if not notice.passing]
        if len(kept) != len(self._notices):
            self._notices = kept
            self._refresh()

    def note(self, text: str) -> None:
        """Say something worth knowing."""
        self.show_notice(Notice("note", text))

    def dismiss(self) -> None:
        """Take the shown notice away."""
        gone = self._notices.pop() if self._notices else None
        self._give_up_keyboard()
        self._refresh()
        if gone is not None and gone.dismissed is not None:
            gone.dismissed()

    def withdraw(self, notice: Notice) -> None:
        """Take one notice away: it is settled."""
        self._notices = [other for other in self._notices if other is not notice]
        self._refresh()

    def replace(self, notice: Notice, by: Notice | None) -> None:
        """Say something else in the place of a notice, unless it was dismissed."""
        for index, other in enumerate(self._notices):
            if other is notice:
                self._notices[index : index + 1] = [] if by is None else [by]
                self._refresh()
                return

    def clear(self) -> None:
        """Take away what was said of a song: another one is open."""
        self._notices = [notice for notice in self._notices if notice.lasting]
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self._refresh()

    def _refresh(self) -> None:
        notice = self.notice
        self.setVisible(notice is not None)
        self._remake_buttons(notice)
        self._list_details(notice)
        if notice is None:
            return
        name, colour = _ICONS[notice.kind]
        self._picture.setPixmap(icon(name, self._theme, colour).pixmap(QSize(ICON_PX, ICON_PX)))
        self._close.setIcon(icon("ph.x", self._theme, "quiet"))
        self.text.setText(notice.text)
        self.text.setToolTip(notice.text)
        self.setProperty("kind", notice.kind)
        restyle(self)

    def _remake_buttons(self, notice: Notice | None) -> None:
        for made in self._buttons:
            self._row.removeWidget(made)
            made.hide()  # it goes with the next turn of the event loop
            made.deleteLater()
        self._buttons = []
        answers = (
            [] if notice is None else [(w, self._acting(notice, a)) for w, a in notice.actions]
        )
        for words, act in answers:
            made = button(words, act)
            self._buttons.append(made)
            self._row.insertWidget(self._row.count() - 1, made)
        order = (self.more, *self._buttons, self._close, self.list)
        for one, following in itertools.pairwise(order):
            self.setTabOrder(one, following)  # a new window would begin at "Dismiss"

    def _list_details(self, notice: Notice | None) -> None:
        """Offer the details; a list that was opened stays open until another notice is shown."""
        if notice is self._listed and notice is not None:
            return
        self._listed = notice
        details = () if notice is None else notice.details
        self.list.clear()
        self.list.addItems(details)
        line_px = self.list.fontMetrics().lineSpacing() + _AROUND_LINE_PX
        self.list.setMaximumHeight(min(len(details) * line_px + _AROUND_LINE_PX, _MOST_LIST_PX))
        self.more.setVisible(bool(details))
        self._show_list(shown=False)

    def _toggle_list(self) -> None:
        self._show_list(shown=self.list.isHidden())

    def _show_list(self, *, shown: bool) -> None:
        self.list.setVisible(shown)
        self.more.setText(_HIDE if shown else _SHOW)

    def _give_up_keyboard(self) -> None:
        """Left to Qt it goes to "Dismiss", where Space and Enter are for what is said next."""
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self.keyboardLeft.emit()

    def _acting(self, notice: Notice, action: Callable[[], object]) -> Callable[[], None]:
        def act() -> None:
            if notice in self._notices:
                self._notices.remove(notice)
            self._give_up_keyboard()
            self._refresh()
            action()

        return act
