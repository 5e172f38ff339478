"""The bar under the toolbar: what went wrong or needs a decision, and the next step."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton

from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import ICON_PX, icon
from chart_hero_app.widgets.labels import button, label, restyle

_ICONS = {
    "error": ("ph.warning-circle", "bad"),
    "warning": ("ph.warning", "warn"),
    "note": ("ph.info", "accent"),
}
# Paths cannot be wrapped; a long one must not widen the window.
_LEAST_TEXT_PX = 160


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to say. ``actions`` are buttons: words and what they do.

    ``lasting`` ones are not about the song on screen, and stay when another is opened.
    ``passing`` ones go with the next thing that is done, see :meth:`InfoBar.settle`.
    ``dismissed`` is called when the person takes it away without an answer.
    """

    kind: str  # error, warning, note
    text: str
    actions: tuple[tuple[str, Callable[[], object]], ...] = ()
    lasting: bool = False
    passing: bool = False
    dismissed: Callable[[], object] | None = None


class InfoBar(QFrame):
    """Shows the latest notice; earlier ones come back when it is dismissed."""

    shown = Signal(str)  # the text
    keyboardLeft = Signal()  # what had the keyboard here goes away

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._theme = theme
        self._notices: list[Notice] = []
        self._picture = QLabel()
        self.text = label("", wrap=True)
        self.text.setMinimumWidth(_LEAST_TEXT_PX)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QToolButton()
        self._close.setToolTip("Dismiss")
        self._close.setAccessibleName("Dismiss")
        self._close.clicked.connect(self.dismiss)
        self._buttons: list[QPushButton] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(12, 6, 8, 6)
        self._layout.setSpacing(10)
        self._layout.addWidget(self._picture)
        self._layout.addWidget(self.text, 1)
        self._layout.addWidget(self._close)
        self.hide()

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
        for made in self._buttons:
            self._layout.removeWidget(made)
            made.hide()  # it goes with the next turn of the event loop
            made.deleteLater()
        self._buttons = []
        notice = self.notice
        self.setVisible(notice is not None)
        if notice is None:
            return
        name, colour = _ICONS[notice.kind]
        self._picture.setPixmap(icon(name, self._theme, colour).pixmap(QSize(ICON_PX, ICON_PX)))
        self._close.setIcon(icon("ph.x", self._theme, "quiet"))
        self.text.setText(notice.text)
        self.text.setToolTip(notice.text)
        for words, action in notice.actions:
            made = button(words, self._acting(notice, action))
            self._buttons.append(made)
            self._layout.insertWidget(self._layout.count() - 1, made)
        for one, following in itertools.pairwise((*self._buttons, self._close)):
            self.setTabOrder(one, following)  # a new window would begin at "Dismiss"
        self.setProperty("kind", notice.kind)
        restyle(self)

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
