"""QR codes as drawings that stand in the page itself."""

from html import escape

import qrcode
from django.utils.safestring import SafeString, mark_safe

# What scanners want around the code: four modules of white.
QUIET_ZONE = 4


def qr_svg(text: str, *, label: str = "") -> SafeString:
    """An SVG of the QR code, scaled by the page's style sheet (class `qr`), black on white also in dark mode.

    It has no style attribute and loads nothing, so that the content security policy allows it. With a
    `label` a screen reader reads it; without one the drawing is decoration beside a text that says the
    same.
    """
    code = qrcode.QRCode(border=0, error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    size = len(rows) + 2 * QUIET_ZONE
    path = "".join(_runs(row, y + QUIET_ZONE) for y, row in enumerate(rows))
    role = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return mark_safe(  # noqa: S308 - made of numbers and an escaped label
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {size} {size}" {role}'
        f' shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )


def _runs(row: list[bool], y: int) -> str:
    """The black stretches of one line, each as one rectangle: a tenth of the size of a rectangle a module."""
    parts, x = [], 0
    while x < len(row):
        start = x
        while x < len(row) and row[x]:
            x += 1
        if x > start:
            parts.append(f"M{start + QUIET_ZONE} {y}h{x - start}v1h-{x - start}z")
        x += 1
    return "".join(parts)
