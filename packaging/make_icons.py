"""Renders the program's SVG icon to what the systems want: PNG files, Windows .ico, macOS .icns.

python packaging/make_icons.py build/icons
"""

import argparse
import os
import struct
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "resources" / "icons" / "chart-hero.svg"
PNG_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
ICNS_TYPES = {b"ic11": 32, b"ic12": 64, b"ic07": 128, b"ic08": 256, b"ic09": 512}


def render_png(size: int) -> bytes:
    """The icon as a PNG file of ``size`` by ``size`` pixels."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
    from PySide6.QtGui import QImage, QImageWriter, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCE)).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(image):
        raise RuntimeError(f"Qt could not write a PNG of {size} pixels")
    return bytes(data.data())


def ico_file(images: dict[int, bytes]) -> bytes:
    """A Windows icon: a directory of 16 bytes an image, then the PNG files themselves."""
    offset = 6 + 16 * len(images)
    directory, body = b"", b""
    for size, png in images.items():
        edge = size % 256  # 256 is written as 0
        directory += struct.pack("<4B2H2I", edge, edge, 0, 0, 1, 32, len(png), offset + len(body))
        body += png
    return struct.pack("<3H", 0, 1, len(images)) + directory + body


def icns_file(images: dict[bytes, bytes]) -> bytes:
    """A macOS icon: blocks of type, length and PNG file."""
    body = b"".join(kind + struct.pack(">I", 8 + len(png)) + png for kind, png in images.items())
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def main() -> int:
    parser = argparse.ArgumentParser(description="Render the program icon in all formats.")
    parser.add_argument("folder", type=Path, help="where to write the files")
    folder: Path = parser.parse_args().folder
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication.instance() or QGuiApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    pngs = {size: render_png(size) for size in PNG_SIZES}
    for size, png in pngs.items():
        (folder / f"chart-hero-{size}.png").write_bytes(png)
    (folder / "chart-hero.ico").write_bytes(ico_file({size: pngs[size] for size in ICO_SIZES}))
    icns = {kind: pngs[size] for kind, size in ICNS_TYPES.items()}
    (folder / "chart-hero.icns").write_bytes(icns_file(icns))
    print(f"Wrote {len(pngs) + 2} files to {folder}")
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main())
