"""Pages of duty templates. A change is shown before it is made, and then made exactly so."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.registry.organizations import active_tag, link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, LookupPage
from portal.core.registry.trail import Step, trail
from volunteers import coverage, planning, recurrence, turns
from volunteers.filters import TemplateFilter
from volunteers.forms.templates import TemplateForm
from volunteers.forms.turns import reordered
from volunteers.models import DutyTemplate, DutyTurn
from volunteers.subjects import DUTY_TEMPLATES, TURN_UNIT_LOOKUP
from volunteers.views.shifts import station_of_address

SHOWN = 20
# Buttons of the preview: what they send is no part of the template.
BUTTONS = ("csrfmiddlewaretoken", "mark", "again", "seen", "turn")


def _in_force(row: DutyTemplate) -> str:
    if row.last_day is None:
        return _("from %(day)s on") % {"day": row.first_day}
    return f"{row.first_day} – {row.last_day}"


def times(row: DutyTemplate) -> str:
    words = f"{row.starts:%H:%M}–{row.ends:%H:%M}"
    return words if row.ends > row.starts else _("%(times)s on the next day") % {"times": words}


class TurnUnitLookupPage(LookupPage):
    lookup = TURN_UNIT_LOOKUP


class TemplateList(ListPage):
    subject = DUTY_TEMPLATES
    template_name = "volunteers/duty_templates.html"
    filterset_class = TemplateFilter
    first_filters = ("q", "station", "region")
    columns = (
        Column(gettext_lazy("Template"), "title"),
        Column(gettext_lazy("station"), "station"),
        Column(gettext_lazy("recurrence"), lambda row: recurrence.in_words(row.rule)),
        Column(gettext_lazy("time"), times, "nowrap"),
        Column(gettext_lazy("people"), lambda row: f"{row.min_people}–{row.max_people}", "num only-wide"),
        Column(gettext_lazy("kind"), "get_kind_display", "only-wide"),
        Column(gettext_lazy("Status"), active_tag),
    )
    empty_hint = gettext_lazy("A template makes the shifts that come again: every Wednesday evening, for example.")

    def queryset(self) -> Any:
        return DutyTemplate.objects.select_related("station").order_by("station__name", "starts", "pk")


class TemplateDetail(DetailPage):
    subject = DUTY_TEMPLATES
    template_name = "volunteers/duty_template.html"

    def queryset(self) -> Any:
        return DutyTemplate.objects.select_related("station__region")

    def facts(self, row: DutyTemplate) -> list[tuple[Any, Any]]:
        asks = [_("key-holder")] if row.needs_key_holder else []
        asks += [_("insurance")] if row.needs_insurance else []
        asks += [_("basic training")] if row.needs_training else []
        asks += [skill.name for skill in row.skills.all()]
        return [
            (_("station"), link("stations:station_detail", row.station)),
            (_("kind"), row.get_kind_display()),
            (_("recurrence"), recurrence.in_words(row.rule)),
            (_("time"), times(row)),
            (_("from day to day"), _in_force(row)),
            (_("on public holidays"), row.get_on_holidays_display()),
            (_("weeks ahead"), row.weeks_ahead),
            (_("people"), f"{row.min_people}–{row.max_people}"),
            (_("asks for"), _(", ").join(map(str, asks))),
            (_("units that take turns"), _turns(row)),
            (_("note for those on duty"), row.note),
        ]

    def steps(self, row: DutyTemplate) -> list[Step] | None:
        if not self.request.user.scope.can("history:read"):
            return None
        order = row.turns.select_related("organization")
        return trail(row, *order, reader=self.request.user, gone=(DutyTurn, Q(changes__template_id=row.pk)))

    def more(self, row: DutyTemplate) -> dict[str, Any]:
        now = timezone.now()
        ahead = row.shifts.for_user(self.request.user).filter(ends_at__gt=now).order_by("starts_at")
        ahead = ahead.select_related("unit_on_turn")
        shifts = list(coverage.with_coverage(ahead)[:SHOWN])
        return {
            "status_tag": active_tag(row),
            "shifts": [(each, coverage.people_wanted(each.taken, each.min_people, each.max_people),
                        coverage.states_of(each, now)) for each in shifts],
        }  # fmt: skip


class _WithPreview:
    """Saving a template: first what it would change, then exactly that."""

    subject = DUTY_TEMPLATES
    form_class = TemplateForm
    template_name = "volunteers/duty_template_form.html"
    request: Any

    def answer(self, row: DutyTemplate, page_forms: dict[str, Any], *, seen: int, said: str) -> HttpResponse:
        form, sent, is_new = page_forms["form"], self.request.POST, row.pk is None
        if "turn" in sent:
            return self.show_reordered(row, seen=seen)
        if not form.is_valid():
            return self.show(row, page_forms, seen=seen, status=400)
        if "again" in sent:
            return self.show(row, page_forms, seen=seen)
        if "mark" not in sent:
            return self.preview(form, seen=seen)
        try:
            changes = planning.save_template(
                form.instance, by=self.request.user, mark=sent["mark"], **_beside(form)
            )  # fmt: skip
        except DomainError as error:
            if is_new:
                # What was rolled back has no number.
                row.pk, row._state.adding = None, True
            if isinstance(error, planning.NotAgreed):
                return self.preview(form, seen=seen, error=error)
            form.take_error(error)
            return self.show(row, page_forms, seen=seen, status=error.status)
        messages.success(self.request, _done(row, changes))
        return HttpResponseRedirect(self.subject.detail(row))

    def show_reordered(self, row: DutyTemplate, *, seen: int) -> HttpResponse:
        """The form as it was sent, but for the order of the units. Nothing is said yet of what is missing."""
        page_forms = self.forms_of(row, reordered(self.request.POST))
        page_forms["form"].errors.clear()
        return self.show(row, page_forms, seen=seen)

    def preview(self, form: TemplateForm, *, seen: int, error: DomainError | None = None) -> HttpResponse:
        row = form.instance
        changes = planning.preview(row, **_beside(form))
        kept = [(name, value) for name, values in self.request.POST.lists() if name not in BUTTONS for value in values]
        context = {
            "row": row, "changes": changes, "kept": kept, "seen": seen, "error": error, "times": times(row),
            "recurrence": recurrence.in_words(row.rule), "shown": SHOWN, "subject": self.subject,
        }  # fmt: skip
        status = error.status if error else 200
        return render(self.request, "volunteers/duty_template_preview.html", context, status=status)


def _beside(form: TemplateForm) -> dict[str, Any]:
    """What the verbs of a template take beside the row."""
    return {name: form.cleaned_data[name] for name in ("skills", "units")}


def _turns(row: DutyTemplate) -> str:
    names = [str(unit) for unit in turns.units_of(row)]
    if len(names) < 2:
        return "".join(names)
    return _("%(units)s: %(length)s the next one") % {
        "units": " → ".join(names), "length": row.get_turn_length_display(),
    }  # fmt: skip


def _done(row: DutyTemplate, changes: planning.Changes) -> str:
    words = _("“%(name)s” has been saved: %(added)d shifts added, %(changed)d changed, %(removed)d gone.")
    counts = {"added": len(changes.added), "changed": len(changes.changed), "removed": len(changes.removed)}
    return words % {"name": row, **counts}


class TemplateCreate(_WithPreview, CreatePage):
    subject = DUTY_TEMPLATES

    def initial(self, row: DutyTemplate) -> dict[str, Any]:
        today = timezone.localdate(timezone=ZONE)
        return {"station": station_of_address(self.request), "first_day": today}


class TemplateEdit(_WithPreview, EditPage):
    subject = DUTY_TEMPLATES

    def queryset(self) -> Any:
        return DutyTemplate.objects.select_related("station__region")
