"""The command line: one module per subcommand, imported only when it runs.

A subcommand module offers ``add_arguments(parser)`` and ``run(args) -> int``. Expected errors
print one sentence to stderr and exit with 1, bad usage exits with 2, Ctrl-C with 130, SIGTERM
with 143.
"""

import argparse
import contextlib
import difflib
import gc
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from chart_hero_core import __version__
from chart_hero_core.cli.exits import end_on_signals, exit_code, prepare_streams

# name -> (module below this package, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "transcribe": ("transcribe", "make a drum chart from a song"),
    "convert": ("convert", "convert a chart between .chart, .mid, .sng and folders"),
    "validate": ("validate", "check a chart for problems in Clone Hero and YARG"),
    "info": ("info", "show what a song, chart or checkpoint contains"),
    "evaluate": ("evaluate", "score transcriptions against references"),
    "synthesise": ("synthesise", "render labelled songs from kits, performances and backing"),
    "build-dataset": ("build_dataset", "make a dataset of songs and their charts"),
    "train": ("train", "train a model on synthesised audio"),
    "pseudo-label": (
        "pseudo_label",
        "label songs that have no chart with the hits the model is sure of, for training",
    ),
    "fine-tune": (
        "fine_tune",
        "fine-tune the model on your own songs; kept only if it is measurably better",
    ),
    "models": ("models", "list the models, choose one, go back to an earlier one"),
    "train-beats": ("train_beats", "train the small network that finds beats in drum hits"),
    "train-bars": ("train_bars", "train the small networks that find bar lines in drum hits"),
    "train-tempo-choice": (
        "train_tempo_choice",
        "fit the model that chooses between tempo candidates",
    ),
    "train-double-kicks": ("train_double_kicks", "fit the model that recognises double kicks"),
    "train-context": ("train_context", "train the network that rescores hits by the whole song"),
    "train-toms": ("train_toms", "train the small network that estimates the pitch of toms"),
    "calibrate": ("calibrate", "fit a checkpoint's confidences, thresholds and timing corrections"),
    "benchmark-model": (
        "benchmark_model",
        "measure the speed, memory use and size of a checkpoint",
    ),
}


# The numpy that pip installs asks this variable as it loads.
_BLAS_THREADS = "OPENBLAS_NUM_THREADS"
# Torch alone is 170,000 objects that stay: Python's usual 700 cost two tenths of a second.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000

_EXAMPLES = """\
examples:
  chart-hero transcribe song.ogg      a song folder with chart, song.ini and audio
  chart-hero validate "My Song"       check it for problems in the games
  chart-hero-app                      start the desktop application

'chart-hero COMMAND --help' lists the options of a command.

exit codes:
  0    done
  1    failed, with one sentence on stderr ('validate': the chart has errors)
  2    wrong usage
  130  stopped by Ctrl-C; 143: by another program
"""


class _LazyParser(argparse.ArgumentParser):
    """Imports its subcommand's module only when its own arguments are about to be parsed."""

    module: str | None = None
    words: Sequence[str] = ()

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        self.words = args or ()
        if self.module is not None:
            with _numpy_in_one_thread():
                command = importlib.import_module(f"{__name__}.{self.module}")
            command.add_arguments(self)
            self.set_defaults(run=command.run)
            self.module = None
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """End with the message and, where a file looks like an option, with how to name it."""
        files = [word for word in self.words if word.startswith("-") and _is_there(word)]
        hint = f" (a name that begins with a dash is written as ./{files[0]})" if files else ""
        super().error(message + hint)


@contextlib.contextmanager
def _numpy_in_one_thread() -> Iterator[None]:
    """Numpy multiplies matrices in one thread where it is first imported in here.

    Ours are small: several threads gain next to nothing, and where other programs keep the
    processor busy they wait for each other thirty times as long as the sums take. Asked for no
    longer than numpy takes to load, as torch may come with the same library.
    """
    if _BLAS_THREADS in os.environ:
        yield
        return
    os.environ[_BLAS_THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[_BLAS_THREADS]


def build_parser() -> argparse.ArgumentParser:
    """The parser with all subcommands (their options are added on demand)."""
    parser = argparse.ArgumentParser(
        prog="chart-hero",
        description="Turns songs into drum charts for Clone Hero and YARG.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=_LazyParser
    )
    for name, (module, summary) in COMMANDS.items():
        described = f"{summary[0].upper()}{summary[1:]}."  # names in it keep their capitals
        command = commands.add_parser(name, help=summary, description=described)
        command.module = module
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    prepare_streams()
    if argv is None:  # started as a program of its own
        end_on_signals()
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    parser = build_parser()
    words = sys.argv[1:] if argv is None else argv
    if "" in words:  # a variable without a value; as a path it would be the current folder
        parser.error("an argument is empty")
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        parser.error(_unknown_command(words[0]))

    def run() -> int:
        args = parser.parse_args(words)  # which imports the command, and may be interrupted, too
        return int(args.run(args))

    return exit_code(run, parser.prog)


def _unknown_command(word: str) -> str:
    """What to say of a first word that is no command: all of them would be a long list."""
    if _is_there(word):
        return f"{word} is not a command; to make a chart of it: chart-hero transcribe {word}"
    alike = difflib.get_close_matches(word, COMMANDS, n=1)
    meant = f"did you mean {alike[0]}?" if alike else "'chart-hero --help' lists them."
    return f"there is no command {word!r}; {meant}"


def _is_there(word: str) -> bool:
    try:
        return Path(word).exists()
    except OSError:  # too long for a name
        return False
