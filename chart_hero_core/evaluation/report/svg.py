"""Small pieces of SVG: shapes and text that take their colours from the page around them."""

from collections.abc import Sequence
from html import escape

Point = tuple[float, float]


def picture(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    """A whole drawing that shrinks with the page but is never blown up."""
    return (
        f'<svg viewBox="0 0 {_n(width)} {_n(height)}" style="max-width:{_n(width)}px" '
        f'role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def rect(
    x: float, y: float, width: float, height: float, css: str, tip: str = "", radius: float = 0
) -> str:
    """A rectangle, with a tooltip if there is one."""
    rounded = f' rx="{_n(radius)}"' if radius else ""
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" height="{_n(max(height, 0))}"'
        f'{rounded} class="{css}">{_tip(tip)}</rect>'
    )


def shaded(x: float, y: float, width: float, height: float, css: str, share: float) -> str:
    """A rectangle as opaque as ``share`` says (0..1)."""
    return (
        f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" class="{css}" '
        f'rx="3" fill-opacity="{share:.3f}"/>'
    )


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """A straight line."""
    return f'<path d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}" class="{css}"/>'


def curve(points: Sequence[Point], css: str) -> str:
    """Straight lines from point to point."""
    if len(points) < 2:
        return ""
    return f'<path d="M{"L".join(f"{_n(x)} {_n(y)}" for x, y in points)}" class="{css}"/>'


def area(points: Sequence[Point], css: str) -> str:
    """A filled shape."""
    if len(points) < 3:
        return ""
    return f'<path d="M{"L".join(f"{_n(x)} {_n(y)}" for x, y in points)}Z" class="{css}"/>'


def dot(x: float, y: float, radius: float, css: str, tip: str = "") -> str:
    """A circle."""
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" class="{css}">{_tip(tip)}</circle>'


def cross(x: float, y: float, size: float, css: str, tip: str = "") -> str:
    """A diagonal cross."""
    s = size
    d = f"M{_n(x - s)} {_n(y - s)}L{_n(x + s)} {_n(y + s)}M{_n(x - s)} {_n(y + s)}"
    return f'<path d="{d}L{_n(x + s)} {_n(y - s)}" class="{css}">{_tip(tip)}</path>'


def text(x: float, y: float, words: str, css: str = "", turn: float | None = None) -> str:
    """Words with their baseline at ``y``; ``css`` may hold ``end`` or ``mid`` for the side."""
    rotated = f' transform="rotate({_n(turn)} {_n(x)} {_n(y)})"' if turn is not None else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" class="{css}"{rotated}>{escape(words)}</text>'


def _tip(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
