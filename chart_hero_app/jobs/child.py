"""Child processes that outlive the window: how to start one and tell later whether it lives."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from chart_hero_core.base.errors import ChartHeroError


def command_line() -> tuple[str, ...]:
    """What starts the command line of this very program: python, or the program beside the app."""
    if getattr(sys, "frozen", False):
        name = "chart-hero.exe" if sys.platform == "win32" else "chart-hero"
        return (str(Path(sys.executable).with_name(name)),)
    return (sys.executable, "-m", "chart_hero_core.cli")


def start_detached(command: Sequence[str], log: Path) -> int:
    """Start a process that goes on when this one ends; its output is added to ``log``.

    Returns:
        its process id.

    Raises:
        ChartHeroError: it could not be started.
    """
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    try:
        return _spawn(command, environment, log)
    except OSError as error:
        raise ChartHeroError(
            f"{Path(command[0]).name} could not be started: {error.strerror}."
        ) from error


def birth_of(pid: int) -> str:
    """A mark of when a process began, to tell it from a later one of the same id; may be empty."""
    with contextlib.suppress(OSError, IndexError):
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
        return text.rpartition(")")[2].split()[19]
    return _birth(pid)


def is_alive(pid: int, birth: str = "") -> bool:
    """Whether the process lives (and is the one that was born then)."""
    if pid <= 0 or (birth and birth_of(pid) != birth):
        return False
    return _lives(pid)


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    def _birth(pid: int) -> str:
        limited_information = 0x1000
        handle = ctypes.windll.kernel32.OpenProcess(limited_information, False, pid)
        if not handle:
            return ""
        try:
            began, *others = (wintypes.FILETIME() for _ in range(4))
            times = (ctypes.byref(time) for time in (began, *others))
            known = ctypes.windll.kernel32.GetProcessTimes(handle, *times)
            return f"{began.dwHighDateTime:x}.{began.dwLowDateTime:x}" if known else ""
        finally:
            ctypes.windll.kernel32.CloseHandle(handle)

    def _spawn(command: Sequence[str], environment: dict[str, str], log: Path) -> int:
        with log.open("ab") as output:
            return subprocess.Popen(
                list(command),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                creationflags=subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP,
            ).pid

    def _lives(pid: int) -> bool:
        synchronise, timed_out = 0x0010_0000, 0x102
        handle = ctypes.windll.kernel32.OpenProcess(synchronise, False, pid)
        if not handle:
            return False
        try:
            return bool(ctypes.windll.kernel32.WaitForSingleObject(handle, 0) == timed_out)
        finally:
            ctypes.windll.kernel32.CloseHandle(handle)

else:

    def _birth(pid: int) -> str:
        """Asks ps, where there is no /proc."""
        environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC0"}
        command = ["ps", "-o", "lstart=", "-p", str(pid)]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            told = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=5, check=False
            )
            return " ".join(told.stdout.split())
        return ""

    def _spawn(command: Sequence[str], environment: dict[str, str], log: Path) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.posix_spawn(
            command[0],
            list(command),
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.fspath(log), flags, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setpgroup=0,  # Ctrl-C in the terminal is meant for the window alone
        )

    def _lives(pid: int) -> bool:
        with contextlib.suppress(ChildProcessError):  # not started by this process
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
