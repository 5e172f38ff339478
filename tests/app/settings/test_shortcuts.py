"""Commands and keys."""

import pytest
import qtawesome
from PySide6.QtGui import QKeySequence

from chart_hero_app.settings.commands import COMMANDS, MENUS
from chart_hero_app.settings.shortcuts import PRESETS, conflicts, normal_form


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_no_preset_wants_a_key_twice(name: str) -> None:
    assert conflicts(PRESETS[name]) == {}


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_key_is_a_key(name: str) -> None:
    for command, keys in PRESETS[name].items():
        for key in keys:
            assert not QKeySequence(key).isEmpty(), (command, key)
            assert normal_form(key), (command, key)


def test_commands_have_names_words_and_menus() -> None:
    names = [command.name for command in COMMANDS]
    assert len(set(names)) == len(names)
    for command in COMMANDS:
        assert command.menu in MENUS
        assert command.title
        assert command.help


def test_icons_exist(qapp: object) -> None:
    for command in COMMANDS:
        if command.icon:
            assert not qtawesome.icon(command.icon).isNull()


def test_conflicts_are_found_whatever_the_spelling() -> None:
    found = conflicts({"a": ("ctrl+z",), "b": ("Ctrl+Z", "F1"), "c": ("F2",)})
    assert found == {"Ctrl+Z": ("a", "b")}


def test_charters_find_their_keys() -> None:
    keys = PRESETS["Moonscraper"]
    expected = {
        "play.toggle": "Space",
        "note.kick": "0",
        "note.red": "1",
        "note.green": "4",
        "note.cymbal": "C",
        "note.accent": "V",
        "note.ghost": "Z",
        "note.double_kick": "X",
        "play.metronome": "M",
        "play.kit": "N",
        "tempo.anchor": "A",
        "tempo.insert_bpm": "I",
        "tempo.insert_signature": "O",
        "tempo.section": "P",
        "note.star_power": "U",
        "view.tool_cursor": "J",
        "view.tool_erase": "K",
        "view.tool_note": "Y",
        "edit.select_section": "Alt+A",
        "play.section_up": "Alt+Up",
        "play.bar_up": "PgUp",
        "edit.palette": "Ctrl+K",
    }
    for command, key in expected.items():
        assert key in keys[command], command


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_no_menu_opens_by_the_key_of_a_command(name: str) -> None:
    """Of two meanings Qt runs neither."""
    opening = {f"Alt+{title[title.index('&') + 1].upper()}" for title in MENUS.values()}
    assert len(opening) == len(MENUS)
    taken = {normal_form(key) for keys in PRESETS[name].values() for key in keys}
    assert not opening & taken


def test_plain_digits_place_notes_only() -> None:
    for preset in PRESETS.values():
        for command, keys in preset.items():
            if any(key.isdigit() for key in keys):
                assert command.startswith("note."), command
