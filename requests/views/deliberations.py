"""/desk/deliberations/: topics, seats, and the steps from the notice to what is in force."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core import files, humanize
from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.humanize import Look
from portal.core.pages import StaffPage
from portal.core.registry.organizations import link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage
from portal.core.templatetags.portal import tag_html
from requests import list_exports
from requests.deliberation_filters import DeliberationFilter
from requests.deliberation_types import DeliberationState, DeliberationVerb, Reply
from requests.deliberations import follow_up, polls, publicity, seats, topics
from requests.deliberations.step import allowed, keeps
from requests.forms import deliberations as forms
from requests.models import Deliberation, DeliberationFile, Objection, Participant, ServiceRequest, Survey, Tabling
from requests.models.deliberations import EXPORT
from requests.subjects import DELIBERATIONS
from requests.views.exporting import Exportable, ListExport
from requests.workflow.tabling import TAKES_TOPICS
from volunteers.views.verbs import VerbForm

S, V = DeliberationState, DeliberationVerb
LOOKS = {
    S.RAISED: Look("inbox", "info"),
    S.SCHEDULED: Look("calendar", "info"),
    S.HELD: Look("message", "wait"),
    S.RESOLVED: Look("square-check", "wait"),
    S.PUBLIC: Look("eye", "wait"),
    S.IN_FORCE: Look("circle-check", "good"),
    S.DONE: Look("archive", "quiet"),
    S.DROPPED: Look("ban", "quiet"),
}


def status_tag(row: Deliberation) -> Any:
    return tag_html(row.get_state_display(), LOOKS[DeliberationState(row.state)])


def moment(at: datetime | None) -> str:
    return "" if at is None else humanize.absolute_time(at)


def until(at: datetime | None) -> str:
    return "" if at is None else humanize.deadline(at)


def topic_of(row: Deliberation) -> Any:
    return f"{row.topic}（{_('confidential')}）" if row.is_confidential else row.topic


class DeliberationPage:
    subject = DELIBERATIONS

    def queryset(self) -> Any:
        return Deliberation.objects.with_places()


class DeliberationList(Exportable, DeliberationPage, ListPage):
    exports = EXPORT
    template_name = "requests/deliberation_list.html"
    filterset_class = DeliberationFilter
    first_filters = ("q", "region", "kind", "state")
    columns = (
        Column(_("topic"), topic_of),
        Column(pgettext_lazy("of a deliberation", "kind"), "get_kind_display", "nowrap only-wide"),
        Column(_("region"), "region", "only-wide"),
        Column(_("chair"), "chair", "only-wide"),
        Column(_("to be held on"), lambda row: moment(row.scheduled_for), "only-wide nowrap"),
        Column(_("Status"), status_tag),
    )
    empty_hint = _("Raise a topic, or put a request on the agenda from its page.")

    def context(self, **extra: Any) -> dict[str, Any]:
        withheld = Deliberation.objects.withheld_from(self.request.user.scope).count()
        return super().context(withheld=withheld, **extra)


class DeliberationListExport(ListExport, DeliberationList):
    table = staticmethod(list_exports.deliberations)


class DeliberationDetail(DeliberationPage, DetailPage):
    template_name = "requests/deliberation_detail.html"

    def facts(self, row: Deliberation) -> list[tuple[Any, Any]]:
        return [
            (_("number"), row.number),
            (pgettext_lazy("of a deliberation", "kind"), row.get_kind_display()),
            (_("source"), row.get_source_display()),
            (pgettext_lazy("of a deliberation", "what it is about"), row.text),
            (_("region"), row.region),
            (_("estate"), link("registry:estate_detail", row.estate)),
            (_("station"), link("stations:station_detail", row.station)),
            (_("chair"), row.chair),
            (_("to be held on"), moment(row.scheduled_for)),
            (_("place of the meeting"), row.place),
            (_("objections until"), until(row.publicity_ends_at)),
            (_("ground"), row.get_drop_ground_display()),
        ]

    def may_edit(self, row: Any) -> bool:
        """Until it was talked over."""
        return row.state in topics.SEATS_CHANGE and super().may_edit(row)

    def more(self, row: Deliberation) -> dict[str, Any]:
        user = self.request.user
        cases = ServiceRequest.objects.for_user(user).filter(tablings__deliberation=row).defer("search")
        may = keeps(row, by=user)
        return {
            "status_tag": status_tag(row),
            "steps_open": [STEP_PAGES[name] for name in allowed(row, by=user) if name in STEP_PAGES],
            "keeps": may,
            "may_seat": may and row.state in topics.SEATS_CHANGE,
            "may_task": may and row.state in follow_up.TAKES_TASKS,
            "may_poll": may and row.state in polls.TAKES_VOTES,
            "seats": _with_own(seats.seats_of(row), user),
            "cases": cases.distinct(),
            "tasks": row.tasks.select_related("organization", "person"),
            "objections": row.objections.all(),
            "polls": polls.results(row.polls.select_related("deliberation", "survey")),
            "surveys": Survey.objects.for_user(user).filter(deliberation=row).with_counts(),
            "may_survey": may and row.estate_id is not None and row.state in TAKES_TOPICS and not row.is_confidential,
            "may_erase": row.objections.exists() and publicity.may_erase(row, by=user),
            "documents": row.files.select_related("file"),
            "events": row.events.select_related("user__person").order_by("-pk"),
        }


def _with_own(found: Any, user: Any) -> list[tuple[Participant, str, bool]]:
    """The seats, with the name as it is read, and whether each is the reader's own to answer for."""
    own = user.scope.organization_ids
    return [
        (seat, seats.name_for(seat, user), seat.person_id == user.person_id or seat.organization_id in own)
        for seat in found
    ]


class DeliberationCreate(DeliberationPage, CreatePage):
    form_class = forms.DeliberationForm

    def initial(self, row: Any) -> dict[str, Any]:
        """From the open list: the request that it is about."""
        asked = self.request.GET.get("tabled", "")
        rows = topics.taken_up_by(self.request.user).select_related("request__region")
        found = rows.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 18 else None
        known = {"chair": self.request.user.person}
        if found is not None:
            known |= {"tabled": [found.pk], "topic": found.request.title, "region": found.request.region}
        return known


class DeliberationEdit(DeliberationPage, EditPage):
    form_class = forms.DeliberationForm


@dataclass(frozen=True)
class StepPage:
    """One step as its page shows it: what it asks for, what follows, what is said afterwards."""

    verb: DeliberationVerb
    do: Callable[..., Any]
    form: type
    icon: str
    consequence: Any
    said: Any

    @property
    def label(self) -> Any:
        return self.verb.label


_PAGES = (
    StepPage(
        V.SCHEDULE,
        topics.schedule, forms.ScheduleForm, "calendar", _("Everybody with an account who is invited is told."),
        _("The notice has been given."),
    ),
    StepPage(
        V.HOLD,
        topics.hold, forms.HoldForm, "message", _("Who came and what was said; the minutes print as a page."),
        _("The minutes have been recorded."),
    ),
    StepPage(
        V.RESOLVE,
        topics.resolve, forms.ResolveForm, "square-check", _("In the words that all have agreed on."),
        _("The resolution has been recorded."),
    ),
    StepPage(
        V.PUBLISH,
        publicity.publish, forms.PublishForm, "eye",
        _("Everybody reads the topic and the resolution, and can object with name and phone."),
        _("The resolution hangs for objections."),
    ),
    StepPage(
        V.ENACT,
        publicity.enact, forms.ScopedForm, "circle-check", _("The resolution holds from now on."),
        _("The resolution is in force."),
    ),
    StepPage(
        V.FINISH,
        follow_up.finish_deliberation, forms.ScopedForm, "archive", _("Nothing more is to be done."),
        _("The resolution has been carried out."),
    ),
    StepPage(
        V.DROP,
        topics.drop, forms.DropForm, "ban", _("It ends here. Requests on its agenda go onto the open list."),
        _("The deliberation has been dropped."),
    ),
)  # fmt: skip
STEP_PAGES: dict[str, StepPage] = {page.verb: page for page in _PAGES}


class OfDeliberationPage(DeliberationPage, VerbForm):
    """A form about a deliberation, for those who run it."""

    template_name = "requests/verb_form.html"
    capability = DELIBERATIONS.write

    def found(self, pk: int) -> Any:
        row = self.row(pk)
        if not keeps(row, by=self.request.user):
            raise NotAllowed()
        return row

    def form(self, row: Any, data: Any = None) -> Any:
        uploads = None if data is None else self.request.FILES
        known = {"row": row} if issubclass(self.form_class, forms.OfDeliberation) else {}
        return self.form_class(data, uploads, user=self.request.user, initial=self.initial(row), **known)

    def back_to(self, row: Any) -> str:
        return self.subject.detail(getattr(row, "deliberation", row))


class DeliberationStep(OfDeliberationPage):
    def get(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        self.take_up(verb)
        return super().get(request, pk)

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        self.take_up(verb)
        return super().post(request, pk)

    def take_up(self, verb: str) -> None:
        if verb not in STEP_PAGES:
            raise NotFound()
        self.step = STEP_PAGES[verb]
        self.heading, self.form_class = self.step.label, self.step.form
        self.consequence, self.said = self.step.consequence, self.step.said

    def do(self, row: Deliberation, asked: dict[str, Any]) -> None:
        if "files" in asked:
            form = forms.HoldForm(self.request.POST, self.request.FILES, user=self.request.user, row=row)
            form.is_valid()
            asked["files"] = form.take_in_files()
        self.step.do(row, by=self.request.user, **asked)


class SeatCreate(OfDeliberationPage):
    form_class = forms.SeatForm
    heading = _("Invite somebody")
    said = _("They have a seat now.")

    def do(self, row: Deliberation, asked: dict[str, Any]) -> None:
        topics.invite(row, by=self.request.user, **asked)


class SeatStep(DeliberationPage, StaffPage):
    """The reply of somebody invited, or their seat taken away."""

    capability = DELIBERATIONS.read
    STEPS = {
        "accept": lambda seat, by: topics.reply(seat, by=by, accepts=True),
        "decline": lambda seat, by: topics.reply(seat, by=by, accepts=False),
        "remove": lambda seat, by: topics.take_seat_away(seat, by=by),
    }

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        seat = self.one_of(Participant.objects.select_related("deliberation"), pk=pk)
        if verb not in self.STEPS:
            raise NotFound()
        try:
            self.STEPS[verb](seat, request.user)
            messages.success(request, _("Saved."))
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(DELIBERATIONS.detail(seat.deliberation))


class ObjectionAnswer(OfDeliberationPage):
    form_class = forms.AnswerForm
    heading = V.ANSWER.label
    said = _("The objection has been answered.")

    def found(self, pk: int) -> Objection:
        objection = self.one_of(Objection.objects.select_related("deliberation"), pk=pk)
        if not keeps(objection.deliberation, by=self.request.user):
            raise NotAllowed()
        self.consequence = objection.text
        return objection

    def do(self, row: Objection, asked: dict[str, Any]) -> None:
        publicity.answer(row, by=self.request.user, **asked)


class ObjectionErase(StaffPage):
    capability = publicity.ERASE

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        objection = self.one_of(Objection.objects.select_related("deliberation"), pk=pk)
        try:
            publicity.erase(objection, by=request.user)
            messages.success(request, _("The personal data has been erased."))
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(DELIBERATIONS.detail(objection.deliberation))


class MinutesPage(DeliberationPage, StaffPage):
    """The minutes as a clean page: topic, who came, what was said and resolved."""

    capability = DELIBERATIONS.read

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.one_of(self.queryset().exclude(held_at=None), pk=pk)
        context = {
            "row": row, "seats": [(seat, seats.name_for(seat, request.user)) for seat in seats.seats_of(row)],
            "tasks": row.tasks.select_related("organization", "person"),
            "polls": polls.results(row.polls.select_related("deliberation", "survey")),
            "declined": Reply.DECLINED, "documents": row.files.select_related("file"),
        }  # fmt: skip
        return render(request, "requests/deliberation_minutes.html", context)


class DocumentPage(StaffPage):
    """What is attached to the minutes."""

    capability = DELIBERATIONS.read

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        found = self.one_of(DeliberationFile.objects.select_related("file", "deliberation"), pk=pk)
        name = f"{found.deliberation.number}-{found.pk}"
        return files.serve(found.file, name=name, thumbnail="small" in request.GET, keeps_name=True)


class OpenListPage(StaffPage):
    """问题清单: requests that wait for the next meeting, with the topics that do."""

    capability = DELIBERATIONS.read

    def get(self, request: HttpRequest) -> HttpResponse:
        tabled = Tabling.objects.for_user(request.user).waiting().filter(deliberation=None)
        topics_waiting = Deliberation.objects.for_user(request.user).to_be_held().filter(is_confidential=False)
        context = {
            "tabled": tabled.select_related("request__region")[:200],
            "waiting": topics_waiting.with_places()[:200],
        }
        return render(request, "requests/open_list.html", context)
