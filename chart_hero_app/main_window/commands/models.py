"""The models of the training panel: which one listens, its name, copies, and what was removed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, QFile, QObject, Signal
from PySide6.QtWidgets import QFileDialog

from chart_hero_app.main_window.desk import Desk
from chart_hero_app.panels.training_models import ModelsPage
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_app.widgets.prompts import ask_text
from chart_hero_core.base.errors import ChartHeroError, StorageError
from chart_hero_core.base.model_choice import SUFFIX
from chart_hero_core.tasks.model_files import (
    Removed,
    check_new_name,
    export_model,
    put_back,
    rename_model,
    set_aside,
    throw_away,
)
from chart_hero_core.tasks.models import (
    ModelInfo,
    add_model,
    add_with_levels,
    list_models,
    roll_back,
    take_model,
    use_model,
)

_log = logging.getLogger(__name__)
Result = TypeVar("Result")
_FILES = f"Models (*{SUFFIX})"


class ModelCommands(QObject):
    """Stands between the models page and the core's tasks."""

    changed = Signal()  # another model listens, or the list is another one

    def __init__(self, desk: Desk, page: ModelsPage, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._page = page
        self._removed: list[tuple[Removed, Notice]] = []
        desk.window.installEventFilter(self)
        page.useWanted.connect(self.use)
        page.removeWanted.connect(self.remove)
        page.rollBackWanted.connect(self.roll_back)
        page.addWanted.connect(self.ask_model)
        page.levelsWanted.connect(self.ask_levels)
        page.renameWanted.connect(self.ask_name)
        page.exportWanted.connect(self.ask_target)
        page.bringBackWanted.connect(self._bring_back_last)

    def show(self, choose: str | None = None) -> None:
        """List the models as they are now, and choose one of them."""
        self._page.show_models(list_models(), choose)

    def use(self, name: str) -> None:
        """Let a model listen from now on."""
        self._in_background(f"Trying the model {name}", lambda: use_model(name))

    def take(self, weights: Path, name: str) -> None:
        """Let the model of a file listen, which is called ``name`` unless it is known already."""
        self._in_background(f"Using the model {name}", lambda: take_model(weights, name))

    def roll_back(self) -> None:
        """Use the previous model."""
        self._in_background("Going back to the model before", roll_back)

    def ask_model(self) -> None:
        """Choose a checkpoint and add it."""
        name, _ = QFileDialog.getOpenFileName(self._desk.window, "Add a model", "", _FILES)
        if name:
            self.add(Path(name))

    def add(self, path: Path) -> None:
        """Add a checkpoint to the models."""
        self._in_background(f"Adding {path.name}", lambda: add_model(path))

    def ask_levels(self, name: str) -> None:
        """Choose a file of levels for a copy of a model."""
        file, _ = QFileDialog.getOpenFileName(
            self._desk.window, "Levels for the model", "", "Levels (*.json)"
        )
        if file:
            self.add_with_levels(name, Path(file))

    def add_with_levels(self, name: str, levels: Path) -> None:
        """Let a copy of a model listen that decodes with the levels of a file."""
        self._in_background(
            f"Using {name} with the levels of {levels.name}",
            lambda: add_with_levels(name, levels, use=True),
        )

    # Names and copies -----------------------------------------------------------------------

    def ask_name(self, name: str) -> None:
        """Ask for another name."""

        def refusal(new: str) -> str:
            try:
                check_new_name(name, new)
            except ChartHeroError as error:
                return str(error)
            return ""

        new = ask_text(
            self._desk.window, "Rename model", "New name", "Rename", name, refusal=refusal
        )
        if new and new != name:
            self.rename(name, new)

    def rename(self, name: str, new: str) -> None:
        """Call a model otherwise, wherever it is named."""
        from chart_hero_core.tasks.transcribe import KIT_MARK

        new = self._at_once(lambda: rename_model(name, new)) or ""
        if not new:
            return
        self.show(new)
        self.changed.emit()
        document = self._desk.document
        detection = document.detection
        if detection is not None and detection.model.removesuffix(KIT_MARK) == name:
            told = new + detection.model[len(name) :]
            document.set_detection(replace(detection, model=told))

    def ask_target(self, name: str) -> None:
        """Ask where a copy shall be."""
        target, _ = QFileDialog.getSaveFileName(
            self._desk.window,
            "Export a copy of the model",
            str(Path.home() / name) + SUFFIX,
            _FILES,
        )
        if target:
            self.export(name, Path(target))

    def export(self, name: str, target: Path) -> None:
        """Write a copy of a model; the dialog has asked about a file that is there."""
        self._desk.runner.start(
            f"Exporting {name}",
            lambda _progress: export_model(name, target, replacing=True),
            lambda written: self._desk.bar.note(f"The model “{name}” was copied to {written}."),
            lasting=True,
            standing=True,
        )

    # Removing -------------------------------------------------------------------------------

    def remove(self, name: str) -> None:
        """Take a model of the person's away; it can be brought back while the window is open."""
        removed = self._at_once(lambda: set_aside(name))
        if removed is not None:
            self._tell_removed(removed)
            self.show()
            self.changed.emit()

    def _tell_removed(self, removed: Removed) -> None:
        text = f"The model “{removed.name}” was removed."
        if removed.before.current == removed.name:
            current = next(model for model in list_models() if model.current)
            other = (
                "the one that ships with the program" if current.shipped else f"“{current.name}”"
            )
            text = f"The model “{removed.name}” was removed; {other} listens now."
        notice = Notice("note", text, (("Bring it back", lambda: self.bring_back(removed)),))
        self._removed.append((removed, notice))
        self._desk.bar.show_notice(notice)
        self._offer()

    def bring_back(self, removed: Removed) -> None:
        """Undo a removal; one that cannot be undone now can be tried again."""
        name = self._at_once(lambda: put_back(removed))
        if name is None and removed.place.exists():
            return
        for pair in [pair for pair in self._removed if pair[0] == removed]:
            self._removed.remove(pair)
            self._desk.bar.withdraw(pair[1])
        self._offer()
        if name is not None:
            self.show(name)
            self.changed.emit()

    def _bring_back_last(self) -> None:
        if self._removed:
            self.bring_back(self._removed[-1][0])

    def _offer(self) -> None:
        self._page.show_removed(self._removed[-1][0].name if self._removed else None)

    def close_down(self) -> None:
        """The window goes away: what was removed goes to the trash, where there is one."""
        for removed, _notice in self._removed:
            QFile.moveToTrash(str(removed.place))
            try:
                throw_away(removed)
            except StorageError as error:
                _log.warning("%s", error)
        self._removed.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another window, or the command line, may have changed the models meanwhile."""
        if event.type() is QEvent.Type.WindowActivate:
            self.show()
            self.changed.emit()
        return super().eventFilter(watched, event)

    def _at_once(self, work: Callable[[], Result]) -> Result | None:
        """What moves a file does not take long; a refusal goes to the bar."""
        try:
            return work()
        except ChartHeroError as error:
            self._desk.bar.error(str(error))
            return None

    def _in_background(self, title: str, work: Callable[[], ModelInfo]) -> None:
        job = self._desk.runner.start(title, lambda _progress: work(), key="models", lasting=True)
        job.succeeded.connect(lambda info: self.show(info.name))
        job.succeeded.connect(lambda _info: self._desk.told(f"{title}: done"))
        job.finished.connect(lambda: self.show())
        job.finished.connect(self.changed)
