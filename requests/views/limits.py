"""Pages of limits: how long each step of a case may take, by district, category, kind and class."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.humanize import Look
from portal.core.registry.organizations import link, term
from portal.core.registry.pages import Column, CreatePage, DeletePage, DetailPage, EditPage, ListPage
from portal.core.templatetags.portal import tag_html
from requests.forms.limits import LimitForm
from requests.limit_filters import LimitFilter
from requests.limits import LIMITS as DEFAULTS
from requests.limits import in_words
from requests.models import LimitRule
from requests.models.limits import today
from requests.subjects import LIMITS
from requests.types import LimitStep, TimeLimit

ALL_BUT_URGENT = _("all but urgent")


def _where(rule: LimitRule) -> Any:
    return rule.district or _("Every district")


def _class(rule: LimitRule) -> Any:
    return rule.get_time_limit_display() if rule.time_limit else ALL_BUT_URGENT


def _status(rule: LimitRule) -> Any:
    if rule.starts_on > today():
        return tag_html(pgettext_lazy("of a limit", "Not yet in force"), Look("clock", "plain"))
    if rule.ends_on is not None and rule.ends_on < today():
        return tag_html(pgettext_lazy("of a limit", "Over"), Look("archive", "quiet"))
    return ""


class LimitList(ListPage):
    subject = LIMITS
    filterset_class = LimitFilter
    first_filters = ("region", "step", "current")
    columns = (
        Column(pgettext_lazy("of a limit", "for"), "get_step_display"),
        Column(pgettext_lazy("of a case", "limit"), "length"),
        Column(_("district"), _where),
        Column(_("category"), lambda row: row.category.path if row.category else _("all"), "only-wide"),
        Column(
            pgettext_lazy("of a case", "kind"), lambda row: row.get_kind_display() if row.kind else _("all"),
            "only-wide",
        ),
        Column(pgettext_lazy("of a case", "class"), _class, "only-wide"),
        Column(_("Term"), term, "only-wide"),
        Column(_("Status"), _status),
    )  # fmt: skip
    template_name = "requests/limit_list.html"
    empty_hint = _("The portal's own limits hold, as below.")

    def queryset(self) -> QuerySet[LimitRule]:
        return LimitRule.objects.select_related("district", "category")

    def context(self, **extra: Any) -> dict[str, Any]:
        defaults = [
            (TimeLimit(name).label, [in_words(getattr(limits, step)) for step in LimitStep.values])
            for name, limits in DEFAULTS.items()
        ]
        return super().context(defaults=defaults, steps_limited=LimitStep.labels, **extra)


class LimitDetail(DetailPage):
    subject = LIMITS

    def queryset(self) -> QuerySet[LimitRule]:
        return LimitRule.objects.select_related("district", "category")

    def facts(self, row: LimitRule) -> list[tuple[Any, Any]]:
        return [
            (pgettext_lazy("of a limit", "for"), row.get_step_display()),
            (pgettext_lazy("of a case", "limit"), row.length),
            (_("district"), link("registry:region_detail", row.district) or _("Every district")),
            (_("category"), row.category.path if row.category else _("Every category")),
            (pgettext_lazy("of a case", "kind"), row.get_kind_display() if row.kind else _("Every kind")),
            (pgettext_lazy("of a case", "class"), _class(row)),
            (_("Term"), term(row)),
        ]

    def more(self, row: LimitRule) -> dict[str, Any]:
        return {"status_tag": _status(row)}


class LimitCreate(CreatePage):
    subject = LIMITS
    form_class = LimitForm


class LimitEdit(EditPage):
    subject = LIMITS
    form_class = LimitForm


class LimitDelete(DeletePage):
    subject = LIMITS
