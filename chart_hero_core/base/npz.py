"""What numpy and zipfile raise while they read an ``.npz`` file that is damaged, or is none."""

import struct
import tokenize
import zipfile
import zlib

BROKEN_NPZ: tuple[type[Exception], ...] = (
    *(OSError, EOFError, KeyError, RuntimeError, SyntaxError, TypeError, ValueError),
    *(struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)
