"""Drafts of what goes to whom in a street: asked for, followed, and accepted line by line."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal.core.errors import DomainError
from portal.core.humanize import Look
from portal.core.registry.pages import RegistryPage
from requests import street_drafts
from requests.forms.street_drafts import AskForm, DecideForm, Decision
from requests.matching.needs import open_needs
from requests.models import ServiceRequest, StreetDraft, StreetDraftLine
from requests.subjects import STREET_DRAFTS
from requests.types import State
from volunteers import names

RECENT = 20
S = StreetDraftLine.Status
LOOKS = {
    S.ACCEPTED: Look("circle-check", "good"),
    S.PASSED_OVER: Look("player-pause", "quiet"),
    S.LAPSED: Look("alert-triangle", "warn"),
}


class DraftPage(RegistryPage):
    subject = STREET_DRAFTS

    def queryset(self) -> Any:
        return StreetDraft.objects.select_related("region", "made_by__person")


class StreetDraftsPage(DraftPage):
    """The latest drafts, and the form that asks for one."""

    def show(self, form: AskForm, status: int = 200) -> HttpResponse:
        proposed = models.Count("lines", filter=models.Q(lines__status=S.PROPOSED))
        recent = self.rows().annotate(line_count=models.Count("lines"), proposed=proposed)[:RECENT]
        context = self.context(form=form, recent=recent)
        return render(self.request, "desk/street_drafts.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(AskForm(user=request.user, initial={"region": street_drafts.own_region(request.user)}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AskForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(form, 400)
        try:
            draft = street_drafts.ask(by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(form, error.status)
        return HttpResponseRedirect(self.subject.detail(draft))


@method_decorator(never_cache, name="dispatch")
class StreetDraftPage(DraftPage):
    """Each need with what is proposed for it and why. POST decides about the lines that are ticked."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.row(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft = self.row(pk)
        lines = {line.pk: line for line in draft.lines.select_related("draft__region", "request", "resource")}
        form = DecideForm(request.POST, lines=list(lines))
        if not form.is_valid():
            messages.error(request, next(iter(form.errors.values()))[0])
            return self.show(draft, 400)
        decide(request, [lines[pk] for pk in form.cleaned_data["line"]], form.cleaned_data["do"])
        return HttpResponseRedirect(self.subject.detail(draft))

    def show(self, draft: StreetDraft, status: int = 200) -> HttpResponse:
        rows = draft.lines.select_related("request", *street_drafts.GIVERS).defer("request__search", "resource__search")
        lines = list(rows)
        givers = [line.resource.volunteer for line in lines if line.resource.volunteer_id is not None]
        names.show_names(givers, self.request.user.scope)
        for line in lines:
            line.look = LOOKS.get(S(line.status))
            line.may_dispatch = line.request.state == State.ACCEPTED
        context = self.context(
            draft=draft, lines=lines, may_edit=self.may_edit(draft), do=Decision,
            open_count=sum(line.status == S.PROPOSED for line in lines),
            accepted=sum(line.status == S.ACCEPTED for line in lines),
            unserved=draft.need_count - draft.fitting_count,
            left=self.left(draft, lines),
        )  # fmt: skip
        return render(self.request, "desk/street_draft.html", context, status=status)

    def left(self, draft: StreetDraft, lines: list[StreetDraftLine]) -> list[ServiceRequest]:
        """What waits without a proposal, as it is now; nothing as long as the draft is being made."""
        served = [line.request_id for line in lines]
        return [] if draft.is_running else list(open_needs(draft.region, self.request.user, but=served))


def decide(request: HttpRequest, lines: Iterable[StreetDraftLine], do: str) -> None:
    """Line by line, each by itself; what cannot be done is said with its reason and keeps nothing else back."""
    done = 0
    for line in lines:
        try:
            if do == Decision.PASS_OVER:
                street_drafts.pass_over(line, by=request.user)
            else:
                street_drafts.accept(line, by=request.user, is_dispatched=do == Decision.DISPATCH)
        except DomainError as error:
            words = {"number": line.request.number, "reason": error.message}
            messages.error(request, _("%(number)s: %(reason)s") % words)
        else:
            done += 1
    if done:
        messages.success(request, _("%(what)s: %(count)d") % {"what": Decision(do).label, "count": done})
