"""Pages of reply templates, and of which replies are reviewed before they are sent."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.humanize import Look
from portal.core.registry.organizations import link, term
from portal.core.registry.pages import Column, CreatePage, DeletePage, DetailPage, EditPage, ListPage, RegistryPage
from portal.core.templatetags.portal import tag_html
from requests.forms.replies import ReplyTemplateForm, ReviewRuleForm
from requests.models import ReplyTemplate, ReviewRule
from requests.models.limits import today
from requests.reply_filters import ReplyTemplateFilter, ReviewRuleFilter
from requests.subjects import REPLY_TEMPLATES, REVIEW_RULES
from requests.types import Verb


def _where(row: ReplyTemplate | ReviewRule) -> Any:
    return row.region or _("Every region")


def _category(row: ReplyTemplate | ReviewRule) -> Any:
    return row.category.path if row.category else _("Every category")


def _steps(row: ReplyTemplate | ReviewRule) -> str:
    return "、".join(str(Verb(verb).label) for verb in row.verbs)


def _offered(row: ReplyTemplate) -> Any:
    return "" if row.is_active else tag_html(_("not offered"), Look("player-pause", "quiet"))


def _status(row: ReviewRule) -> Any:
    if row.starts_on > today():
        return tag_html(pgettext_lazy("of a limit", "Not yet in force"), Look("clock", "plain"))
    if row.ends_on is not None and row.ends_on < today():
        return tag_html(pgettext_lazy("of a limit", "Over"), Look("archive", "quiet"))
    return tag_html(_("in force"), Look("circle-check", "good"))


class ReplyTemplatePage(RegistryPage):
    subject = REPLY_TEMPLATES

    def queryset(self) -> QuerySet[ReplyTemplate]:
        return ReplyTemplate.objects.select_related("region", "category")


class ReplyTemplateList(ReplyTemplatePage, ListPage):
    filterset_class = ReplyTemplateFilter
    first_filters = ("q", "region", "verb")
    columns = (
        Column(_("title"), "title"),
        Column(_("for which steps"), _steps),
        Column(_("region"), _where),
        Column(_("category"), _category, "only-wide"),
        Column(_("times used"), "use_count", "num only-wide"),
        Column(_("Status"), _offered),
    )
    template_name = "requests/reply_list.html"
    empty_hint = _("Write down what is written again and again: on a step, one choice then fills it in.")


class ReplyTemplateDetail(ReplyTemplatePage, DetailPage):
    def facts(self, row: ReplyTemplate) -> list[tuple[Any, Any]]:
        return [
            (_("text"), row.text),
            (_("for which steps"), _steps(row)),
            (_("region"), link("registry:region_detail", row.region) or _("Every region")),
            (_("category"), _category(row)),
            (_("order"), row.order),
            (_("times used"), row.use_count),
        ]

    def more(self, row: ReplyTemplate) -> dict[str, Any]:
        return {"status_tag": _offered(row)}


class ReplyTemplateCreate(ReplyTemplatePage, CreatePage):
    form_class = ReplyTemplateForm


class ReplyTemplateEdit(ReplyTemplatePage, EditPage):
    form_class = ReplyTemplateForm


class ReplyTemplateDelete(ReplyTemplatePage, DeletePage):
    pass


class ReviewRulePage(RegistryPage):
    subject = REVIEW_RULES

    def queryset(self) -> QuerySet[ReviewRule]:
        return ReviewRule.objects.select_related("region", "category")


class ReviewRuleList(ReviewRulePage, ListPage):
    filterset_class = ReviewRuleFilter
    first_filters = ("region", "verb", "current")
    columns = (
        Column(_("which replies"), "verbs_in_words"),
        Column(_("region"), _where),
        Column(_("category"), _category),
        Column(pgettext_lazy("agreement", "Term"), term, "only-wide"),
        Column(_("Status"), _status),
    )
    template_name = "requests/reply_list.html"
    empty_hint = _("Without one, whoever writes a reply sends it.")


class ReviewRuleDetail(ReviewRulePage, DetailPage):
    def facts(self, row: ReviewRule) -> list[tuple[Any, Any]]:
        return [
            (_("which replies"), row.verbs_in_words),
            (_("region"), link("registry:region_detail", row.region) or _("Every region")),
            (_("category"), _category(row)),
            (pgettext_lazy("agreement", "Term"), term(row)),
        ]

    def more(self, row: ReviewRule) -> dict[str, Any]:
        return {"status_tag": _status(row)}


class ReviewRuleCreate(ReviewRulePage, CreatePage):
    form_class = ReviewRuleForm


class ReviewRuleEdit(ReviewRulePage, EditPage):
    form_class = ReviewRuleForm


class ReviewRuleDelete(ReviewRulePage, DeletePage):
    pass
