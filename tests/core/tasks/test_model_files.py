"""Models get names, are renamed, copied, and removed without being lost."""

import datetime
from pathlib import Path

import pytest

from chart_hero_core.base.errors import CheckpointError, StorageError
from chart_hero_core.base.files import is_reserved_name, shipped_checkpoint
from chart_hero_core.base.model_choice import check_name, models_dir, read_choice
from chart_hero_core.cli import main
from chart_hero_core.tasks import model_files, models
from tests.core.tasks.checkpoints import write_tiny_checkpoint

DAY = datetime.date(2026, 11, 30)


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_checkpoint(tmp_path / "tiny.safetensors")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return write_tiny_checkpoint(tmp_path / "other.safetensors", talkative=True)


def _names() -> list[str]:
    return [model.name for model in models.list_models()][1:]


@pytest.mark.parametrize(
    ("songs", "name"),
    [
        ("My Songs", "My Songs, 30 Nov 2026"),
        ("Größe 曲", "Größe 曲, 30 Nov 2026"),
        ('a/b: "c"?', "a b c, 30 Nov 2026"),
        ("(.*) ", "My songs, 30 Nov 2026"),
        ("\udce9\n", "My songs, 30 Nov 2026"),
        ("x" * 80, f"{'x' * 45}, 30 Nov 2026"),
        ("𠀀" * 80, f"{'𠀀' * 45}, 30 Nov 2026"),
        ("con.x", "My songs, 30 Nov 2026"),
        ("CON", "CON, 30 Nov 2026"),
    ],
)
def test_a_model_is_called_after_its_songs_and_the_day(songs: str, name: str) -> None:
    assert model_files.name_learned_from(songs, DAY) == name
    assert check_name(name) == name
    assert not is_reserved_name(name)


def test_names_are_had_once_in_capitals_or_not(tiny: Path, other: Path) -> None:
    models.add_model(tiny, "my songs, 30 nov 2026")
    assert model_files.name_learned_from("My songs", DAY) == "My songs, 30 Nov 2026 (2)"
    assert models.add_model(other, "My songs, 30 Nov 2026").name == "My songs, 30 Nov 2026 (2)"
    assert models.add_model(tiny, "My songs, 30 Nov 2026").name == "my songs, 30 nov 2026"
    assert models.add_model(other, "y" * 64).name == "y" * 64
    assert models.add_model(tiny, "y" * 64).name == f"{'y' * 58} (2)"


def test_a_model_of_a_run_is_known_by_what_it_is(tiny: Path, other: Path) -> None:
    models.add_model(tiny, "mine")
    assert models.take_model(other, "mine").name == "mine (2)"  # nothing is replaced
    assert (models_dir() / "mine.safetensors").read_bytes() == tiny.read_bytes()
    model_files.rename_model("mine", "The good one")
    assert model_files.find_same(tiny) == "The good one"
    assert models.take_model(tiny, "mine").name == "The good one"
    assert _names() == ["The good one", "mine (2)"]
    models.add_model(tiny, "again", use=True)
    assert model_files.find_same(tiny) == "again"  # the one in use
    assert model_files.find_same(shipped_checkpoint()) is None
    assert model_files.find_same(tiny.with_name("gone")) is None


def test_a_model_whose_run_is_gone_is_known_by_its_name(tiny: Path, other: Path) -> None:
    gone = tiny.with_name("gone.safetensors")
    models.add_model(tiny, "mine")
    models.add_model(other, "other", use=True)
    assert model_files.known_as(gone, "mine") == "mine"
    assert models.take_model(gone, "mine").name == "mine"
    assert models.current_name() == "mine"
    assert model_files.known_as(gone, "theirs") is None
    assert model_files.known_as(other, "mine") == "other"  # what is there tells more than a name
    with pytest.raises(CheckpointError, match="gone"):
        models.take_model(gone, "theirs")
    assert models.current_name() == "mine"


def test_a_model_that_cannot_be_read_hides_no_other(tiny: Path) -> None:
    (models_dir() / "a.safetensors").mkdir(parents=True)
    models.add_model(tiny, "mine")
    assert model_files.find_same(tiny) == "mine"


def test_the_choice_follows_a_new_name(tiny: Path, other: Path) -> None:
    models.add_model(tiny, "one", use=True)
    models.add_model(other, "two", use=True)
    assert model_files.rename_model("two", "Zwei, no") == "Zwei, no"
    model_files.rename_model("one", "One")
    assert models.current_name() == "Zwei, no"
    assert models.roll_back().name == "One"
    with pytest.raises(CheckpointError, match="a model named 'One' already"):
        model_files.rename_model("Zwei, no", "one")
    with pytest.raises(CheckpointError, match="keeps its name"):
        model_files.rename_model("default", "mine")
    with pytest.raises(CheckpointError, match="name"):
        model_files.rename_model("One", "a/b")
    assert _names() == ["One", "Zwei, no"]


def test_a_copy_is_written_to_where_it_is_wanted(tiny: Path, tmp_path: Path) -> None:
    models.add_model(tiny, "one")
    written = model_files.export_model("one", tmp_path / "out" / "v1.2")
    assert written == tmp_path / "out" / "v1.2.safetensors"
    assert written.read_bytes() == tiny.read_bytes()
    with pytest.raises(StorageError, match="is there already"):
        model_files.export_model("default", written)
    with pytest.raises(StorageError, match="is there already"):  # nobody was asked about this one
        model_files.export_model("default", written.with_suffix(""), replacing=True)
    assert written.read_bytes() == tiny.read_bytes()
    model_files.export_model("default", written, replacing=True)
    assert written.read_bytes() == shipped_checkpoint().read_bytes()
    within = model_files.export_model("one", tmp_path / "out")
    assert within == tmp_path / "out" / "one.safetensors"
    with pytest.raises(StorageError, match="is there already"):
        model_files.export_model("one", tmp_path / "out", replacing=True)
    with pytest.raises(StorageError, match="Could not write"):
        model_files.export_model("one", tiny / "a.safetensors")


def test_a_removed_model_comes_back_in_use(tiny: Path, other: Path) -> None:
    models.add_model(tiny, "one", use=True)
    before = read_choice()
    removed = model_files.set_aside("one")
    assert (_names(), models.current_name()) == ([], "default")
    assert model_files.put_back(removed) == "one"
    assert (_names(), read_choice()) == (["one"], before)
    removed = model_files.set_aside("one")
    models.add_model(other, "One", use=True)  # the person has gone on since
    assert model_files.put_back(removed) == "one (2)"
    assert models.current_name() == "One"
    assert (models_dir() / "one (2).safetensors").read_bytes() == tiny.read_bytes()
    with pytest.raises(StorageError, match="Could not bring one back"):
        model_files.put_back(removed)


def test_what_is_removed_for_good_leaves_nothing(tiny: Path) -> None:
    models.add_model(tiny, "one")
    removed = model_files.set_aside("one")
    model_files.throw_away(removed)
    model_files.throw_away(removed)
    assert [path for path in models_dir().rglob("*") if path.suffix == ".safetensors"] == []


def test_the_command_line_renames_and_exports(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models.add_model(tiny, "one", use=True)
    assert main(["models", "rename", "one", "First try, 2026"]) == 0
    assert "* First try, 2026" in capsys.readouterr().out
    copy = tmp_path / "copy.safetensors"
    assert main(["models", "export", "First try, 2026", str(copy)]) == 0
    assert capsys.readouterr().out == f"Wrote {copy}.\n"
    assert copy.read_bytes() == tiny.read_bytes()
    assert main(["models", "rename", "First try, 2026", "a|b"]) == 1
    assert "A model's name has 1 to 64 characters" in capsys.readouterr().err
