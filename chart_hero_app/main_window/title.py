"""What the window is called while a song is open."""

from chart_hero_app.document.document import Document


def window_title(document: Document) -> str:
    """``Artist – Name[*] – Chart Hero``; Qt shows a mark for ``[*]`` where work is unsaved."""
    source = document.source
    if source is None:
        return "Chart Hero"
    metadata = document.song.metadata
    name = metadata.name or source.stem
    title = f"{metadata.artist} – {name}" if metadata.artist else name
    return f"{title}[*] – Chart Hero"
