"""Drafts of what goes to whom in a street: asked for, followed, and accepted line by line."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal.core import humanize
from portal.core.errors import DomainError
from portal.core.humanize import Look
from portal.core.registry.pages import LookupPage, RegistryPage
from requests import street_drafts
from requests.forms.street_drafts import AskForm, DecideForm, PassOverForm
from requests.matching.needs import open_needs
from requests.models import ServiceRequest, StreetDraft, StreetDraftLine
from requests.street_draft_preview import foresee
from requests.street_drafts import Decision
from requests.subjects import DRAFTED, STREET_DRAFTS
from volunteers import names

RECENT, TALLIED = 20, timedelta(days=90)
S = StreetDraftLine.Status
LOOKS = {
    S.ACCEPTED: Look("circle-check", "good"),
    S.PASSED_OVER: Look("x", "quiet"),
    S.LAPSED: Look("alert-triangle", "warn"),
}


class DraftPage(RegistryPage):
    subject = STREET_DRAFTS

    def queryset(self) -> Any:
        return StreetDraft.objects.select_related("region__parent", "made_by__person")


class StreetDraftsPage(DraftPage):
    """The latest drafts, and the form that asks for one."""

    def show(self, form: AskForm, status: int = 200) -> HttpResponse:
        proposed = models.Count("lines", filter=models.Q(lines__status=S.PROPOSED))
        recent = self.rows().annotate(line_count=models.Count("lines"), proposed=proposed)[:RECENT]
        told = street_drafts.tally(self.request.user, since=timezone.now() - TALLIED)
        context = self.context(form=form, recent=recent, tally=told, share=humanize.percentage(told.share))
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
    """Each need with what is proposed for it and why.

    POST with the lines that are ticked says what would happen; POST again with `confirm` does it.
    """

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.row(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft = self.row(pk)
        lines = {line.pk: line for line in self.lines(draft)}
        form = DecideForm(request.POST, lines=lines)
        if not form.is_valid():
            messages.error(request, next(iter(form.errors.values()))[0])
            return self.show(draft, 400)
        do, seen = form.cleaned_data["do"], form.cleaned_data["line"]
        chosen = [lines[pk] for pk in seen]
        if "confirm" not in request.POST:
            return self.ask(draft, chosen, do, PassOverForm())
        reason = PassOverForm(request.POST)
        if do == Decision.PASS_OVER and not reason.is_valid():
            return self.ask(draft, chosen, do, reason, 400)
        decide(request, chosen, do, seen, reason)
        return HttpResponseRedirect(self.subject.detail(draft))

    def ask(
        self, draft: StreetDraft, chosen: list[StreetDraftLine], do: str, reason: PassOverForm, status: int = 200
    ) -> HttpResponse:
        """What would happen to each line, and to whom; to pass one over, the reason."""
        foreseen = foresee(chosen, do=do)
        can, cannot = [each for each in foreseen if not each.refused], [each for each in foreseen if each.refused]
        # What goes out to nobody is a claim alone, whichever button was pressed.
        is_claim = do == Decision.DISPATCH and not any(each.is_dispatched for each in can)
        step = Decision.ACCEPT if is_claim else Decision(do)
        context = self.context(draft=draft, do=step, can=can, cannot=cannot, form=reason)
        return render(self.request, "desk/street_draft_confirm.html", context, status=status)

    def lines(self, draft: StreetDraft) -> list[StreetDraftLine]:
        related = ("draft__region", "request", "resource__volunteer__person__user", *street_drafts.GIVERS)
        lines = list(draft.lines.select_related(*related).defer("request__search", "resource__search"))
        givers = [line.resource.volunteer for line in lines if line.resource.volunteer_id is not None]
        names.show_names(givers, self.request.user.scope)
        return lines

    def show(self, draft: StreetDraft, status: int = 200) -> HttpResponse:
        lines = self.lines(draft)
        for line in lines:
            line.look = LOOKS.get(S(line.status))
        context = self.context(
            draft=draft, lines=lines, may_edit=self.may_edit(draft), do=Decision,
            open_count=sum(line.status == S.PROPOSED for line in lines),
            accepted=sum(line.status == S.ACCEPTED for line in lines),
            left=self.left(draft, lines),
        )  # fmt: skip
        return render(self.request, "desk/street_draft.html", context, status=status)

    def left(self, draft: StreetDraft, lines: list[StreetDraftLine]) -> list[ServiceRequest]:
        """What waits without a proposal, as it is now; nothing as long as the draft is being made."""
        served = [line.request_id for line in lines]
        return [] if draft.is_running else list(open_needs(draft.region, self.request.user, but=served))


class DraftedLookupPage(LookupPage):
    lookup = DRAFTED


def decide(
    request: HttpRequest,
    lines: Iterable[StreetDraftLine],
    do: str,
    seen: Mapping[int, int | None],
    reason: PassOverForm,
) -> None:
    """Line by line, each by itself; what cannot be done is said with its reason and keeps nothing else back."""
    done = 0
    for line in lines:
        try:
            if do == Decision.PASS_OVER:
                street_drafts.pass_over(line, by=request.user, **reason.cleaned_data)
            else:
                is_dispatched = do == Decision.DISPATCH
                street_drafts.accept(line, by=request.user, is_dispatched=is_dispatched, version=seen[line.pk])
        except DomainError as error:
            words = {"number": line.request.number, "reason": error.message}
            messages.error(request, _("%(number)s: %(reason)s") % words)
        else:
            done += 1
    if done:
        messages.success(request, _("%(what)s: %(count)d") % {"what": Decision(do).label, "count": done})
