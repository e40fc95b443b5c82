"""Papers that people keep as a file (PDF). Lists and rosters are print style sheets instead.

One Chinese font is shipped (`portal/core/fonts/`); a file carries the characters that it uses and stays small. It knows
the rare characters of names; what it does not know (a smiley in a title) is printed as an empty box.
"""

import functools
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

FILE = Path(__file__).parent / "fonts" / "noto-sans-sc-0.4.3" / "NotoSansSC-Regular.ttf"
FONT = "NotoSansSC"


@functools.cache
def font() -> str:
    """The name of the font, read when the process prints its first paper: that takes a tenth of a second."""
    pdfmetrics.registerFont(TTFont(FONT, FILE))
    return FONT


def style(size: float = 11, **values: object) -> ParagraphStyle:
    """A style of text in the shipped font; lines break where Chinese may break."""
    values.setdefault("leading", size * 1.6)
    return ParagraphStyle("", fontName=font(), fontSize=size, wordWrap="CJK", **values)


def text(words: object, look: ParagraphStyle) -> Paragraph:
    """A paragraph of plain text: what people typed is never taken for markup."""
    return Paragraph(escape(str(words)), look)


def qr(address: str, size: float) -> Drawing:
    code = QrCodeWidget(address, barLevel="M", barWidth=size, barHeight=size)
    drawing = Drawing(size, size)
    drawing.add(code)
    return drawing
