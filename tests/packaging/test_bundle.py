"""The PyInstaller recipe: what goes into the folder, without PyInstaller."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

SPEC = Path(__file__).resolve().parents[2] / "packaging" / "chart_hero.spec"
_FILES = [
    "torch/lib/libtorch_cpu.so",
    "torch/bin/torch_shm_manager",
    "torch/bin/test_api",
    "torch/bin/protoc",
    "torch/test/op_registration_test",
    "PySide6/Qt/plugins/platforms/libqxcb.so",
    "PySide6/Qt/translations/qt_de.qm",
    "resources/kit/kick_1.flac",
]


@pytest.fixture
def collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Runs the recipe on a project of nothing; the files that it collects."""
    hooks = ModuleType("PyInstaller.utils.hooks")
    hooks.__dict__.update(collect_submodules=lambda name: [name], copy_metadata=lambda _: [])
    for name in ("PyInstaller", "PyInstaller.utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "PyInstaller.utils.hooks", hooks)
    entries = [(name, f"/somewhere/{name}", "DATA") for name in _FILES]

    def run() -> list[str]:
        found: list[str] = []

        def collect(*parts: Any, name: str) -> None:
            assert name == "chart-hero"
            found.extend(entry[0] for part in parts if isinstance(part, list) for entry in part)

        def analysis(*_: object, **__: object) -> SimpleNamespace:
            return SimpleNamespace(pure=[], scripts=[], binaries=entries[:3], datas=entries[3:])

        given: dict[str, Any] = {
            "SPECPATH": str(tmp_path / "packaging"),
            "Analysis": analysis,
            "PYZ": lambda _pure: None,
            "EXE": lambda *_, **__: "a program",
            "COLLECT": collect,
            "BUNDLE": lambda *_, **__: None,
        }
        exec(compile(SPEC.read_text("utf-8"), str(SPEC), "exec"), given)
        return found

    return run


def test_what_only_tests_and_compilers_use_stays_out(collected: Callable[[], list[str]]) -> None:
    assert collected() == [
        "torch/lib/libtorch_cpu.so",
        "torch/bin/torch_shm_manager",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "resources/kit/kick_1.flac",
    ]


def test_gigabytes_for_graphics_cards_are_announced(
    collected: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    collected()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    collected()
    assert "build for the processor is all that is needed" in capsys.readouterr().err
