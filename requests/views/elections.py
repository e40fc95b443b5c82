"""/desk/elections/: candidates for an owners' committee, masked; who they are is shown with a logged reason."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from portal.core.errors import DomainError, NotAllowed
from portal.core.humanize import Look
from portal.core.registry.organizations import link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, RegistryPage
from portal.core.templatetags.portal import tag_html
from requests import elections, list_exports
from requests.deliberation_types import Criterion, Verdict
from requests.elections import DECIDE, ERASE, REVEAL, WRITE
from requests.forms import elections as forms
from requests.models import Candidate, Election
from requests.subjects import CANDIDATES, ELECTIONS
from requests.survey_filters import ElectionFilter
from requests.views.deliberations import moment, until
from requests.views.exporting import Exportable, ListExport, file_response, files_at
from volunteers.views.verbs import VerbButton, VerbForm

LOOKS = {Verdict.SUITABLE: Look("circle-check", "good"), Verdict.UNSUITABLE: Look("ban", "quiet")}


def status_tag(row: Election) -> Any:
    if row.published_at is None:
        return tag_html(_("Being checked"), Look("clock", "info"))
    return tag_html(_("Published"), Look("circle-check", "good"))


def verdict_tag(row: Candidate) -> Any:
    if not row.verdict:
        return tag_html(_("Not decided yet"), Look("clock", "wait"))
    return tag_html(row.get_verdict_display(), LOOKS[Verdict(row.verdict)])


class ElectionPage:
    subject = ELECTIONS

    def queryset(self) -> Any:
        return Election.objects.with_places()


class ElectionList(Exportable, ElectionPage, ListPage):
    exports = elections.EXPORT
    template_name = "requests/deliberation_list.html"
    filterset_class = ElectionFilter
    first_filters = ("region", "published")
    columns = (
        Column(gettext_lazy("estate"), "estate"),
        Column(gettext_lazy("which committee"), "title"),
        Column(gettext_lazy("day of the election"), lambda row: row.held_on.isoformat(), "nowrap only-wide"),
        Column(gettext_lazy("Status"), status_tag),
    )
    empty_hint = gettext_lazy("Before an estate elects its owners' committee, the branch checks who stands for it.")


class ElectionListExport(ListExport, ElectionList):
    table = staticmethod(list_exports.elections)


class ElectionDetail(ElectionPage, DetailPage):
    template_name = "requests/election_detail.html"

    def facts(self, row: Election) -> list[tuple[Any, Any]]:
        return [
            (_("estate"), link("registry:estate_detail", row.estate)),
            (_("day of the election"), row.held_on),
            (_("published on"), moment(row.published_at)),
            (_("hangs until"), until(row.publicity_ends_at)),
        ]

    def may_edit(self, row: Election) -> bool:
        return row.published_at is None and super().may_edit(row)

    def more(self, row: Election) -> dict[str, Any]:
        user, is_open = self.request.user, row.published_at is None
        return {
            "status_tag": status_tag(row),
            "candidates": [(each, verdict_tag(each)) for each in row.candidates.all()],
            "may_enter": is_open and elections.keeps(row, by=user, capability=WRITE),
            "export": files_at("requests:candidate_list", row.pk) if user.scope.can(elections.EXPORT) else None,
            "may_publish": is_open and elections.keeps(row, by=user, capability=DECIDE),
        }


class CandidateListExport(ElectionPage, RegistryPage):
    """The candidates of one election, masked as its page shows them."""

    capability = elections.EXPORT

    def get(self, request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
        row = self.row(pk)
        return file_response(list_exports.candidates(row.candidates.all()), f"{row}-{_('candidates')}", kind)


class ElectionCreate(ElectionPage, CreatePage):
    form_class = forms.ElectionForm


class ElectionEdit(ElectionPage, EditPage):
    form_class = forms.ElectionForm

    def may_edit(self, row: Election) -> bool:
        return row.published_at is None and super().may_edit(row)


class OfElectionPage(ElectionPage, VerbForm):
    template_name = "requests/verb_form.html"
    takes: str

    @classmethod
    def needed(cls, subject: Any) -> str:
        return getattr(cls, "takes", WRITE)

    def found(self, pk: int) -> Election:
        row = self.row(pk)
        if not elections.keeps(row, by=self.request.user, capability=self.takes):
            raise NotAllowed()
        return row


class CandidateCreate(OfElectionPage):
    takes = WRITE
    form_class = forms.CandidateForm
    heading = gettext_lazy("Enter a candidate")
    consequence = gettext_lazy("Name and phone are sealed. Somebody else decides whether the candidate is suitable.")
    said = gettext_lazy("The candidate is on the list.")

    def do(self, row: Election, asked: dict[str, Any]) -> None:
        elections.enter(row, by=self.request.user, **asked)


class ElectionPublish(OfElectionPage):
    takes = DECIDE
    form_class = forms.HangForm
    heading = gettext_lazy("Publish the candidates")
    consequence = gettext_lazy("Everybody reads the names of those who are suitable, and nothing else of anybody.")
    said = gettext_lazy("The list of candidates hangs.")

    def do(self, row: Election, asked: dict[str, Any]) -> None:
        elections.publish(row, by=self.request.user, **asked)


class CandidatePage:
    subject = CANDIDATES

    def queryset(self) -> Any:
        return Candidate.objects.select_related("election__estate__region", "entered_by__person", "decided_by__person")


class CandidateDetail(CandidatePage, DetailPage):
    template_name = "requests/candidate_detail.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        context = self.context(
            row=row, list_url=ELECTIONS.detail(row.election), facts=self.facts(row), steps=self.steps(row),
            **self.more(row),
        )  # fmt: skip
        return render(request, self.template_name, context)

    def facts(self, row: Candidate) -> list[tuple[Any, Any]]:
        told = [
            (_("mobile phone"), row.phone_masked), (_("entered by"), row.entered_by.get_full_name()),
            (_("reasons"), row.reasons), (_("erased"), moment(row.erased_at)),
        ]  # fmt: skip
        if row.decided_by is not None:
            told.append((_("decided by"), row.decided_by.get_full_name()))
        return [(label, value) for label, value in told if value]

    def more(self, row: Candidate) -> dict[str, Any]:
        user, found = self.request.user, {each.criterion: each for each in row.checks.all()}
        undecided = not row.verdict and row.election.published_at is None
        ends_at = row.election.publicity_ends_at
        return {
            "status_tag": verdict_tag(row),
            "checks": [(each.label, found.get(each)) for each in Criterion],
            "may_check": undecided and self.holds(WRITE, row),
            "may_decide": undecided and self.holds(DECIDE, row) and row.entered_by_id != user.pk,
            "may_reveal": row.erased_at is None and self.holds(REVEAL, row),
            "may_erase": ends_at is not None and row.erased_at is None and self.holds(ERASE, row),
        }


class OfCandidatePage(CandidatePage, VerbForm):
    template_name = "requests/verb_form.html"
    takes: str

    @classmethod
    def needed(cls, subject: Any) -> str:
        return getattr(cls, "takes", WRITE)

    def found(self, pk: int) -> Candidate:
        row = self.row(pk)
        if not self.holds(self.takes, row):
            raise NotAllowed()
        return row


class CandidateCheckPage(OfCandidatePage):
    takes = WRITE
    form_class = forms.CheckForm
    heading = gettext_lazy("Record a check")
    consequence = gettext_lazy("What was recorded of this criterion before is replaced.")
    said = gettext_lazy("The check has been recorded.")

    def initial(self, row: Candidate) -> dict[str, Any]:
        done = set(row.checks.values_list("criterion", flat=True))
        return {"criterion": next((each for each in Criterion.values if each not in done), None)}

    def do(self, row: Candidate, asked: dict[str, Any]) -> None:
        elections.check(row, by=self.request.user, **asked)
        self.is_checked = True

    def back_to(self, row: Candidate) -> str:
        """After a check the next one, until all are done."""
        if getattr(self, "is_checked", False) and row.checks.count() < len(Criterion):
            return reverse("requests:candidate_check", args=[row.pk])
        return super().back_to(row)


class CandidateEdit(OfCandidatePage):
    takes = WRITE
    form_class = forms.CandidateEditForm
    heading = gettext_lazy("Correct name or phone")
    said = gettext_lazy("Saved.")

    def do(self, row: Candidate, asked: dict[str, Any]) -> None:
        elections.correct(row, by=self.request.user, **asked)


class CandidateStrike(OfCandidatePage):
    takes = WRITE
    form_class = forms.ScopedForm
    heading = button = gettext_lazy("Take off the list")
    consequence = gettext_lazy("The candidate is gone, with what was checked.")
    said = gettext_lazy("The candidate is off the list.")

    def do(self, row: Candidate, asked: dict[str, Any]) -> None:
        elections.strike(row, by=self.request.user)
        self.is_struck = True

    def back_to(self, row: Candidate) -> str:
        return ELECTIONS.detail(row.election) if getattr(self, "is_struck", False) else super().back_to(row)


class CandidateDecide(OfCandidatePage):
    takes = DECIDE
    form_class = forms.VerdictForm
    heading = gettext_lazy("Decide about the candidate")
    consequence = gettext_lazy("It cannot be changed afterwards. The reasons are not published.")
    said = gettext_lazy("It has been decided.")

    def do(self, row: Candidate, asked: dict[str, Any]) -> None:
        elections.decide(row, by=self.request.user, **asked)


@method_decorator(never_cache, name="dispatch")
class CandidateReveal(OfCandidatePage):
    """GET asks for the reason; POST shows name and phone once, and logs it."""

    takes = REVEAL
    template_name = "requests/candidate_reveal.html"
    form_class = forms.WhyForm
    heading = gettext_lazy("Show who it is")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.found(pk)
        form = self.form(row, request.POST)
        if not form.is_valid():
            return self.show(row, form, 400)
        try:
            personal = elections.reveal(row, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.take_error(error)
            return self.show(row, form, error.status)
        context = self.context(row=row, form=form, page=self, back=self.back_to(row), personal=personal)
        return render(request, self.template_name, context)


class CandidateErase(CandidatePage, VerbButton):
    VERBS = {"erase": (elections.erase, gettext_lazy("The personal data has been erased."))}

    @classmethod
    def needed(cls, subject: Any) -> str:
        return ERASE
