"""Every result as a tidy table: one row per observation, one column per variable."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """A named table; empty cells are None."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @staticmethod
    def of(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> "Table":
        """A table of rows; not-a-number becomes empty."""
        clean = tuple(tuple(None if cell != cell else cell for cell in row) for row in rows)
        return Table(name, tuple(columns), clean)

    def records(self) -> list[dict[str, Cell]]:
        """The rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_csv(self) -> str:
        """As comma-separated text with a header; fractions to six digits."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_text(cell) for cell in row] for row in self.rows)
        return text.getvalue()


def _text(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return f"{cell:.6f}".rstrip("0").rstrip(".") if abs(cell) < 1e15 else repr(cell)
    return cell
