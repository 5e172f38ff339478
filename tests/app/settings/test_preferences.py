"""Preferences survive a restart, damage and nonsense."""

import json
from pathlib import Path

import pytest

from chart_hero_app.settings.preferences import MAX_RECENT, Preferences
from chart_hero_app.settings.schema import SCHEMA, Kind
from chart_hero_core.base.errors import SettingsError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "preferences.json"


def test_defaults_fit_the_schema() -> None:
    for entry in SCHEMA:
        assert entry.check(entry.default) == entry.default
        assert entry.title
        assert entry.help


def test_values_survive_a_restart(path: Path, qapp: object) -> None:
    first = Preferences(path)
    first.set_value("theme", "light")
    first.set_value("autosave_pause_s", 5.0)
    first.add_recent(Path("/songs/a.ogg"))
    first.set_layout("timeline", {"lanes": {"height": 100}})
    second = Preferences(path)
    assert second.text("theme") == "light"
    assert second.number("autosave_pause_s") == 5.0
    assert second.recent == (Path("/songs/a.ogg"),)
    assert second.layout("timeline") == {"lanes": {"height": 100}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"),
        ("autosave_pause_s", 0.1),
        ("autosave_pause_s", "soon"),
        ("autosave", 1),
        ("threads", True),
    ],
)
def test_impossible_values_are_refused(name: str, value: object, qapp: object) -> None:
    preferences = Preferences()
    before = preferences.value(name)
    with pytest.raises(SettingsError):
        preferences.set_value(name, value)
    assert preferences.value(name) == before


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"values": 3, "recent": 5, "layout": 1}'])
def test_a_damaged_file_gives_the_defaults(path: Path, text: str, qapp: object) -> None:
    path.write_text(text)
    preferences = Preferences(path)
    assert preferences.text("theme") == "system"
    assert preferences.recent == ()


def test_nonsense_inside_is_passed_over(path: Path, qapp: object) -> None:
    path.write_text(
        json.dumps({"values": {"theme": "dark", "threads": 1e9, "gone": 1}, "key_preset": "none"})
    )
    preferences = Preferences(path)
    assert preferences.text("theme") == "dark"
    assert preferences.number("threads") == 0


def test_what_a_newer_version_chose_is_not_lost(path: Path, qapp: object) -> None:
    path.write_text(json.dumps({"version": 9, "values": {"theme": "dark", "hologram": [1]}}))
    Preferences(path).set_value("threads", 2)
    kept = json.loads(path.read_text("utf-8"))["values"]
    assert (kept["theme"], kept["threads"], kept["hologram"]) == ("dark", 2, [1])


def test_a_file_that_cannot_be_read_is_put_aside(path: Path, qapp: object) -> None:
    path.write_text('{"own_keys": {"play": ["Space"]},')
    preferences = Preferences(path)
    assert preferences.problem.endswith(f"The old ones are kept as {path}.bak.")
    preferences.set_value("theme", "dark")
    assert path.with_name("preferences.json.bak").read_text().startswith('{"own_keys"')


def test_changes_are_announced_once(qtbot: object, qapp: object) -> None:
    preferences = Preferences()
    told: list[str] = []
    preferences.changed.connect(told.append)
    preferences.set_value("theme", "dark")
    preferences.set_value("theme", "dark")
    assert told == ["theme"]


def test_recent_songs_are_unique_and_bounded(qapp: object) -> None:
    preferences = Preferences()
    for number in range(MAX_RECENT + 5):
        preferences.add_recent(Path(f"/songs/{number}"))
    preferences.add_recent(Path("/songs/10"))
    assert len(preferences.recent) == MAX_RECENT
    assert preferences.recent[0] == Path("/songs/10")
    assert len(set(preferences.recent)) == MAX_RECENT


def test_an_unwritable_file_does_not_stop_the_work(tmp_path: Path, qapp: object) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    preferences = Preferences(blocked / "preferences.json")
    preferences.set_value("theme", "light")
    assert preferences.text("theme") == "light"


def test_only_differences_from_the_preset_are_own_keys(qapp: object) -> None:
    preferences = Preferences()
    preferences.set_keys("Moonscraper", {"edit.undo": ("Ctrl+Z",), "play.toggle": ("P",)})
    assert preferences.own_keys == {"play.toggle": ("P",)}
    assert preferences.keys("play.toggle") == ("P",)
    with pytest.raises(SettingsError):
        preferences.set_keys("Vi", {})


def test_every_kind_is_used_or_gone() -> None:
    assert {entry.kind for entry in SCHEMA} == set(Kind)


def test_a_folder_that_cannot_be_written_is_told_once(tmp_path: Path, qapp: object) -> None:
    (tmp_path / "config").write_bytes(b"in the way")
    preferences = Preferences(tmp_path / "config" / "preferences.json")
    told: list[str] = []
    preferences.notSaved.connect(told.append)
    for theme in ("light", "dark"):
        preferences.set_value("theme", theme)
    assert preferences.text("theme") == "dark"
    (sentence,) = told
    assert "Could not write" in sentence
    (tmp_path / "config").unlink()
    preferences.set_value("theme", "light")
    assert Preferences(tmp_path / "config" / "preferences.json").text("theme") == "light"
