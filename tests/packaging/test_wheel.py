"""The wheel: a program that is installed from it has everything that it needs."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_wheel_holds_every_resource_and_module(tmp_path: Path) -> None:
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(tmp_path)]
    subprocess.run([*command, str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    resources = {p.relative_to(ROOT) for p in (ROOT / "resources").rglob("*") if p.is_file()}
    assert {f"chart_hero_core/{p.as_posix()}" for p in resources} - held == set()
    modules = {
        p for name in ("chart_hero_core", "chart_hero_app") for p in ROOT.glob(f"{name}/**/*.py")
    }
    assert {p.relative_to(ROOT).as_posix() for p in modules} - held == set()
    assert "chart_hero_core/py.typed" in held
    assert not [name for name in held if name.startswith("tests/")]
