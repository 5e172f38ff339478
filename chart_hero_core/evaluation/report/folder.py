"""An evaluation written to a folder: CSV for every table, JSON with all of them, an HTML page."""

import contextlib
import dataclasses
import datetime
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chart_hero_core import __version__
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.base.files import replaced_together, write_text
from chart_hero_core.evaluation.report.chart_tables import chart_tables
from chart_hero_core.evaluation.report.html_report import About, render_html
from chart_hero_core.evaluation.report.score_tables import score_tables
from chart_hero_core.evaluation.report.tables import Cell, Table
from chart_hero_core.evaluation.results import Evaluation

SCHEMA = 1
JSON_NAME = "report.json"
HTML_NAME = "report.html"
MAX_BYTES = 500_000_000
_TABLE_NAME = re.compile(r"[a-z_]+")  # nothing that leads out of the folder


@dataclass(frozen=True, slots=True)
class SavedReport:
    """A report read back: what was scored, and its tables as lists of records."""

    name: str
    view: str
    detail_ms: float
    tables: dict[str, list[dict[str, Cell]]]


def all_tables(evaluation: Evaluation) -> list[Table]:
    """Every table that has something to say."""
    return [*score_tables(evaluation), *chart_tables(evaluation)]


def to_json(evaluation: Evaluation, about: About, tables: list[Table]) -> dict[str, Any]:
    """Everything, as plain data."""
    corrections = evaluation.options.corrections
    options = {
        field.name: getattr(evaluation.options, field.name)
        for field in dataclasses.fields(evaluation.options)
        if field.name != "corrections"
    }
    return {
        "schema": SCHEMA,
        "program": f"chart-hero {__version__}",
        "made": about.made.isoformat(timespec="seconds"),
        "reference": about.reference,
        "estimate": about.estimate,
        "view": evaluation.view.name,
        "options": options,
        "corrections": corrections.to_json() if corrections else None,
        "songs": [song.pair.name for song in evaluation.songs],
        "warnings": list(evaluation.warnings),
        "tables": {t.name: {"columns": list(t.columns), "rows": list(t.rows)} for t in tables},
    }


def write_report(folder: Path, evaluation: Evaluation, about: About) -> list[Path]:
    """Write the whole report into ``folder`` (made when missing); returns the files written.

    Its files take their places together, and tables of a report that was there before go with it:
    what lies in the folder is one evaluation, whatever goes wrong.

    Raises:
        StorageError: the folder cannot be written.
    """
    tables = all_tables(evaluation)
    data = json.dumps(to_json(evaluation, about, tables), separators=(",", ":"), allow_nan=False)
    texts = {f"{table.name}.csv": table.to_csv() for table in tables}
    texts[JSON_NAME] = data + "\n"
    texts[HTML_NAME] = render_html(evaluation, about, tables)
    outdated = [name for name in _tables_in(folder) if name not in texts]
    with replaced_together():
        for name, text in texts.items():
            write_text(folder / name, text)
    for name in outdated:
        with contextlib.suppress(OSError):
            (folder / name).unlink()
    return [folder / name for name in texts]


def _tables_in(folder: Path) -> list[str]:
    """The files of the tables of a report that lies in ``folder``, if one does."""
    try:
        names = read_report(folder).tables
    except EvaluationError:
        return []
    return [f"{name}.csv" for name in names if _TABLE_NAME.fullmatch(name)]


def about(reference: str, estimate: str) -> About:
    """What is scored against what, now."""
    return About(reference, estimate, datetime.datetime.now().astimezone())


def read_report(path: Path) -> SavedReport:
    """Read a report from its folder or its JSON file.

    Raises:
        EvaluationError: there is none, or it is not a report of this version.
    """
    file = path / JSON_NAME if path.is_dir() else path
    try:
        if file.stat().st_size > MAX_BYTES:
            raise EvaluationError(f"{file} is too large to be a report.")
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise EvaluationError(
            f"No report at {path}: {error.strerror}. Make one with: evaluate REF EST -o DIR."
        ) from error
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{file} is not JSON: {error}.") from error
    try:
        return saved_from(data)
    except EvaluationError as error:
        raise EvaluationError(f"{file}: {error}") from error


def saved_from(data: Any) -> SavedReport:
    """A report from what :func:`to_json` made.

    Raises:
        EvaluationError: it is something else.
    """
    try:
        if data["schema"] != SCHEMA:
            raise EvaluationError("It was written by another version; evaluate again.")
        tables = {str(name): _records(table) for name, table in data["tables"].items()}
        detail_ms = float(data["options"]["detail_ms"])
        return SavedReport(str(data["estimate"]), str(data["view"]), detail_ms, tables)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise EvaluationError("This is not a report of chart-hero evaluate.") from error


def _records(table: Any) -> list[dict[str, Cell]]:
    columns = [str(column) for column in table["columns"]]
    return [dict(zip(columns, row, strict=True)) for row in table["rows"]]
