"""/desk/surveys/: household surveys, and the doors of a building on a phone."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.humanize import Look
from portal.core.registry.forms import ScopedForm
from portal.core.registry.organizations import link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, RegistryPage
from portal.core.templatetags.portal import tag_html
from requests import households, list_exports, survey_exports, surveys
from requests.deliberation_types import SurveyState, VisitOutcome
from requests.deliberations import polls
from requests.forms.deliberations import HouseholdsForm
from requests.forms.surveys import DoorForm, EndForm, QuestionForm, SurveyForm
from requests.models import Deliberation, Household, Poll, Survey, SurveyVisit
from requests.models.deliberations import EXPORT
from requests.subjects import SURVEYS
from requests.survey_filters import SurveyFilter
from requests.views.deliberations import moment
from requests.views.exporting import Exportable, ListExport, file_response
from requests.views.polls import said_of
from volunteers.views.verbs import VerbButton, VerbForm

LOOKS = {
    SurveyState.DRAFT: Look("edit", "quiet"),
    SurveyState.OPEN: Look("clock", "info"),
    SurveyState.CLOSED: Look("lock", "good"),
}
WENT = {
    VisitOutcome.ANSWERED: Look("circle-check", "good"),
    VisitOutcome.REFUSED: Look("ban", "quiet"),
    VisitOutcome.NOT_REACHED: Look("clock", "wait"),
}


def status_tag(row: Survey) -> Any:
    return tag_html(row.get_state_display(), LOOKS[SurveyState(row.state)])


def went_tag(outcome: str | None) -> Any:
    return tag_html(VisitOutcome(outcome).label, WENT[VisitOutcome(outcome)]) if outcome else ""


class SurveyPage:
    subject = SURVEYS

    def queryset(self) -> Any:
        return Survey.objects.with_places()


class SurveyList(Exportable, SurveyPage, ListPage):
    exports = EXPORT
    template_name = "requests/deliberation_list.html"
    filterset_class = SurveyFilter
    first_filters = ("q", "region", "state")
    columns = (
        Column(gettext_lazy("title"), "title"),
        Column(gettext_lazy("estate"), "estate", "only-wide"),
        Column(gettext_lazy("households"), "household_count", "num only-wide"),
        Column(gettext_lazy("households that answered"), "answered_count", "num"),
        Column(gettext_lazy("Status"), status_tag),
    )
    empty_hint = gettext_lazy("Ask every household of an estate the same questions, from door to door.")

    def queryset(self) -> Any:
        return super().queryset().with_counts()


class SurveyListExport(ListExport, SurveyList):
    table = staticmethod(list_exports.surveys)


class SurveyDetail(SurveyPage, DetailPage):
    template_name = "requests/survey_detail.html"

    def facts(self, row: Survey) -> list[tuple[Any, Any]]:
        seen = Deliberation.objects.for_user(self.request.user).filter(pk=row.deliberation_id).first()
        return [
            (_("number"), row.number),
            (_("estate"), link("registry:estate_detail", row.estate)),
            (pgettext("of a deliberation", "what it is about"), row.text),
            (_("deliberation"), link("requests:deliberation_detail", seen)),
            (_("to be done by"), row.ends_on),
            (_("opened"), moment(row.opened_at)),
            (_("closed"), moment(row.closed_at)),
        ]

    def may_edit(self, row: Any) -> bool:
        return row.state == SurveyState.DRAFT and super().may_edit(row)

    def more(self, row: Survey) -> dict[str, Any]:
        keeps = surveys.keeps(row, by=self.request.user)
        questions = row.questions.select_related("survey").prefetch_related("options")
        return {
            "status_tag": status_tag(row),
            "keeps": keeps,
            "is_draft": row.state == SurveyState.DRAFT,
            "is_open": row.state == SurveyState.OPEN,
            "progress": surveys.progress(row),
            "buildings": surveys.buildings(row),
            "questions": polls.results(questions),
            "appraisal": getattr(row, "appraisal", None),
        }


class SurveyCreate(SurveyPage, CreatePage):
    form_class = SurveyForm

    def initial(self, row: Any) -> dict[str, Any]:
        """From the page of a deliberation: its estate and its vote."""
        asked = self.request.GET.get("deliberation", "")
        rows = Deliberation.objects.for_user(self.request.user).select_related("estate")
        found = rows.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 18 else None
        if found is None:
            return {}
        return {"deliberation": found, "estate": found.estate, "title": found.topic}


class SurveyEdit(SurveyPage, EditPage):
    form_class = SurveyForm


class OfSurveyPage(SurveyPage, VerbForm):
    """A form about a survey, for those who run it."""

    template_name = "requests/verb_form.html"

    @classmethod
    def needed(cls, subject: Any) -> str:
        return subject.write

    def found(self, pk: int) -> Survey:
        row = self.row(pk)
        if not surveys.keeps(row, by=self.request.user):
            raise NotAllowed()
        return row


class QuestionCreate(OfSurveyPage):
    form_class = QuestionForm
    heading = gettext_lazy("Ask one more question")
    said = gettext_lazy("The question has been added.")

    def do(self, row: Survey, asked: dict[str, Any]) -> None:
        surveys.ask(row, by=self.request.user, **asked)


class SurveyHouseholds(OfSurveyPage):
    form_class = HouseholdsForm
    heading = gettext_lazy("Write down the estate's households")
    consequence = gettext_lazy(
        "Of flats that are on the list already, a floor area that you write takes the place of the one before. "
        "A sheet can be loaded by “Import”."
    )

    def do(self, row: Survey, asked: dict[str, Any]) -> None:
        self.said = said_of(households.revise(row.estate, by=self.request.user, **asked))


class SurveyMoveEnd(OfSurveyPage):
    form_class = EndForm
    heading = button = gettext_lazy("Move the last day")
    said = gettext_lazy("The last day has been moved.")

    def found(self, pk: int) -> Survey:
        row = super().found(pk)
        told = surveys.progress(row)
        asked = _(
            "%(left)d households have not answered. Those who go from door to door are told the new day and how many "
            "are left, and are reminded two days before."
        )
        self.consequence = asked % {"left": told.households - told.answered}
        return row

    def initial(self, row: Survey) -> dict[str, Any]:
        return {"ends_on": row.ends_on}

    def do(self, row: Survey, asked: dict[str, Any]) -> None:
        surveys.move_end(row, by=self.request.user, **asked)


class SurveyClose(OfSurveyPage):
    """Asks first: there is no way back."""

    form_class = ScopedForm
    heading = button = gettext_lazy("Close the survey")
    said = gettext_lazy("The survey is closed: its results stand.")

    def found(self, pk: int) -> Survey:
        row = super().found(pk)
        told = surveys.progress(row)
        asked = _(
            "%(answered)d of %(all)d households have answered. Nobody can answer afterwards; there is no way back."
        )
        self.consequence = asked % {"answered": told.answered, "all": told.households}
        return row

    def do(self, row: Survey, asked: dict[str, Any]) -> None:
        surveys.close(row, by=self.request.user)


class SurveyStep(SurveyPage, VerbButton):
    VERBS = {
        "open": (surveys.open_up, gettext_lazy("The survey is open: doors can be knocked at.")),
    }

    @classmethod
    def needed(cls, subject: Any) -> str:
        return subject.write


class QuestionRemove(SurveyPage, RegistryPage):
    @classmethod
    def needed(cls, subject: Any) -> str:
        return subject.write

    def post(self, request: HttpRequest, pk: int, question: int) -> HttpResponse:
        row = self.row(pk)
        poll = Poll.objects.select_related("survey").filter(survey=row, pk=question).first()
        if poll is None:
            raise NotFound()
        try:
            surveys.take_question_away(poll, by=request.user)
            messages.success(request, _("Saved."))
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(SURVEYS.detail(row))


class DoorsPage(SurveyPage, RegistryPage):
    """The households of a building. Which one is said in the query string: a name may hold anything."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, building = self.row(pk), request.GET.get("building", "")
        homes = surveys.doors(row, building)
        if not homes:
            raise NotFound()
        context = self.context(
            row=row,
            building=building,
            homes=[(home, went_tag(home.went)) for home in homes],
            first=next((home for home in homes if home.went is None), None),
            records=row.state == SurveyState.OPEN and surveys.keeps(row, by=request.user),
        )
        return render(request, "requests/survey_doors.html", context)


class DoorPage(SurveyPage, RegistryPage):
    """What is said at one door; afterwards the next one."""

    @classmethod
    def needed(cls, subject: Any) -> str:
        return subject.write

    def get(self, request: HttpRequest, pk: int, household: int) -> HttpResponse:
        row, home = self.at(pk, household)
        return self.show(row, home, self.form(row))

    def post(self, request: HttpRequest, pk: int, household: int) -> HttpResponse:
        row, home = self.at(pk, household)
        form = self.form(row, request.POST)
        if not form.is_valid():
            return self.show(row, home, form, 400)
        try:
            outcome = request.POST.get("outcome", VisitOutcome.ANSWERED)
            surveys.record(row, by=request.user, household=home, outcome=outcome, answers=form.answers())
        except DomainError as error:
            form.take_error(error)
            return self.show(row, home, form, error.status)
        return self.go_on(row, home, VisitOutcome(outcome))

    def go_on(self, row: Survey, home: Household, outcome: VisitOutcome) -> HttpResponse:
        messages.success(self.request, f"{home}：{outcome.label}")
        following = surveys.next_door(row, home)
        if following is not None:
            return HttpResponseRedirect(reverse("requests:survey_door", args=[row.pk, following.pk]))
        return HttpResponseRedirect(doors_url(row, home.building))

    def at(self, pk: int, household: int) -> tuple[Survey, Household]:
        row = self.row(pk)
        home = Household.objects.filter(estate=row.estate_id, pk=household).first()
        if home is None:
            raise NotFound()
        if not surveys.keeps(row, by=self.request.user):
            raise NotAllowed()
        return row, home

    def form(self, row: Survey, data: Any = None) -> DoorForm:
        return DoorForm(data, user=self.request.user, row=row)

    def show(self, row: Survey, home: Household, form: DoorForm, status: int = 200) -> HttpResponse:
        visit = row.visits.filter(household=home).select_related("recorded_by__person").first()
        context = self.context(
            row=row, flat=home, form=form, visit=visit, back=doors_url(row, home.building), outcomes=VisitOutcome,
            went=went_tag(visit.outcome) if visit else "",
            records=row.state == SurveyState.OPEN and (visit is None or visit.outcome != VisitOutcome.ANSWERED),
            may_take_back=row.state == SurveyState.OPEN and visit is not None,
        )  # fmt: skip
        return render(self.request, "requests/survey_door.html", context, status=status)


class VisitTakeBack(SurveyPage, RegistryPage):
    @classmethod
    def needed(cls, subject: Any) -> str:
        return subject.write

    def post(self, request: HttpRequest, pk: int, visit: int) -> HttpResponse:
        row = self.row(pk)
        found = SurveyVisit.objects.select_related("survey", "household").filter(survey=row, pk=visit).first()
        if found is None:
            raise NotFound()
        try:
            surveys.take_back(found, by=request.user)
            messages.success(request, _("The answer has been taken back."))
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("requests:survey_door", args=[row.pk, found.household_id]))


class SurveyExport(SurveyPage, RegistryPage):
    """The answers flat by flat, without a name, for those who run the survey."""

    @classmethod
    def needed(cls, subject: Any) -> str:
        return subject.write

    def get(self, request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
        row = self.row(pk)
        if not surveys.keeps(row, by=request.user):
            raise NotAllowed()
        return file_response(survey_exports.table(row), row.number, kind)


def doors_url(row: Survey, building: str) -> str:
    return f"{reverse('requests:survey_doors', args=[row.pk])}?{urlencode({'building': building})}"
