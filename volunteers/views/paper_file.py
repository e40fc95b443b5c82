"""The paper of a certificate as a file, for its volunteer and for those who issued it."""

from django.http import HttpRequest, HttpResponse

from portal.core import codes
from portal.core.sites import absolute_url
from volunteers import certificate_paper, certificates
from volunteers.models import Certificate


def paper(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    certificates.refuse_unless_printable(certificate)
    code = codes.format_code(certificates.check_code(certificate))
    address = absolute_url(request, "certificate:verify", number=certificate.number, code=code)
    response = HttpResponse(certificate_paper.pdf(certificate, address=address), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{certificate.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
