"""The set-up script: decides right what to install, and is what the README and CI call."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with a project folder of its own."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "packaging/bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text("one")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp.txt")
    return module


class _Commands:
    """Stands in for subprocess.run and remembers what was asked of it."""

    def __init__(self, failing: tuple[str, ...] = ()) -> None:
        self.asked: list[str] = []
        self.failing = failing

    def __call__(self, command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        text = " ".join(map(str, command))
        self.asked.append(text)
        code = int(any(part in text for part in self.failing))
        if code and options.get("check"):
            raise subprocess.CalledProcessError(code, command)
        return subprocess.CompletedProcess(command, code, stdout="3.11", stderr="")


def _watch(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, failing: tuple[str, ...] = ()
) -> _Commands:
    commands = _Commands(failing)
    monkeypatch.setattr(module.subprocess, "run", commands)
    return commands


def test_installs_once_and_again_only_when_something_changed(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = _watch(monkeypatch, bootstrap)
    python = tmp_path / "python"

    def installed(extra: str) -> list[str]:
        commands.asked.clear()
        bootstrap.install_project(python, extra)
        return [text.split()[-1] for text in commands.asked if " install " in text]

    assert installed("dev") == [".[dev]"]
    assert installed("dev") == []
    assert installed("") == []  # what tests need includes what running needs
    (tmp_path / "pyproject.toml").write_text("two")
    assert installed("") == ["."]
    assert installed("dev") == [".[dev]"]
    assert installed("") == []


def test_a_failed_installation_is_tried_again(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _watch(monkeypatch, bootstrap, failing=("pip install",))
    with pytest.raises(subprocess.CalledProcessError):
        bootstrap.install_project(tmp_path / "python", "dev")
    assert not bootstrap.STAMP.exists()


def test_system_libraries_are_installed_only_where_that_is_allowed(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "root_prefix", lambda: None)
    commands = _watch(monkeypatch, bootstrap)
    bootstrap.apt_install(["libportaudio2"])
    assert commands.asked == []
    assert (
        "sudo apt-get install -y --no-install-recommends libportaudio2" in capsys.readouterr().out
    )

    monkeypatch.setattr(bootstrap, "root_prefix", lambda: ["sudo", "-n"])
    commands = _watch(monkeypatch, bootstrap, failing=("--simulate -qq gone",))
    bootstrap.apt_install(["libportaudio2", "gone"])
    assert commands.asked[0] == "sudo -n apt-get update -qq"
    assert commands.asked[-1].endswith("--no-install-recommends -qq libportaudio2")


def test_a_broken_package_system_does_not_stop_the_set_up(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "root_prefix", list)
    _watch(monkeypatch, bootstrap, failing=("apt-get update",))
    bootstrap.apt_install(["ffmpeg"])
    assert "To try by hand: sudo apt-get install" in capsys.readouterr().out


def test_an_old_python_finds_a_newer_one_or_says_so(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bootstrap.find_python() == [sys.executable]
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 8, 1))
    monkeypatch.setattr(bootstrap.os, "name", "posix")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: name)
    monkeypatch.setattr(bootstrap, "succeeds", lambda command: command[0] == "python3.12")
    assert bootstrap.find_python() == ["python3.12"]
    monkeypatch.setattr(bootstrap, "succeeds", lambda command: False)
    with pytest.raises(bootstrap.SetupError, match=r"needs Python 3.11 to 3.13; this is 3.8"):
        bootstrap.find_python()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
    ],
)
def test_a_display_decides_between_window_and_terminal(
    bootstrap: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    expected: bool,
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    commands = _watch(monkeypatch, bootstrap)
    bootstrap.run(tmp_path / "python", [])
    assert ("chart_hero_app" in commands.asked[0]) == expected
    assert ("chart_hero_core.cli transcribe" in commands.asked[0]) != expected


def test_any_failed_check_fails_the_test_command_and_pytest_comes_last(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for failing in ("ruff check", "ruff format", "mypy", "lint-imports", "pytest"):
        commands = _watch(monkeypatch, bootstrap, failing=(failing,))
        assert bootstrap.test(tmp_path / "python", ["-x"]) != 0, failing
        assert commands.asked[-1].endswith("-m pytest -x")
        assert len(commands.asked) == 5
    _watch(monkeypatch, bootstrap)
    assert bootstrap.test(tmp_path / "python", []) == 0


def test_the_script_speaks_for_itself_and_refuses_nonsense() -> None:
    script = [sys.executable, str(ROOT / "packaging" / "bootstrap.py")]
    shown = subprocess.run([*script, "--help"], capture_output=True, text=True, check=True)
    assert "run: the app with the demo song" in shown.stdout
    assert subprocess.run([*script, "dance"], capture_output=True).returncode == 2


def test_readme_and_ci_use_the_same_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert readme.count("python3 packaging/bootstrap.py test") == 1
    assert readme.count("python3 packaging/bootstrap.py run") == 1
    ci = ROOT / ".ci" / "run"
    assert "README.md" in ci.read_text("utf-8")
    assert os.access(ci, os.X_OK) or os.name == "nt"
