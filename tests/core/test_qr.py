import re
import xml.etree.ElementTree as ET

import pytest
import qrcode

from portal.core.qr import QUIET_ZONE, qr_svg

SVG = "{http://www.w3.org/2000/svg}"


def modules(drawing: str) -> set[tuple[int, int]]:
    path = ET.fromstring(drawing).find(f"{SVG}path").attrib["d"]
    return {
        (int(x) + step, int(y))
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path)
        for step in range(int(width))
    }


@pytest.mark.parametrize("text", ["https://example.org/t/ABCD-EFGH-JKM", "小站", "a" * 500])
def test_it_works(text):
    code = qrcode.QRCode(border=QUIET_ZONE, error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    expected = {(x, y) for y, row in enumerate(code.get_matrix()) for x, dark in enumerate(row) if dark}
    assert modules(qr_svg(text)) == expected


def test_it_stands_in_a_page_with_a_strict_policy():
    drawing = qr_svg("x")
    assert not re.search(r"style|script|href|on\w+=", drawing)
    assert 'aria-hidden="true"' in drawing


def test_the_label_is_escaped():
    drawing = qr_svg("x", label='"><script>')
    assert ET.fromstring(drawing).attrib["aria-label"] == '"><script>'
    assert "<script>" not in drawing
