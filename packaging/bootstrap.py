#!/usr/bin/env python3
"""Sets Chart Hero up on a fresh machine and goes: ``bootstrap.py run`` or ``bootstrap.py test``.

Needs nothing but Python (3.8 can run it; the program itself needs 3.11 or newer and is set up with
the newest suitable one on this machine). Makes a virtual environment in ``.venv``, installs what is
missing, and does nothing of that again until ``pyproject.toml`` changes.
"""

from __future__ import annotations

import argparse
import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "chart-hero-stamp.txt"
DEMO = ROOT / "resources" / "demo"
HEADLESS_OUTPUT = ROOT / "runs" / "demo"

OLDEST = (3, 11)
NEWEST = (3, 13)  # newer ones may lack wheels of the heavy dependencies

# Debian and Ubuntu. Some have been renamed to NAMEt64 since 2024; either will do.
APT_PACKAGES = (
    *("ffmpeg", "libportaudio2", "fontconfig", "fonts-dejavu-core"),
    *("libdbus-1-3", "libegl1", "libgl1", "libglib2.0-0", "libxkbcommon0", "libxkbcommon-x11-0"),
    *("libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0"),
    *("libxcb-render-util0", "libxcb-shape0", "libxcb-xinerama0", "libxcb-xkb1"),
)
OTHER_SYSTEMS = (  # package manager, the command for what cannot come from PyPI
    ("dnf", "sudo dnf install ffmpeg-free portaudio xcb-util-cursor libxkbcommon-x11"),
    ("pacman", "sudo pacman -S ffmpeg portaudio xcb-util-cursor libxkbcommon-x11"),
    ("zypper", "sudo zypper install ffmpeg portaudio libxcb-cursor0 libxkbcommon-x11-0"),
    ("brew", "brew install ffmpeg"),
    ("winget", "winget install ffmpeg"),
)


class SetupError(Exception):
    """Set-up cannot go on; the text says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Set up and go; every expected failure is one sentence and the exit code 1."""
    options = read_arguments(arguments)
    try:
        return set_up_and_go(options.action, options.rest)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        print(f"\nSet-up stopped: this command failed: {command}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Set Chart Hero up on this machine, then run or test it."
    )
    parser.add_argument(
        "action",
        choices=("run", "test", "setup"),
        help="run: the app with the demo song, or its transcription where there is no display; "
        "test: all checks and tests; setup: install only",
    )
    parser.add_argument(
        "rest",
        nargs=argparse.REMAINDER,
        metavar="...",
        help="for run: a song instead of the demo; for test: arguments for pytest",
    )
    return parser.parse_args(arguments)


def set_up_and_go(action: str, rest: list[str]) -> int:
    install_system_libraries()
    python = make_environment(find_python())
    install_project(python, "dev" if action == "test" else "")
    if action == "run":
        return run(python, rest)
    if action == "test":
        return test(python, rest)
    return 0


# ---------------------------------------------------------------- system


def install_system_libraries() -> None:
    """Install what PyPI cannot provide where that is allowed, else say how."""
    if sys.platform.startswith("linux") and shutil.which("apt-get"):
        missing = [name for name in APT_PACKAGES if not is_installed(name)]
        if missing:
            apt_install(missing)
        return
    lacking = [name for name, there in needed_parts().items() if not there]
    if not lacking:
        return
    say(f"Not found on this system: {', '.join(lacking)}. The program works without, except for:")
    say("reading m4a and video files (ffmpeg), playing sound (PortAudio), windows on X11 (xcb).")
    for manager, command in OTHER_SYSTEMS:
        if shutil.which(manager):
            say(f"To install them: {command}")
            break


def needed_parts() -> dict[str, bool]:
    """What the program uses of the system, and whether it is there."""
    parts = {"ffmpeg": shutil.which("ffmpeg") is not None}
    if sys.platform.startswith("linux"):
        parts["PortAudio"] = ctypes.util.find_library("portaudio") is not None
        parts["xcb-cursor"] = ctypes.util.find_library("xcb-cursor") is not None
    return parts


def is_installed(package: str) -> bool:
    for name in (package, package + "t64"):
        command = ["dpkg-query", "-W", "-f", "${Status}", name]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode == 0 and result.stdout.endswith(" installed"):
            return True
    return False


def apt_install(packages: list[str]) -> None:
    """Install with apt as root or with sudo that asks nothing; otherwise name the command."""
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    prefix = root_prefix()
    if prefix is None:
        say("These system libraries are missing; please install them for everything to work:")
        say(f"    sudo {' '.join(install)}")
        return
    say(f"Installing system libraries: {' '.join(packages)}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        subprocess.run([*prefix, "apt-get", "update", "-qq"], check=True, env=environment)
        # Packages come and go between releases: one unknown name must not stop the rest.
        known = [name for name in packages if apt_knows(name)]
        command = [*prefix, *install[: -len(packages)], "-qq", *known]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    except subprocess.CalledProcessError:
        say(f"That did not work; going on without. To try by hand: sudo {' '.join(install)}")


def apt_knows(package: str) -> bool:
    return succeeds(["apt-get", "install", "--simulate", "-qq", package])


def root_prefix() -> list[str] | None:
    """What to put before a command to run it as root without being asked; None: not possible."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and succeeds(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return None


# ---------------------------------------------------------------- Python


def find_python() -> list[str]:
    """The command of a Python between OLDEST and NEWEST, this one if it will do."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return [sys.executable]
    versions = [f"3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    for version in versions:
        launcher = ["py", f"-{version}"] if os.name == "nt" else [f"python{version}"]
        if shutil.which(launcher[0]) and succeeds([*launcher, "-c", "import venv, ssl"]):
            return launcher
    if sys.version_info[:2] > NEWEST:
        return [sys.executable]  # untried, not known to fail
    raise SetupError(
        f"Chart Hero needs Python {versions[-1]} to {versions[0]}; this is "
        f"{sys.version_info[0]}.{sys.version_info[1]}. "
        "Please install one (python.org, or your package manager) and try again."
    )


def make_environment(base: list[str]) -> Path:
    """Make ``.venv`` unless it is there and works; returns its Python."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if python.exists() and succeeds([str(python), "-m", "pip", "--version"]):
        return python
    if VENV.exists():
        shutil.rmtree(VENV)
    say("Making a virtual environment in .venv")
    if not succeeds([*base, "-m", "venv", str(VENV)]):
        shutil.rmtree(VENV, ignore_errors=True)
        install_venv_package(base)
        subprocess.run([*base, "-m", "venv", str(VENV)], check=True)
    return python


def install_venv_package(base: list[str]) -> None:
    """Debian keeps the parts that make environments in a package of their own."""
    if not shutil.which("apt-get"):
        raise SetupError(
            "This Python cannot make virtual environments (its venv or ensurepip is missing); "
            "please install a complete one."
        )
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = subprocess.run([*base, "-c", question], capture_output=True, text=True, check=True)
    package = f"python{version.stdout.strip()}-venv"
    if root_prefix() is None:
        raise SetupError(f"Please run this, then try again: sudo apt-get install -y {package}")
    apt_install([package])


# ---------------------------------------------------------------- project


def install_project(python: Path, extra: str) -> None:
    """Install the project and what it needs, unless nothing changed since the last time."""
    stamp = fingerprint()
    done = STAMP.read_text("utf-8").split() if STAMP.exists() else []
    if done[:1] == [stamp] and (not extra or extra in done[1:]):
        return
    extras = sorted({extra, *(done[1:] if done[:1] == [stamp] else [])} - {""})
    say("Installing Chart Hero and its libraries (once; 1 to 2 GB with everything)")
    if sys.platform.startswith("linux") and not has_nvidia_card() and not has_torch(python):
        say("Without an NVIDIA card PyTorch's build for the processor is all that is needed. If")
        say("pip begins to download packages called nvidia-… (several GB), stop it with Ctrl-C,")
        say(f"install the CPU build with {python} -m pip and the options that pytorch.org shows")
        say("under Get started for Linux, Pip, CPU, and start this command again.")
    target = ".[" + ",".join(extras) + "]" if extras else "."
    command = [str(python), "-m", "pip", "install", "--editable", target]
    subprocess.run(command, cwd=ROOT, check=True)
    STAMP.write_text("\n".join([stamp, *extras]) + "\n", encoding="utf-8")


def fingerprint() -> str:
    """Changes when an installation would: with the requirements, or when the folder moved."""
    content = (ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()
    return hashlib.sha256(content).hexdigest()


def has_nvidia_card() -> bool:
    return Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None


def has_torch(python: Path) -> bool:
    question = "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is None)"
    return succeeds([str(python), "-c", question])


# ---------------------------------------------------------------- going


def run(python: Path, arguments: list[str]) -> int:
    """Open the app with the demo song; with no display transcribe it and print the result."""
    if has_display():
        song = arguments or [str(DEMO)]
        return subprocess.run([str(python), "-m", "chart_hero_app", *song], cwd=ROOT).returncode
    say("No display here: transcribing without windows instead.")
    song = arguments or [str(DEMO), "--output", str(HEADLESS_OUTPUT)]
    command = [str(python), "-m", "chart_hero_core.cli", "transcribe", *song]
    return subprocess.run(command, cwd=ROOT).returncode


def has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def test(python: Path, arguments: list[str]) -> int:
    """Everything that must hold before a change goes in. pytest comes last, with its summary."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", PYTHONUTF8="1")
    linter = python.with_name("lint-imports.exe" if os.name == "nt" else "lint-imports")
    checks = (
        ("style", [python, "-m", "ruff", "check", "."]),
        ("layout", [python, "-m", "ruff", "format", "--check", "--quiet", "."]),
        ("types", [python, "-m", "mypy"]),
        ("layers", [linter]),
    )
    failed = []
    for name, command in checks:
        say(f"Checking {name}")
        if subprocess.run(list(map(str, command)), cwd=ROOT, env=environment).returncode:
            failed.append(name)
    say("Running the tests")
    if failed:
        say(f"(Already failed: {', '.join(failed)}.)")
    tests = subprocess.run([str(python), "-m", "pytest", *arguments], cwd=ROOT, env=environment)
    return 1 if failed else tests.returncode


def succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def say(text: str) -> None:
    print(f"[chart-hero] {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
