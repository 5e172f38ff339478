"""The command line as a program: how it ends when it is stopped, its streams, wrong first words."""

import argparse
import contextlib
import importlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chart_hero_core import cli
from chart_hero_core.cli.exits import Ended, end_on_signals, exit_code, prepare_streams

_TERM = getattr(signal, "SIGTERM", 15)


@pytest.fixture
def own_handlers() -> object:
    """Signal handlers as they are before a program has set its own; they are given back."""
    names = ("SIGTERM", "SIGHUP", "SIGINT")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers[:-1]:
        signal.signal(number, signal.SIG_DFL)
    yield None
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.skipif(os.name == "nt", reason="there nothing is told to end")
def test_a_program_that_is_told_to_end_tidies_up_and_says_so(
    own_handlers: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from chart_hero_core.base.files import atomic_write

    end_on_signals()

    def work() -> int:
        with atomic_write(tmp_path / "song.ogg") as file:
            file.write(b"half")
            os.kill(os.getpid(), _TERM)
            time.sleep(5)
        return 0

    assert exit_code(work, "chart-hero") == 143
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == "chart-hero: stopped; nothing was left half-written.\n"
    assert signal.getsignal(_TERM) == signal.SIG_IGN  # tidying up is not broken off in its turn


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal")
def test_nohup_is_respected(own_handlers: object) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end_on_signals()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    assert signal.getsignal(_TERM) != signal.SIG_DFL


def test_memory_that_runs_out_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def greedy() -> int:
        raise MemoryError

    assert exit_code(greedy, "chart-hero") == 1
    assert capsys.readouterr().err == "chart-hero: there is not enough memory for this.\n"


def test_the_end_is_told_even_where_the_terminal_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    def interrupted() -> int:
        raise Ended(1)

    monkeypatch.setattr(sys, "stderr", Gone())
    assert exit_code(interrupted, "chart-hero") == 129


def test_closed_streams_are_no_reason_to_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.main(["info", str(tmp_path / "gone")]) == 1
    sys.stderr.close()
    assert capsys.readouterr().out == ""  # print() takes stdout where there is no stderr


def test_letters_that_a_terminal_lacks_are_no_reason_to_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for errors in ("strict", "surrogateescape"):
        written = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii", errors))
        prepare_streams()
        print("日本", end="", flush=True)
        assert written.getvalue() == rb"\u65e5\u672c"


@pytest.mark.skipif(os.name == "nt", reason="no such pipes")
def test_a_reader_that_has_enough_gets_no_complaint() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "chart_hero_core.cli", "models", "list"]
    ended = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("transcibe", "there is no command 'transcibe'; did you mean transcribe?"),
        ("zzzz", "there is no command 'zzzz'; 'chart-hero --help' lists them."),
        ("n" * 400, "'chart-hero --help' lists them."),
        (
            "song.ogg",
            "song.ogg is not a command; to make a chart of it: chart-hero transcribe song",
        ),
    ],
)
def test_a_wrong_first_word_is_answered_with_what_was_meant(
    word: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "song.ogg").write_bytes(b"")
    with pytest.raises(SystemExit) as stopped:
        cli.main([word])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_a_file_that_looks_like_an_option_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-song.ogg").write_bytes(b"")
    with pytest.raises(SystemExit):
        cli.main(["transcribe", "-song.ogg"])
    assert "a name that begins with a dash is written as ./-song.ogg" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_option_of_every_command_is_explained(name: str) -> None:
    command = importlib.import_module(f"chart_hero_core.cli.{cli.COMMANDS[name][0]}")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            continue
        explained = (action.help or "").partition("(")[0].strip()
        assert len(explained) > 3, action
        if action.option_strings and action.nargs != 0 and action.choices is None:
            assert action.metavar is not None, action
            assert not str(action.metavar).startswith("set_"), action
        assert "(%(default)s" not in (action.help or ""), action  # written as "(default: …)"


def test_the_help_of_train_context_names_the_defaults_of_the_training() -> None:
    from chart_hero_core.cli.train_context import add_arguments
    from chart_hero_core.training.small_networks.context import ContextTraining

    parser = argparse.ArgumentParser()
    add_arguments(parser)
    for action in parser._actions:
        if "(default: " in (action.help or ""):
            default = getattr(ContextTraining(), action.dest)
            assert f"(default: {default:g})" in str(action.help)


def test_names_keep_their_capitals_in_what_a_command_says_of_itself() -> None:
    with pytest.raises(SystemExit), contextlib.redirect_stdout(io.StringIO()) as said:
        cli.main(["validate", "--help"])
    assert "Check a chart for problems in Clone Hero and YARG" in " ".join(said.getvalue().split())


@pytest.mark.parametrize("own", [None, "3"])
def test_numpy_is_told_of_one_thread_only_while_it_loads(
    own: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "OPENBLAS_NUM_THREADS"
    monkeypatch.delenv(name, raising=False)
    if own is not None:
        monkeypatch.setenv(name, own)  # what a person wants counts
    seen = []
    load = importlib.import_module

    def watched(module: str) -> object:
        seen.append(os.environ.get(name))
        return load(module)

    monkeypatch.setattr(importlib, "import_module", watched)
    cli.build_parser().parse_args(["validate", "song"])
    assert seen == [own or "1"]
    assert os.environ.get(name) == own
