"""Text files of unknown encoding: bytes -> text, and text made safe for one line of a file."""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "The file began with a UTF-8 byte order mark."),
    (codecs.BOM_UTF16_LE, "utf-16-le", "The file was in UTF-16."),
    (codecs.BOM_UTF16_BE, "utf-16-be", "The file was in UTF-16."),
)
# Windows-1252 leaves five bytes undefined; those keep their Latin-1 character.
_WINDOWS_1252 = {
    byte: bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)
}


def decode_text(data: bytes) -> tuple[str, str | None]:
    """The text of ``data`` and a sentence when it was not plain UTF-8.

    A byte order mark decides; without one a zero byte beside the first character tells UTF-16;
    else UTF-8, and Windows-1252 for what is not valid UTF-8. Never fails.
    """
    for mark, encoding, sentence in _MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            # An editor that adds a mark without looking makes it two.
            return text.lstrip("\ufeff"), sentence
    if len(data) >= 2 and (data[0] == 0) != (data[1] == 0):
        encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
        return data.decode(encoding, "replace"), "The file was in UTF-16."
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return decode_short(data), "The file was not in UTF-8; it was read as Windows-1252."


def decode_short(data: bytes) -> str:
    """A text inside a binary file: UTF-8, else Windows-1252, whatever the bytes."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1").translate(_WINDOWS_1252)


def encode_text(text: str) -> bytes:
    """UTF-8; half characters that no encoding can hold become question marks."""
    return text.encode("utf-8", "replace")


def one_line(text: str) -> str:
    """``text`` with line breaks and NULs turned into blanks, without blanks at its ends."""
    return re.sub(r"[\r\n\0]+", " ", text).strip()
