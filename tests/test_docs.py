"""The documents name only commands, options, scripts, files and settings that exist."""

import argparse
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest
import soundfile

import chart_hero_core
from chart_hero_core.base import errors
from chart_hero_core.cli import COMMANDS
from chart_hero_core.formats.song_folder import load_song
from chart_hero_core.training.config import PRESETS, TrainSettings
from tests.conftest import PROJECT

# Not the records of what once was: the changelog and docs/experiments.md.
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "resources/checkpoints/MODEL_CARD.md"),
    *(f"docs/{name}.md" for name in ("architecture", "datasets", "evaluation", "learning")),
    *("docs/library.md", "docs/performance.md", "docs/training.md"),
)
_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
_COMMAND = re.compile(r"chart-hero ([a-z][a-z-]+)([^`\n#]*)")
_SCRIPT = re.compile(r"((?:benchmarks|packaging)/\w+\.py)([^`\n#]*)")
_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
_REFERENCE = re.compile(r":(?:func|class|meth|attr|data|mod):`~?([\w.]+)`")
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_PATH = re.compile(r"`((?:benchmarks|chart_hero_\w+|docs|packaging|resources|tests)/[\w./-]+)")


def text_of(document: str) -> str:
    """The document, with commands of several lines in one."""
    return re.sub(r"\\\n\s*", " ", (PROJECT / document).read_text("utf-8"))


def options_of(command: str) -> set[str]:
    parser = argparse.ArgumentParser()
    importlib.import_module(f"chart_hero_core.cli.{COMMANDS[command][0]}").add_arguments(parser)
    return set(_OPTION.findall(parser.format_help()))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_and_their_options_exist(document: str) -> None:
    for command, rest in _COMMAND.findall(text_of(document)):
        assert command in COMMANDS, f"chart-hero {command}"
        assert set(_OPTION.findall(rest)) <= options_of(command), f"chart-hero {command}{rest}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_scripts_and_their_options_exist(document: str) -> None:
    for script, rest in _SCRIPT.findall(text_of(document)):
        source = (PROJECT / script).read_text("utf-8")
        unknown = [option for option in _OPTION.findall(rest) if f'"{option}"' not in source]
        assert unknown == [], script + rest


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_and_links_exist(document: str) -> None:
    text = text_of(document)
    folder = (PROJECT / document).parent
    places = [folder / link for link in _LINK.findall(text)]
    places += [PROJECT / path for path in _PATH.findall(text)]
    missing = [str(place) for place in places if not place.exists()]
    assert missing == []


def test_the_index_of_experiments_links_to_every_section_once() -> None:
    text = (PROJECT / "docs/experiments.md").read_text("utf-8")
    headings = re.findall(r"^###? (.*)$", text, re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert sorted(re.findall(r"\]\(#([^)]*)\)", text)) == sorted(set(anchors) - {"index"})


def test_every_setting_of_a_training_is_told_with_its_values() -> None:
    rows = [line for line in text_of("docs/training.md").splitlines() if line.startswith("| `--")]
    told = [
        f"| `--{setting.name.replace('_', '-')}` | "
        + " | ".join(str(getattr(preset, setting.name)) for preset in PRESETS.values())
        + f" | {setting.metadata['help']} |"
        for setting in fields(TrainSettings)
    ]
    assert rows == told


@pytest.mark.slow
@pytest.mark.parametrize("document", ["README.md", "docs/library.md"])
def test_python_examples_run(
    document: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    demo = PROJECT / "resources/demo/drums.ogg"
    samples, rate = soundfile.read(demo, frames=44_100 * 8)
    soundfile.write(tmp_path / "song.ogg", samples, rate)
    monkeypatch.chdir(tmp_path)
    examples = _PYTHON.findall(text_of(document))
    assert examples
    for example in examples:  # in order: later ones read what earlier ones wrote
        exec(compile(example, document, "exec"), {"__name__": "example"})
    written = load_song(tmp_path / "My Song").song
    assert len(written.expert.notes) > 20
    if document == "docs/library.md":
        said = capsys.readouterr().out
        assert "missing.ogg" in said
        assert (
            len(load_song(tmp_path / "Edited").song.expert.notes) == len(written.expert.notes) + 1
        )


def modules_of_the_core() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(chart_hero_core.__path__, "chart_hero_core."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def is_there(name: str, module: ModuleType) -> bool:
    """Whether ``name`` is something a docstring of ``module`` may refer to: in the module, one of
    its classes, a module beside it, an error, or a full path.
    """
    classes = [one for one in vars(module).values() if isinstance(one, type)]
    beside = importlib.import_module(module.__name__.rpartition(".")[0])
    named = any(has(place, name) for place in (module, *classes, beside, errors))
    return named or (name.startswith("chart_hero_core.") and has(chart_hero_core, name[16:]))


def has(place: object, name: str) -> bool:
    for part in name.split("."):
        fields_of = getattr(place, "__dataclass_fields__", {})
        if not hasattr(place, part) and part not in fields_of:
            return False
        place = getattr(place, part, None)
    return True


def test_what_docstrings_refer_to_exists() -> None:
    missing = [
        f"{module.__name__}: {name}"
        for module in list(modules_of_the_core())
        for name in _REFERENCE.findall(Path(str(module.__file__)).read_text("utf-8"))
        if not is_there(name, module)
    ]
    assert missing == []
