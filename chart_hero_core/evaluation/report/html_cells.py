"""Tables and figures as HTML, for every section of the page."""

from collections.abc import Sequence

from chart_hero_core.evaluation.report.tables import Cell


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]], sums: int = 0) -> str:
    """A table of cells that are HTML already; the last ``sums`` rows stand out."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = []
    for number, row in enumerate(rows):
        css = ' class="sum"' if number >= len(rows) - sums else ""
        cells = "".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in row)
        body.append(f"<tr{css}>{cells}</tr>")
    return (
        f'<div class="scroll"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def signed(value: Cell) -> str:
    """Milliseconds with their sign, or a dash."""
    return "–" if value is None else f"{round(float(value), 1) + 0.0:+.1f}"


def plain(value: Cell, digits: int) -> str:
    """A number, or a dash for None and not-a-number."""
    return "–" if value is None or value != value else f"{float(value):.{digits}f}"
