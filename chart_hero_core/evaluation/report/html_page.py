"""The page of a report: one file, nothing loaded from elsewhere, dark or light as the system is."""

from collections.abc import Sequence
from html import escape

# Name in links, heading, body.
Section = tuple[str, str, str]

_DARK = """
--window:#16181D;--panel:#1D2027;--raised:#262A33;--hairline:#323743;--text:#E6E9EF;--quiet:#98A0AF;
--accent:#5AB0FF;--good:#4CC38A;--warn:#E5B454;--bad:#E5686A;--violet:#A371F7;
--green:#3FB950;--blue:#3B8EEA;--yellow:#E8C33A;--red:#E5484D;--kick:#F0883E;--whisker:#E6E9EF;
"""
# The lanes' yellow, green and orange are darkened on white so that a thin bar can still be seen.
_LIGHT = """
--window:#F4F5F7;--panel:#FFFFFF;--raised:#ECEEF2;--hairline:#D5D9E0;--text:#1B1F27;--quiet:#5E6675;
--accent:#1769C5;--good:#1F8A57;--warn:#9A6B00;--bad:#C93B3E;--violet:#7A45D6;
--green:#2DA042;--blue:#2B7BD4;--yellow:#C79A00;--red:#D93D42;--kick:#DD7222;--whisker:#1B1F27;
"""

_CSS = (
    ":root{color-scheme:dark light;"
    + _DARK.replace("\n", "")
    + "}@media (prefers-color-scheme:light){:root{"
    + _LIGHT.replace("\n", "")
    + "}}"
    + """
*{box-sizing:border-box}
body{margin:0;background:var(--window);color:var(--text);
font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:24px;line-height:1.25;margin:0 0 4px;font-weight:650}
h2{font-size:17px;margin:0 0 4px;font-weight:650}
h3{font-size:14px;margin:20px 0 8px;font-weight:600}
h4{font-size:12px;margin:8px 0 2px;font-weight:500;color:var(--quiet)}
p{margin:0 0 12px;max-width:78ch}
a{color:var(--accent)}a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);
outline-offset:2px}
.quiet{color:var(--quiet)}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin:16px 0 24px;padding:8px 0;
border-bottom:1px solid var(--hairline)}nav a{text-decoration:none}
section{background:var(--panel);border:1px solid var(--hairline);border-radius:6px;
padding:20px 24px;margin:0 0 16px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(138px,1fr));gap:12px;
margin:0 0 16px}
.tile{background:var(--panel);border:1px solid var(--hairline);border-radius:6px;padding:12px 14px}
.tile b{display:block;font-size:24px;line-height:1.2;font-weight:600}
.tile span{display:block;color:var(--quiet);font-size:12px;line-height:1.4}
.tile span:first-child{min-height:34px}
.row{display:flex;flex-wrap:wrap;gap:24px 40px;align-items:flex-start}
.grow{flex:1 1 400px;min-width:0}.wide{flex:1 1 520px;min-width:0}
.slim{max-width:640px}.many+.scroll{margin-top:14px;max-width:760px}
.narrow{flex:1 1 300px;min-width:0}
.many{display:grid;grid-template-columns:repeat(auto-fill,minmax(208px,1fr));gap:16px 20px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px;margin:4px 0 8px}
th,td{padding:4px 9px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--hairline)}
th{color:var(--quiet);font-weight:500}th:first-child,td:first-child{text-align:left;padding-left:0}
td.left,th.left{text-align:left}tbody tr:last-child td{border-bottom:0}
tr.sum td{font-weight:600;border-top:1px solid var(--quiet)}
td.heat i{font-style:normal;display:block;border-radius:4px;padding:1px 6px}
small{color:var(--quiet);font-size:11px}.heat small{color:inherit;opacity:.8}
.legend{display:flex;flex-wrap:wrap;gap:4px 20px;color:var(--quiet);font-size:12px;margin:0 0 10px}
.legend svg{width:16px;height:12px;vertical-align:-1px;margin-right:6px;display:inline-block}
ul.files{columns:3;column-gap:24px;padding-left:18px;margin:0}
.song{border-top:1px solid var(--hairline);padding:14px 0 4px}
.song:first-of-type{border-top:0}
.song h3{margin:0 0 2px}
footer{color:var(--quiet);font-size:12px;margin-top:24px}
svg{width:100%;height:auto;display:block}
svg text{fill:var(--text);font-size:12.5px}
svg .quiet{fill:var(--quiet)}svg .strong{font-weight:600}svg .num{font-size:12px}
svg .small{font-size:11.5px}svg .tiny{font-size:10.5px}
svg .soft{opacity:.8}svg .end{text-anchor:end}svg .mid{text-anchor:middle}
.grid{stroke:var(--hairline);stroke-width:1;fill:none}
.axis{stroke:var(--quiet);stroke-width:1;fill:none}
.diagonal{stroke:var(--quiet);stroke-width:1;stroke-dasharray:4 4;fill:none}
.whisker{stroke:var(--whisker);stroke-width:1.25;fill:none;opacity:.75}
.median{stroke:var(--text);stroke-width:1.5;stroke-dasharray:3 2;fill:none}
.gap{stroke:var(--bad);stroke-width:1.25;fill:none}
.lane-green{fill:var(--green)}.lane-blue{fill:var(--blue)}.lane-yellow{fill:var(--yellow)}
.lane-red{fill:var(--red)}.lane-kick{fill:var(--kick)}.lane-all{fill:var(--accent)}
.bar-p{fill-opacity:.4}.bar-r{fill-opacity:.65}
.curve{stroke:var(--accent);stroke-width:2;fill:none;stroke-linejoin:round}
.band{fill:var(--accent);fill-opacity:.16}.mark{fill:var(--accent)}
.curve.second{stroke:var(--quiet);stroke-dasharray:5 4}.band.second{fill:var(--quiet);
fill-opacity:.12}.mark.second{fill:var(--quiet)}
.support{fill:var(--quiet);fill-opacity:.5}
.cell{fill:var(--raised);fill-opacity:.55}.right{fill:var(--accent)}.wrong{fill:var(--bad)}
.kind-added{fill:var(--good)}.kind-deleted{fill:var(--bad)}.kind-lane{fill:var(--warn)}
.kind-moved{fill:var(--violet)}
.missed{fill:none;stroke:var(--text);stroke-width:1.5}
.extra{fill:none;stroke:var(--bad);stroke-width:2}
.good{background:color-mix(in srgb,var(--accent) var(--share),transparent)}
"""
    + "".join(
        f".curve.lane-{lane}{{stroke:var(--{lane});fill:none}}"
        f".band.lane-{lane}{{fill:var(--{lane});fill-opacity:.16}}"
        f".mark.lane-{lane}{{fill:var(--{lane})}}"
        for lane in ("green", "blue", "yellow", "red", "kick")
    )
    + "@media print{section{break-inside:avoid}}"
)


def page(
    title: str, header: str, tiles: str, sections: Sequence[Section], footer: str, css: str = ""
) -> str:
    """A whole page of HTML; sections without a body are left out.

    Args:
        title: plain text; all else is HTML.
        css: rules beside those that all pages share.
    """
    shown = [(key, heading, body) for key, heading, body in sections if body]
    links = "".join(f'<a href="#{key}">{heading}</a>' for key, heading, _ in shown)
    bodies = "".join(
        f'<section id="{key}"><h2>{heading}</h2>{body}</section>' for key, heading, body in shown
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_CSS}{css}</style></head><body><main>"
        f"{header}<nav>{links}</nav>{tiles}{bodies}<footer>{footer}</footer></main></body></html>\n"
    )
