"""The report on disk: tables, JSON, and a page that needs nothing else."""

import csv
import datetime
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from chart_hero_core.base.errors import EvaluationError, StorageError
from chart_hero_core.base.files import write_text
from chart_hero_core.evaluation.report import folder as report_folder
from chart_hero_core.evaluation.report.folder import all_tables, read_report, write_report
from chart_hero_core.evaluation.report.html_report import About, render_html
from chart_hero_core.evaluation.report.tables import Table
from chart_hero_core.evaluation.results import Evaluation, Options, SongPair, evaluate_songs
from chart_hero_core.evaluation.strokes import EMPTY, Strokes
from tests.golden.evaluation import make

ABOUT = About("truth", "guess", datetime.datetime(2030, 1, 2, 3, 4, tzinfo=datetime.UTC))
_VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Collects what matters of a page; fails on tags that do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        values = dict(attrs)
        self.links += [str(values[key]) for key in ("href", "src") if key in values]
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    pairs = [replace(pair, audio="file:///songs/a%20b.ogg") for pair in make.pairs()]
    return evaluate_songs(pairs, Options(samples=50))


@pytest.fixture(scope="module")
def folder(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "deeper"
    write_report(folder, evaluation, ABOUT)
    return folder


def test_every_table_is_written_and_tidy(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names >= {f"{name}.csv" for name in make.GOLDEN}
    assert names >= {"scores_by_class.csv", "edits.csv", "ioi.csv", "report.json", "report.html"}
    for path in folder.glob("*.csv"):
        rows = list(csv.reader(path.read_text().splitlines()))
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}


def test_the_json_holds_the_tables_and_reads_back(folder: Path, evaluation: Evaluation) -> None:
    data = json.loads((folder / "report.json").read_text())
    assert data["made"] == "2030-01-02T03:04:00+00:00"
    assert data["songs"] == ["fast", "silent", "slow", "waltz"]
    assert data["options"]["detail_ms"] == 25.0
    assert set(data["tables"]) == {path.stem for path in folder.glob("*.csv")}
    saved = read_report(folder)
    assert saved == read_report(folder / "report.json")
    assert saved.name == "guess"
    row = saved.tables["scores_by_song"][0]
    assert row["song"] == "fast"
    assert row["tp"] == int(evaluation.songs[0].counts["8", 20.0][0, 0])


def test_the_page_is_whole_and_needs_nothing_else(folder: Path) -> None:
    text = (folder / "report.html").read_text()
    page = Page(text)
    assert "script" not in page.seen
    assert "img" not in page.seen
    assert page.seen.count("svg") > 30
    assert "url(" not in text
    assert "@import" not in text
    assert "prefers-color-scheme:light" in text
    for link in page.links:
        assert link.startswith(("#", "file:///")) or (folder / link).is_file()
    sections = {link[1:] for link in page.links if link.startswith("#")}
    assert sections == set(page.ids)
    assert sections >= {"scores", "speed", "subdivisions", "timing", "edits", "confusions"}
    assert sections >= {"tempo", "confidence", "drumless", "songs", "files"}


def test_the_worst_songs_link_to_their_passage(folder: Path) -> None:
    links = Page((folder / "report.html").read_text()).links
    passages = [link for link in links if "#t=" in link]
    assert len(passages) == 3
    start, end = (float(t) for t in passages[0].split("#t=")[1].split(","))
    assert 0 <= start < end


def test_figures_in_the_page_are_finite(folder: Path) -> None:
    text = (folder / "report.html").read_text()
    assert not re.search(r"\bnan\b|\binf\b|None", text)


def test_names_cannot_break_the_page() -> None:
    pair = make.pairs()[0]
    nasty = '<b onclick="x">&'
    evaluation = evaluate_songs([replace(pair, name=nasty)], Options(samples=10))
    text = render_html(evaluation, replace(ABOUT, estimate=nasty), all_tables(evaluation))
    assert nasty not in text
    assert "&lt;b onclick=" in text
    Page(text)


@pytest.mark.parametrize(
    "pair",
    [
        SongPair("nothing", EMPTY, EMPTY),
        SongPair("missed", Strokes.of([1.0], [0]), EMPTY),
        SongPair("invented", EMPTY, Strokes.of([1.0], [0])),
        SongPair("five", Strokes.of([1.0], [8]), Strokes.of([1.0, 2.0], [8, 9])),
    ],
)
def test_hardly_anything_can_be_reported_too(pair: SongPair, tmp_path: Path) -> None:
    written = write_report(tmp_path, evaluate_songs([pair], Options(samples=10)), ABOUT)
    assert all(path.stat().st_size for path in written)
    Page((tmp_path / "report.html").read_text())
    read_report(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No report"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a report"),
        ('{"schema": 99}', "another version"),
        ('{"schema": 1, "tables": {"a": 1}, "options": {"detail_ms": 1}}', "not a report"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: str | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "report.json").write_text(content)
    with pytest.raises(EvaluationError, match=reason):
        read_report(tmp_path)


def test_a_table_as_csv() -> None:
    table = Table.of("t", ("a", "b"), [(1, 0.5), ("x,y", None), (float("nan"), 1 / 3)])
    assert table.to_csv() == 'a,b\n1,0.5\n"x,y",\n,0.333333\n'
    assert table.records()[2] == {"a": None, "b": 1 / 3}


def test_figures_that_nothing_can_be_said_of_are_dashes() -> None:
    evaluation = evaluate_songs([SongPair("nothing", EMPTY, EMPTY)], Options(samples=10))
    text = render_html(evaluation, ABOUT, all_tables(evaluation))
    assert not re.search(r"\bnan\b|\binf\b|None", text)
    assert "<span>mean song F, 25 ms</span><b>–</b>" in text


def test_a_report_takes_the_place_of_the_one_before(evaluation: Evaluation, tmp_path: Path) -> None:
    write_report(tmp_path, evaluation, ABOUT)
    (tmp_path / "notes.csv").write_text("mine")
    report = json.loads((tmp_path / "report.json").read_text())
    outside = tmp_path.parent / "outside.csv"
    outside.write_text("mine")
    report["tables"]["../outside"] = {"columns": [], "rows": []}
    (tmp_path / "report.json").write_text(json.dumps(report))
    few = evaluate_songs([SongPair("nothing", EMPTY, EMPTY)], Options(samples=10))
    written = write_report(tmp_path, few, ABOUT)
    assert sorted(tmp_path.iterdir()) == sorted([*written, tmp_path / "notes.csv"])
    assert outside.exists()


def test_a_report_that_cannot_be_finished_leaves_the_one_before(
    evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(tmp_path, evaluation, ABOUT)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(path: Path, text: str) -> None:
        if path.name == "report.json":
            raise StorageError("No space.")
        write_text(path, text)

    monkeypatch.setattr(report_folder, "write_text", full)
    few = evaluate_songs([SongPair("nothing", EMPTY, EMPTY)], Options(samples=10))
    with pytest.raises(StorageError):
        write_report(tmp_path, few, ABOUT)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
