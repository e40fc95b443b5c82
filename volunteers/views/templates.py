"""Pages of duty templates. A change is shown before it is made, and then made exactly so."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.registry.organizations import active_tag, link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage
from volunteers import coverage, planning, recurrence
from volunteers.filters import TemplateFilter
from volunteers.forms.templates import TemplateForm
from volunteers.models import DutyTemplate
from volunteers.subjects import DUTY_TEMPLATES
from volunteers.views.shifts import station_of_address

SHOWN = 20
# Buttons of the preview: what they send is no part of the template.
BUTTONS = ("csrfmiddlewaretoken", "mark", "again", "seen")


def _in_force(row: DutyTemplate) -> str:
    if row.last_day is None:
        return _("from %(day)s on") % {"day": row.first_day}
    return f"{row.first_day} – {row.last_day}"


def times(row: DutyTemplate) -> str:
    words = f"{row.starts:%H:%M}–{row.ends:%H:%M}"
    return words if row.ends > row.starts else _("%(times)s on the next day") % {"times": words}


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
        return DutyTemplate.objects.select_related("station__region", "unit_on_turn")

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
            (_("unit on turn"), row.unit_on_turn),
            (_("note for those on duty"), row.note),
        ]

    def more(self, row: DutyTemplate) -> dict[str, Any]:
        now = timezone.now()
        ahead = row.shifts.for_user(self.request.user).filter(ends_at__gt=now).order_by("starts_at")
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
        if not form.is_valid():
            return self.show(row, page_forms, seen=seen, status=400)
        if "again" in sent:
            return self.show(row, page_forms, seen=seen)
        if "mark" not in sent:
            return self.preview(form, seen=seen)
        skills = form.cleaned_data["skills"]
        try:
            changes = planning.save_template(form.instance, skills=skills, by=self.request.user, mark=sent["mark"])
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

    def preview(self, form: TemplateForm, *, seen: int, error: DomainError | None = None) -> HttpResponse:
        row = form.instance
        changes = planning.preview(row, skills=form.cleaned_data["skills"])
        kept = [(name, value) for name, values in self.request.POST.lists() if name not in BUTTONS for value in values]
        context = {
            "row": row, "changes": changes, "kept": kept, "seen": seen, "error": error, "times": times(row),
            "recurrence": recurrence.in_words(row.rule), "shown": SHOWN, "subject": self.subject,
        }  # fmt: skip
        status = error.status if error else 200
        return render(self.request, "volunteers/duty_template_preview.html", context, status=status)


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
        return DutyTemplate.objects.select_related("station__region", "unit_on_turn")
