"""A volunteer's own certificates: ask for one, see where it stands, take the paper."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from portal.core.errors import DomainError, NotFound
from volunteers import certificates
from volunteers.forms.certificates import AskForm
from volunteers.models import Certificate
from volunteers.types import CertificateStatus
from volunteers.views.certificates import hours_in_words, standing_tag
from volunteers.views.own import OwnPage
from volunteers.views.paper_file import paper


class CertificatePage(OwnPage):
    def certificate(self, pk: int) -> Certificate:
        rows = Certificate.objects.filter(volunteer=self.mine()).with_changes()
        found = rows.select_related("volunteer__person", "region").filter(pk=pk).first()
        if found is None:
            raise NotFound()
        return found


class CertificatesPage(CertificatePage):
    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(Certificate.objects.filter(volunteer=self.mine()).select_related("region").with_changes())
        is_waiting = any(each.status == CertificateStatus.ASKED for each in rows)
        context = {"certificates": [(each, standing_tag(each)) for each in rows], "is_waiting": is_waiting}
        return render(request, "volunteers/my_certificates.html", context)


class AskPage(OwnPage):
    def show(self, form: AskForm, status: int = 200) -> HttpResponse:
        return render(self.request, "volunteers/my_certificate_ask.html", {"form": form}, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        self.mine()
        return self.show(AskForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        me, form = self.mine(), AskForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(form, 400)
        try:
            certificates.apply(me, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(form, error.status)
        return self.back("own:certificates", _("You have asked for it. Your community issues it."))


class CertificateDetail(CertificatePage):
    """What it stands on, row by row."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.certificate(pk)
        context: dict[str, Any] = {
            "row": row, "tag": standing_tag(row), "lines": certificates.lines(row),
            "may_print": certificates.is_printable(row), "hours": hours_in_words(row),
        }  # fmt: skip
        return render(request, "volunteers/my_certificate.html", context)


class MyPaper(CertificatePage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return paper(request, self.certificate(pk))
