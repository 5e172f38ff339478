"""The preferences and their page of keys."""

from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.keys_page import KeysPage
from chart_hero_app.dialogs.model_field import ModelField
from chart_hero_app.dialogs.preferences import PreferencesDialog
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.settings.schema import SCHEMA
from chart_hero_core.base.files import shipped_checkpoint
from chart_hero_core.base.model_choice import chosen_checkpoint
from tests.core.tasks.checkpoints import write_tiny_checkpoint


@pytest.fixture
def dialog(qtbot: QtBot, preferences: Preferences) -> PreferencesDialog:
    made = PreferencesDialog(preferences, ("Speakers", "Headphones"))
    qtbot.addWidget(made)
    return made


def test_every_preference_has_an_editor(dialog: PreferencesDialog) -> None:
    assert set(dialog.editors) == {entry.name for entry in SCHEMA}
    for entry in SCHEMA:
        assert dialog.editors[entry.name].toolTip() == entry.help


def test_changes_take_effect_at_once(dialog: PreferencesDialog, preferences: Preferences) -> None:
    autosave = dialog.editors["autosave"]
    assert isinstance(autosave, QCheckBox)
    autosave.setChecked(False)
    assert preferences.switch("autosave") is False
    theme = dialog.editors["theme"]
    assert isinstance(theme, QComboBox)
    theme.setCurrentIndex(theme.findData("light"))
    theme.activated.emit(theme.currentIndex())
    assert preferences.text("theme") == "light"
    offset = dialog.editors["av_offset_ms"]
    assert isinstance(offset, QSpinBox)
    offset.setValue(-40)
    assert preferences.number("av_offset_ms") == -40
    charter = dialog.editors["charter"]
    assert isinstance(charter, QLineEdit)
    charter.setText("  Me ")
    charter.editingFinished.emit()
    assert preferences.text("charter") == "Me"
    device = dialog.editors["audio_device"]
    assert isinstance(device, QComboBox)
    assert device.findData("Headphones") > 0


def test_no_number_of_threads_is_called_automatic(
    dialog: PreferencesDialog, preferences: Preferences
) -> None:
    threads, offset = dialog.editors["threads"], dialog.editors["av_offset_ms"]
    assert isinstance(threads, QSpinBox)
    assert isinstance(offset, QSpinBox)
    assert threads.text() == "Automatic"
    threads.setValue(4)
    assert threads.text() == "4"
    threads.setValue(0)
    assert preferences.number("threads") == 0
    offset.setValue(offset.minimum())
    assert offset.text() == "-500 ms"


def test_the_model_is_chosen_in_the_store(dialog: PreferencesDialog, tmp_path: Path) -> None:
    field = dialog.editors["model"]
    assert isinstance(field, ModelField)
    assert field.box.count() == 1
    foreign = tmp_path / "foreign.safetensors"
    foreign.write_bytes(b"not weights")
    field.add(foreign)
    assert field.trouble.text() == "foreign.safetensors is not a Chart Hero checkpoint."
    field.add(write_tiny_checkpoint(tmp_path / "tiny.safetensors"))
    assert not field.trouble.text()
    assert field.box.currentText() == "tiny"
    assert chosen_checkpoint().stem == "tiny"
    field.box.setCurrentIndex(0)
    field.box.activated.emit(0)
    assert chosen_checkpoint() == shipped_checkpoint()


def test_a_device_that_is_gone_is_still_named(qtbot: QtBot, preferences: Preferences) -> None:
    preferences.set_value("audio_device", "Old card")
    made = PreferencesDialog(preferences, ("Speakers",))
    qtbot.addWidget(made)
    device = made.editors["audio_device"]
    assert isinstance(device, QComboBox)
    assert device.currentText() == "Old card (not found)"


@pytest.fixture
def keys(qtbot: QtBot, preferences: Preferences) -> KeysPage:
    made = KeysPage(preferences)
    qtbot.addWidget(made)
    return made


def test_a_free_key_is_used(keys: KeysPage, preferences: Preferences) -> None:
    keys.choose("note.reduce")
    keys.field.setKeySequence(QKeySequence("Ctrl+Alt+R"))
    assert keys.conflict() == ()
    keys.take.click()
    assert preferences.keys("note.reduce") == ("Ctrl+Alt+R",)


def test_a_conflict_is_named_and_the_key_can_be_taken_over(
    keys: KeysPage, preferences: Preferences
) -> None:
    keys.choose("note.reduce")
    keys.field.setKeySequence(QKeySequence("Ctrl+Z"))
    assert keys.conflict() == ("edit.undo",)
    assert "Undo" in keys.message.text()
    assert keys.take.text() == "Reassign this key"
    keys.take.click()
    assert preferences.keys("note.reduce") == ("Ctrl+Z",)
    assert preferences.keys("edit.undo") == ()
    keys.choose("edit.undo")
    keys.restore.click()
    assert preferences.keys("edit.undo") == ("Ctrl+Z",)


def test_presets_and_search(keys: KeysPage, preferences: Preferences) -> None:
    keys.preset.setCurrentText("Editor on Fire")
    keys.preset.activated.emit(keys.preset.currentIndex())
    assert preferences.keys("note.kick") == ("1",)
    keys.search.setText("ghost")
    shown = [
        item.text(0)
        for row in range(keys.tree.topLevelItemCount())
        if (item := keys.tree.topLevelItem(row)) is not None and not item.isHidden()
    ]
    assert shown == ["Ghost"]


def test_no_key(keys: KeysPage, preferences: Preferences) -> None:
    keys.choose("play.toggle")
    keys.remove.click()
    assert preferences.keys("play.toggle") == ()


def test_every_field_of_the_keys_has_a_name(keys: KeysPage) -> None:
    for field in (keys.preset, keys.search, keys.tree, keys.field):
        assert field.accessibleName()


def test_hints_lie_close_under_their_entries(dialog: PreferencesDialog, qtbot: QtBot) -> None:
    """A hint of one line is as near as one of two: none has more height than its words need."""
    dialog.show()
    for page in range(dialog.pages.count() - 1):
        dialog.pages.setCurrentRow(page)
        qtbot.wait(20)
        shown = [e for e in dialog.editors.values() if e.isVisible()]
        hints = [one for one in dialog.findChildren(QLabel) if one.isVisible() and one.wordWrap()]
        assert len(hints) == len(shown)
        for hint in hints:
            assert hint.height() == hint.heightForWidth(hint.width())
        gaps = {
            hint.y() - (editor.y() + editor.height())
            for editor, hint in zip(shown, hints, strict=True)
        }
        assert len(gaps) == 1
