"""The exceptions of numpy and zipfile for a damaged or invalid ``.npz`` file."""

import struct
import tokenize
import zipfile
import zlib

BROKEN_NPZ: tuple[type[Exception], ...] = (
    *(OSError, EOFError, KeyError, RuntimeError, SyntaxError, TypeError, ValueError),
    *(struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)
