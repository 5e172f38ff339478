"""How a program ends: with its code, and after an expected failure with one sentence.

The command line ends so, and so do the scripts in ``benchmarks/`` and ``packaging/``.
"""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from chart_hero_core.base.errors import Cancelled, ChartHeroError

# What other programs and closed terminals send: without a handler the program would end on the
# spot and leave half-written copies beside what they were to replace.
_ENDING_SIGNALS = ("SIGTERM", "SIGHUP")
_AFTER_SIGNAL = 128  # shells add it to the signal's number
_PIPE_CLOSED = 141  # what they say of a program that nobody read any more


class Ended(KeyboardInterrupt):
    """A signal asked the program to end. Unwinds as Ctrl-C does."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_script(main: Callable[[], int | None]) -> NoReturn:
    """End the script with what ``main`` makes of it."""
    prepare_streams()
    end_on_signals()
    sys.exit(exit_code(main, Path(sys.argv[0]).name))


def exit_code(action: Callable[[], int | None], program: str) -> int:
    """The exit code of ``action``; its failure is said on stderr, after the program's name."""
    try:
        code = action() or 0
        sys.stdout.flush()  # what fails here would fail without a sentence at the very end
        return code
    except ChartHeroError as error:
        return _failed(program, str(error))
    except (KeyboardInterrupt, Cancelled) as error:
        stopped = error.number if isinstance(error, Ended) else signal.SIGINT
        return _failed(program, "stopped; nothing was left half-written.", _AFTER_SIGNAL + stopped)
    except BrokenPipeError:
        sys.stderr.close()
        return _PIPE_CLOSED
    except MemoryError:
        return _failed(program, "there is not enough memory for this.")
    except OSError as error:  # a folder or disk that went away where nobody expected it
        where = f"{error.filename}: " if error.filename else ""
        return _failed(program, f"{where}{error.strerror or error}.")


def _failed(program: str, sentence: str, code: int = 1) -> int:
    with contextlib.suppress(OSError):  # the terminal may be what went away
        print(f"{program}: {sentence}", file=sys.stderr)
    return code


def prepare_streams() -> None:
    """Let what is printed neither fail for its letters nor for want of a stream."""
    # A stream that was closed before the start is None, and print() would take stdout instead.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not _takes_all(stream):
            # File names and titles that a terminal or pipe cannot show are no reason to stop.
            stream.reconfigure(errors="backslashreplace")


def _takes_all(stream: io.TextIOWrapper) -> bool:
    """Whether odd file names come out as they are: so they do where a locale is all of UTF-8."""
    return stream.errors == "surrogateescape" and stream.encoding.lower() in ("utf-8", "utf8")


def _nowhere() -> io.TextIOWrapper:
    return Path(os.devnull).open("w", encoding="utf-8")


def end_on_signals() -> None:
    """From now on SIGTERM and a closed terminal unwind the program as Ctrl-C does.

    Signals that are ignored, as after ``nohup``, stay so.
    """
    for name in _ENDING_SIGNALS:
        number = getattr(signal, name, None)  # not every system has all of them
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once: what is tidied up on the way is not broken off
    raise Ended(number)
