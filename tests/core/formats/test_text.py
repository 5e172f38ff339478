"""Text of unknown encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.formats.text import decode_short, decode_text, encode_text, one_line


@pytest.mark.parametrize(
    ("data", "text", "mended"),
    [
        (b"Na\xc3\xafve", "Naïve", None),
        (b"\xef\xbb\xbfNa\xc3\xafve", "Naïve", "UTF-8 byte order mark"),
        (b"\xef\xbb\xbf\xef\xbb\xbf[song]", "[song]", "UTF-8 byte order mark"),
        (b"\xff\xfe" + "\ufeff[song]".encode("utf-16-le"), "[song]", "UTF-16"),
        ("Naïve".encode("utf-16"), "Naïve", "UTF-16"),
        (b"\xfe\xff" + "Naïve".encode("utf-16-be"), "Naïve", "UTF-16"),
        ("[Song]".encode("utf-16-le"), "[Song]", "UTF-16"),
        ("[Song]".encode("utf-16-be"), "[Song]", "UTF-16"),
        (b"Na\xefve \x93x\x94 \x81", "Naïve “x” \x81", "Windows-1252"),
        (b"", "", None),
    ],
)
def test_encodings(data: bytes, text: str, mended: str | None) -> None:
    found, sentence = decode_text(data)
    assert found == text
    assert (sentence is None) if mended is None else (sentence is not None and mended in sentence)


@given(st.binary(max_size=50))
def test_any_bytes_are_some_text_that_can_be_written(data: bytes) -> None:
    assert encode_text(decode_text(data)[0]).decode("utf-8") is not None
    assert encode_text(decode_short(data)).decode("utf-8") == decode_short(data)


def test_lone_surrogates_and_line_breaks_cannot_break_a_file() -> None:
    assert encode_text("a\ud800b") == b"a?b"
    assert one_line(" a\r\nb\0c\n") == "a b c"
