"""The list of what Clone Hero and YARG would complain about; a click shows the place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from chart_hero_app.document.document import Document
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.entering import EnterKeys
from chart_hero_app.widgets.icons import icon
from chart_hero_app.widgets.labels import EmptyState, label
from chart_hero_app.widgets.wrapping import never_cut
from chart_hero_core.chart.song import Metadata
from chart_hero_core.chart.validate import Problem, Severity, validate
from chart_hero_core.formats.song_folder import finished_metadata

_ICONS = {
    Severity.ERROR: ("ph.x-circle", "bad"),
    Severity.WARNING: ("ph.warning", "warn"),
    Severity.HINT: ("ph.info", "quiet"),
}
_PLACES = int(Qt.ItemDataRole.UserRole)  # problems that one line stands for
_NEXT = _PLACES + 1  # which of them the next click shows
# A list longer than this helps nobody; the count is told above it.
_MAX_SHOWN = 300


class ProblemList(QWidget):
    """Errors first; each line says what is wrong and where."""

    placeWanted = Signal(object)  # Problem

    def __init__(
        self, document: Document, theme: Theme, metadata: Callable[[], Metadata] | None = None
    ) -> None:
        """``metadata`` says what will be written, where that is not what the song says yet."""
        super().__init__()
        self._document = document
        self._metadata = metadata or (lambda: document.song.metadata)
        self._theme = theme
        self.problems: list[Problem] = []
        self._ignored: frozenset[str] = frozenset()
        self.count = label("", "small")
        self.list = QListWidget()
        never_cut(self.list)
        self.list.setAccessibleName("Problems")
        self.list.itemClicked.connect(self._on_item)
        EnterKeys(self.list, lambda: self._on_item(self.list.currentItem()))
        self.empty = EmptyState(
            "ph.check-circle", "No problems found", "The chart passes every check.", theme
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.count)
        layout.addWidget(self._pages, 1)

    def ignore(self, rules: Iterable[str]) -> None:
        """Leave out problems of these rules: the export mends them."""
        self._ignored = frozenset(rules)
        self.refresh()

    def refresh(self) -> None:
        """Check the song again, with the data that the export fills in."""
        document = self._document
        length_s = document.duration_s or None
        told = replace(document.song, metadata=self._metadata())
        song = replace(told, metadata=finished_metadata(told))
        found = validate(song, song_length_s=length_s)
        self.problems = [problem for problem in found if problem.rule not in self._ignored]
        self.list.clear()
        for places in _alike(self.problems)[:_MAX_SHOWN]:
            self.list.addItem(self._item(places))
        counts = [
            f"{number:,} {severity.value}{'s' if number > 1 else ''}"
            for severity in Severity
            if (number := sum(p.severity is severity for p in self.problems))
        ]
        self.count.setText(", ".join(counts))
        self._pages.setCurrentIndex(0 if self.problems else 1)

    def _item(self, places: list[Problem]) -> QListWidgetItem:
        first = places[0]
        item = QListWidgetItem(self._icon(first), self.words(first))
        if len(places) > 1:
            item.setText(f"{item.text()}\n{len(places):,} places: each click shows the next")
        item.setToolTip(f"{first.severity.value.capitalize()}: {first.message}")
        item.setData(_PLACES, places)
        item.setData(_NEXT, 0)
        return item

    def _icon(self, problem: Problem) -> QIcon:
        name, colour = _ICONS[problem.severity]
        return icon(name, self._theme, colour)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self.empty.set_theme(theme)
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setIcon(self._icon(item.data(_PLACES)[0]))

    def words(self, problem: Problem) -> str:
        """``Hard, 3:1: …``: where a problem is, and what it is."""
        places: list[str] = []
        if problem.difficulty is not None:
            places.append(problem.difficulty.title)
        if problem.tick is not None:
            bar, beat, _ = self._document.song.tempo_map.bar_beat(max(problem.tick, 0))
            places.append(f"{bar + 1}:{beat + 1}")
        elif places and problem.message.startswith(places[0]):
            return problem.message
        where = ", ".join(places)
        return f"{where}: {problem.message}" if where else problem.message

    def _on_item(self, item: QListWidgetItem | None) -> None:
        """Show where it is; of several places the next each time."""
        if item is None:
            return
        places, index = item.data(_PLACES), item.data(_NEXT)
        problem: Problem = places[index]
        item.setData(_NEXT, (index + 1) % len(places))
        if problem.tick is not None:
            self.placeWanted.emit(problem)


def _alike(problems: Iterable[Problem]) -> list[list[Problem]]:
    """What is said in the same words of one difficulty, in the order of the first of each.

    A chart that is a beat off has thousands of one kind, which would hide all others.
    """
    found: dict[object, list[Problem]] = {}
    for problem in problems:
        said = (problem.severity, problem.message, problem.difficulty)
        found.setdefault(said, []).append(problem)
    return list(found.values())
