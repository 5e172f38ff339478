"""How a program ends: with its code, and after an expected failure with one sentence.

The command line ends so, and so do the scripts in ``benchmarks/`` and ``packaging/``.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from chart_hero_core.base.errors import Cancelled, ChartHeroError


def run_script(main: Callable[[], int | None]) -> NoReturn:
    """End the script with what ``main`` makes of it."""
    sys.exit(exit_code(main, Path(sys.argv[0]).name))


def exit_code(action: Callable[[], int | None], program: str) -> int:
    """The exit code of ``action``; its failure is said on stderr, after the program's name."""
    try:
        return action() or 0
    except ChartHeroError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Cancelled):
        print(f"{program}: stopped; nothing was left half-written.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except OSError as error:  # a folder or disk that went away where nobody expected it
        where = f"{error.filename}: " if error.filename else ""
        print(f"{program}: {where}{error.strerror or error}.", file=sys.stderr)
        return 1
