"""Models in the training panel: names, copies, and what was removed comes back."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.model_field import ModelField
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.panels.training_models import ModelsPage
from chart_hero_app.widgets.prompts import Prompt
from chart_hero_core.base.model_choice import models_dir
from chart_hero_core.tasks.models import ModelInfo, add_model, current_name, use_model
from tests.app.songs import detection
from tests.core.tasks.checkpoints import write_tiny_checkpoint

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_checkpoint(tmp_path / "one.safetensors")


@pytest.fixture
def page(window: MainWindow, tiny: Path) -> ModelsPage:
    """The models page with “one” in use and chosen."""
    add_model(tiny, use=True)
    window.book["view.training"].trigger()
    made = window.training_panel.models
    window.training_panel.show_page(made)
    window.training.models.show()
    made.list.setCurrentRow(1)
    return made


def names(page: ModelsPage) -> list[str]:
    return [page.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(page.list.count())]


def answer(qtbot: QtBot, text: str) -> None:
    """Type into the question that comes up next, and agree."""

    def type_it() -> None:
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        field = dialog.findChild(QLineEdit)
        assert field is not None
        field.setText(text)
        qtbot.keyClick(field, Qt.Key.Key_Return)

    QTimer.singleShot(0, type_it)


def offered(window: MainWindow) -> list[QPushButton]:
    return [b for b in window.bar.findChildren(QPushButton) if b.isVisible()]


def test_a_model_is_renamed_from_its_menu(
    window: MainWindow, page: ModelsPage, qtbot: QtBot
) -> None:
    heard = detection()
    object.__setattr__(heard, "model", "one + this kit")
    window.document.set_detection(heard)
    answer(qtbot, "  Größe, 2026 ")
    page.rename.trigger()
    assert names(page) == ["default", "Größe, 2026"]
    assert current_name() == "Größe, 2026"
    assert page.chosen is not None
    assert page.chosen.name == "Größe, 2026"
    assert window.document.detection is not None
    assert window.document.detection.model == "Größe, 2026 + this kit"
    field = ModelField()
    qtbot.addWidget(field)
    assert field.box.currentText() == "Größe, 2026"


def test_a_name_that_cannot_be_had_is_told_while_it_is_typed(
    page: ModelsPage, qtbot: QtBot
) -> None:
    told: list[tuple[bool, str]] = []

    def type_them() -> None:
        prompt = QApplication.activeModalWidget()
        assert isinstance(prompt, Prompt)
        accept = prompt.buttons.button(QDialogButtonBox.StandardButton.Ok)
        assert isinstance(prompt.field, QLineEdit)
        for name in ("default", "a/b", " ", "one", "better"):
            prompt.field.setText(name)
            told.append((accept.isEnabled(), prompt.refusal.text()[:16]))
        qtbot.keyClick(prompt.field, Qt.Key.Key_Return)

    QTimer.singleShot(0, type_them)
    page.rename.trigger()
    assert told == [
        (False, "default is the m"),
        (False, "A model's name h"),
        (False, ""),
        (True, ""),
        (True, ""),
    ]
    assert names(page) == ["default", "better"]


def test_a_rename_that_is_refused_is_told_in_the_bar(window: MainWindow, page: ModelsPage) -> None:
    window.training.models.rename("one", "default")
    assert "choose another name" in window.bar.text.text()
    assert names(page) == ["default", "one"]


def test_what_ships_is_neither_renamed_nor_removed(page: ModelsPage) -> None:
    page.list.setCurrentRow(0)
    enabled = [made.isEnabled() for made in (page.rename, page.menu_remove, page.remove)]
    assert enabled == [False, False, False]
    assert page.export.isEnabled()


def test_the_list_has_the_menu_under_the_mouse(page: ModelsPage, qtbot: QtBot) -> None:
    page.list.customContextMenuRequested.emit(page.list.visualItemRect(page.list.item(1)).center())
    qtbot.waitUntil(page.menu.isVisible)
    shown = [a.text() for a in page.menu.actions() if a.isVisible() and not a.isSeparator()]
    assert shown == ["Rename…", "Export a copy…", "Use levels from a file…", "Remove"]
    page.menu.close()


def test_a_copy_is_exported(
    window: MainWindow,
    page: ModelsPage,
    tiny: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = tmp_path / "for a friend.safetensors"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(target), ""))
    page.export.trigger()
    qtbot.waitUntil(lambda: window.bar.notice is not None, timeout=20_000)
    assert window.bar.text.text() == f"The model “one” was copied to {target}."
    assert target.read_bytes() == tiny.read_bytes()
    nowhere = tiny / "in a file.safetensors"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(nowhere), ""))
    page.export.trigger()
    qtbot.waitUntil(lambda: "Could not write" in window.bar.text.text(), timeout=20_000)


@pytest.mark.parametrize("by_menu", [False, True])
def test_a_removed_model_is_brought_back(
    window: MainWindow, page: ModelsPage, tiny: Path, qtbot: QtBot, by_menu: bool
) -> None:
    QTest.mouseClick(page.remove, LEFT)
    assert (names(page), current_name()) == (["default"], "default")
    assert page.list.hasFocus()  # not the button, which has nothing to remove now
    if by_menu:
        window.bar.clear()  # another song was opened
        assert page.bring_back.text() == "Bring back “one”"
        page.bring_back.trigger()
    else:
        qtbot.waitUntil(lambda: [b.text() for b in offered(window)] == ["Bring it back"])
        QTest.mouseClick(offered(window)[0], LEFT)
    assert (names(page), current_name()) == (["default", "one"], "one")
    assert page.chosen is not None
    assert page.chosen.name == "one"
    assert (models_dir() / "one.safetensors").read_bytes() == tiny.read_bytes()
    assert window.bar.notice is None
    assert not page.bring_back.isVisible()


def test_what_could_not_be_brought_back_is_offered_again(
    window: MainWindow, page: ModelsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    QTest.mouseClick(page.remove, LEFT)
    with monkeypatch.context() as locked:
        locked.setattr(Path, "rename", refuse)
        page.bring_back.trigger()
        assert window.bar.text.text().startswith("Could not bring one back: Locked.")
    assert page.bring_back.isVisible()
    page.bring_back.trigger()
    assert (names(page), current_name()) == (["default", "one"], "one")


def refuse(_path: Path, _target: Path) -> None:
    raise PermissionError(13, "Locked")


def test_a_line_says_the_day_once(page: ModelsPage) -> None:
    shipped = ModelInfo("default", Path(), current=False, shipped=True)
    told = ModelInfo("spring", Path(), current=False, shipped=False, date="2026-11-30")
    named_after_it = replace(told, name="Mine, 30 Nov 2026", current=True)
    odd = replace(told, name="odd", date="in autumn")
    page.show_models([shipped, named_after_it, told, odd])
    assert [page.list.item(row).text().split("   ") for row in range(page.list.count())] == [
        ["default", "shipped"],
        ["Mine, 30 Nov 2026", "in use"],
        ["spring", "30 Nov 2026"],
        ["odd", "in autumn"],
    ]


def test_what_was_not_in_use_goes_without_another_word(
    window: MainWindow, page: ModelsPage
) -> None:
    use_model("default")
    QTest.mouseClick(page.remove, LEFT)
    assert window.bar.text.text() == "The model “one” was removed."


def test_what_was_removed_leaves_with_the_window(window: MainWindow, page: ModelsPage) -> None:
    QTest.mouseClick(page.remove, LEFT)
    window.close()
    assert list(models_dir().rglob("*.safetensors")) == []
