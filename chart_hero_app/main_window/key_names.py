"""Texts that name keys, made from the keys in use and kept in step with them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence

from chart_hero_app.panels.review import ReviewPanel
from chart_hero_app.panels.sections import SectionsPanel
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.timeline.view import TimelineView

SNAP_TIP = "Snap grid, in parts of a whole note; hold Alt to turn it off for the mouse"
SNAP_KEYS = ("view.snap_coarser coarser", "view.snap_finer finer")
_LANES = ("note.kick", "note.red", "note.yellow", "note.blue", "note.green")


class KeyNames(QObject):
    """Says which keys run a command."""

    def __init__(self, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = preferences

    def of(self, command: str) -> str:
        """The first key of a command as people read it; empty when it has none."""
        keys = self._preferences.keys(command)
        native = QKeySequence.SequenceFormat.NativeText
        return QKeySequence(keys[0]).toString(native) if keys else ""

    def after(self, text: str, *commands: str) -> str:
        """``text`` with the keys of commands in brackets: ``Accept (Enter)``.

        A command may have a word behind it, which follows its key: ``view.snap_finer finer``.
        """
        parts = [(self.of(name), word) for name, _, word in (c.partition(" ") for c in commands)]
        said = [f"{key} {word}".rstrip() for key, word in parts if key]
        return f"{text} ({' and '.join(said)})" if said else text

    def of_lanes(self) -> str:
        """The keys that place notes, kick first: ``0 to 4``; empty when there are none."""
        keys = [key for key in map(self.of, _LANES) if key]
        if len(keys) < 2:
            return "".join(keys)
        numbers = [int(key) if key.isdecimal() else None for key in keys]
        first = numbers[0]
        if first is not None and numbers == list(range(first, first + len(keys))):
            return f"{keys[0]} to {keys[-1]}"
        return f"{', '.join(keys[:-1])} and {keys[-1]}"

    def follow(self, show: Callable[[], object]) -> None:
        """Run ``show`` now and whenever keys change."""
        show()
        self._preferences.keysChanged.connect(lambda: show())

    def tell(self, show: Callable[[str], object], text: str, *commands: str) -> None:
        """Have ``show`` say ``text`` with the keys of commands, now and when they change."""
        self.follow(lambda: show(self.after(text, *commands)))


def name_keys(
    keys: KeyNames, review: ReviewPanel, sections: SectionsPanel, timeline: TimelineView
) -> None:
    """Let panels and timeline name the keys in use."""
    keys.tell(review.accept.setToolTip, "Accept", "review.accept")
    keys.tell(review.reject.setToolTip, "Reject", "review.reject")
    keys.tell(review.next.setToolTip, "Next doubtful note", "review.next")
    keys.tell(review.set_nothing_reviewed, "Nothing marked as reviewed yet", "review.mark")
    keys.tell(sections.flag.setToolTip, "Flag the selected stretch", "analyse.flag")
    keys.tell(sections.analyse.setToolTip, sections.analyse.toolTip(), "analyse.micro")
    keys.tell(sections.add.setToolTip, "Name a section", "tempo.section")
    keys.follow(lambda: timeline.set_note_keys(keys.of_lanes()))
