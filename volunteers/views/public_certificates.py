"""Pages for everybody: whether a paper is genuine, and which certificates are in publicity (公示)."""

from typing import Any

from django.core.paginator import InvalidPage, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from portal.core.errors import DomainError, NotFound
from portal.core.throttling import client_ip
from volunteers import certificates
from volunteers.forms.certificates import LookForm
from volunteers.models import Certificate
from volunteers.views.certificates import standing_tag

PAGE_SIZE = 50


class PublicPage(View):
    """Needs no account."""

    public = True


class LookPage(PublicPage):
    """Number and check code as they stand on the paper, for those who cannot scan."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "volunteers/certificate_look.html", {"form": LookForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = LookForm(request.POST)
        if not form.is_valid():
            return render(request, "volunteers/certificate_look.html", {"form": form}, status=400)
        # A slash would be another address; no number and no code has one.
        number, code = (form.cleaned_data[name].replace("/", "-") for name in ("number", "code"))
        return redirect("certificate:verify", number=number, code=code)


@method_decorator(never_cache, name="dispatch")
class VerifyPage(PublicPage):
    """What a paper is worth today; the name is masked, whoever looks."""

    def get(self, request: HttpRequest, number: str, code: str) -> HttpResponse:
        try:
            found = certificates.verify(number, code, address=client_ip(request))
        except DomainError as error:
            form = LookForm(initial={"number": number[:20], "code": code[:40]})
            context: dict[str, Any] = {"refusal": error, "form": form}
            return render(request, "volunteers/certificate_look.html", context, status=error.status)
        context = {"row": found, "standing": found.standing(), "tag": standing_tag(found)}
        return render(request, "volunteers/certificate_verify.html", context)


class PublicityPage(PublicPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        rows = Certificate.objects.in_publicity().select_related("volunteer__person", "region")
        paginator = Paginator(rows.order_by("publicity_until", "pk"), PAGE_SIZE)
        try:
            page = paginator.page(request.GET.get("page") or 1)
        except InvalidPage as error:
            raise NotFound() from error
        return render(request, "volunteers/certificate_publicity.html", {"page": page})
