"""The paper of a certificate: one page of A4 with what it stands on, and a code by which anybody checks it."""

import io
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepInFrame, SimpleDocTemplate, Spacer, Table, TableStyle

from portal.core import codes, humanize, papers
from volunteers import certificates
from volunteers.certificates import Work
from volunteers.models import Certificate

# More kinds of service than these are summed up in a last line, so that one page holds them.
MOST_WORKS = 10
INK, GREY, RED, RULE = (HexColor(each) for each in ("#1f2328", "#59636e", "#b5121b", "#d0d7de"))
MARGIN, FOOT = 24 * mm, 42 * mm
# What the page's frame keeps free at its sides.
PADDING = 6


def pdf(certificate: Certificate, *, address: str) -> bytes:
    """The file. `address` is the page on which the certificate is verified.

    A paper is in the portal's own language, whatever language its reader has chosen.
    """
    file = io.BytesIO()
    with translation.override(settings.LANGUAGE_CODE):
        page = SimpleDocTemplate(
            file, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=30 * mm, bottomMargin=FOOT + 12 * mm,
            title=f"{_('Certificate of voluntary service')} {certificate.number}", author=certificate.region.name,
            lang=settings.LANGUAGE_CODE,
        )  # fmt: skip
        width = page.width - 2 * PADDING
        foot = _foot(certificate, width, address)
        page.build(_content(certificate, width), onFirstPage=partial(_furnish, foot, width))
    return file.getvalue()


def _content(certificate: Certificate, width: float) -> list[Any]:
    small, works = papers.style(9.5, textColor=GREY), certificates.works(certificate)
    return [
        papers.text(_("Certificate of voluntary service"), papers.style(25, alignment=TA_CENTER, textColor=INK)),
        Spacer(0, 5 * mm),
        papers.text(
            _("No. %(number)s") % {"number": certificate.number},
            papers.style(10.5, alignment=TA_CENTER, textColor=GREY),
        ),
        Spacer(0, 11 * mm),
        papers.text(
            _statement(certificate, works), papers.style(13, leading=25, alignment=TA_JUSTIFY, firstLineIndent=26)
        ),
        Spacer(0, 7 * mm),
        # Long titles of many services are set smaller rather than on a second page, which would get lost.
        KeepInFrame(width, 95 * mm, [_table(_shown(works), width)], mode="shrink"),
        Spacer(0, 5 * mm),
        papers.text(_publicity(certificate), small),
    ]  # fmt: skip


def _statement(certificate: Certificate, works: list[Work]) -> str:
    volunteer = certificate.volunteer
    who = _("%(name)s (volunteer number %(number)s)") % {"name": volunteer.person.name, "number": volunteer.number}
    if volunteer.national_number:
        who = _("%(name)s (volunteer number %(number)s, national platform %(national)s)") % {
            "name": volunteer.person.name, "number": volunteer.number, "national": volunteer.national_number,
        }  # fmt: skip
    times = sum(work.times for work in works)
    return _(
        "This is to certify that %(who)s served as a volunteer from %(since)s to %(until)s, %(times)s, for %(hours)s"
        " altogether as approved in the ledger of hours."
    ) % {
        "who": who, "since": _day(certificate.since), "until": _day(certificate.until),
        "times": ngettext("%(count)d time", "%(count)d times", times) % {"count": times},
        "hours": humanize.hours(certificate.minutes),
    }  # fmt: skip


def _shown(works: list[Work]) -> list[Work]:
    if len(works) <= MOST_WORKS:
        return works
    rest = works[MOST_WORKS - 1 :]
    others = Work(
        _("Other services"), "", sum(each.times for each in rest), sum(each.minutes for each in rest)
    )  # fmt: skip
    return [*works[: MOST_WORKS - 1], others]


def _table(works: list[Work], width: float) -> Table:
    head, cell = papers.style(10, textColor=GREY), papers.style(10.5)
    right, right_head = papers.style(10.5, alignment=TA_RIGHT), papers.style(10, alignment=TA_RIGHT, textColor=GREY)
    rows = [[
        papers.text(_("Service"), head), papers.text(_("Place"), head), papers.text(_("Times"), right_head),
        papers.text(_("Length"), right_head),
    ]]  # fmt: skip
    rows += [
        [
            papers.text(work.what, cell), papers.text(work.where, cell), papers.text(work.times, right),
            papers.text(humanize.hours(work.minutes), right),
        ]
        for work in works
    ]  # fmt: skip
    table = Table(rows, colWidths=[width * 0.34, width * 0.34, width * 0.12, width * 0.2], repeatRows=1)
    table.setStyle(TableStyle([
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK), ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE),
        ("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]))  # fmt: skip
    return table


def _publicity(certificate: Certificate) -> str:
    return _("In publicity from %(since)s to %(until)s; nobody objected.") % {
        "since": _day(certificate.publicity_from), "until": _day(certificate.publicity_until),
    }  # fmt: skip


def _foot(certificate: Certificate, width: float, address: str) -> Table:
    side, small = 30 * mm, papers.style(9.5, textColor=GREY)
    code = codes.format_code(certificates.check_code(certificate))
    how = [
        papers.text(_("Scan to verify, or enter number and check code on the portal."), small),
        papers.text(_("Check code %(code)s") % {"code": code}, papers.style(11)),
    ]
    issued = papers.style(12, alignment=TA_RIGHT, leading=22)
    issuer = [
        papers.text(_("%(name)s (seal)") % {"name": certificate.region.name}, issued),
        papers.text(_day(certificate.publicity_from), issued),
    ]  # fmt: skip
    foot = Table([[papers.qr(address, side), how, issuer]], colWidths=[side + 4 * mm, width * 0.42, None])
    foot.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (0, 0), 0)]))
    return foot


def _furnish(foot: Table, width: float, canvas: Canvas, _page: Any) -> None:
    """The frame, and at its foot who vouches for what is written above."""
    across, up = A4
    canvas.setStrokeColor(RED)
    for inset, weight in ((11 * mm, 1.4), (13 * mm, 0.4)):
        canvas.setLineWidth(weight)
        canvas.rect(inset, inset, across - 2 * inset, up - 2 * inset)
    foot.wrapOn(canvas, width, FOOT)
    foot.drawOn(canvas, MARGIN + PADDING, FOOT - 12 * mm)


def _day(day: Any) -> str:
    return date_format(day, "DATE_FORMAT")
