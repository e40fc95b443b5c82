"""/desk/appraisals/: 物业评议, from the questions to the published result."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from portal.core.errors import NotAllowed
from portal.core.humanize import Look
from portal.core.registry.organizations import link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage
from portal.core.templatetags.portal import tag_html
from requests import appraisals, list_exports
from requests.forms.appraisals import AppraisalForm, ScoreForm
from requests.models import Appraisal
from requests.models.deliberations import EXPORT
from requests.subjects import APPRAISALS
from requests.survey_filters import AppraisalFilter
from requests.views.deliberations import moment
from requests.views.exporting import Exportable, ListExport
from volunteers.views.verbs import VerbButton, VerbForm


def status_tag(row: Appraisal) -> Any:
    if row.published_at is None:
        return tag_html(_("Under way"), Look("clock", "info"))
    return tag_html(_("Published"), Look("circle-check", "good"))


class AppraisalPage:
    subject = APPRAISALS

    def queryset(self) -> Any:
        return Appraisal.objects.with_places()


class AppraisalList(Exportable, AppraisalPage, ListPage):
    exports = EXPORT
    template_name = "requests/deliberation_list.html"
    filterset_class = AppraisalFilter
    first_filters = ("region", "year", "published")
    columns = (
        Column(gettext_lazy("estate"), "estate"),
        Column(gettext_lazy("property company"), "organization", "only-wide"),
        Column(gettext_lazy("year"), "year", "num"),
        Column(pgettext_lazy("of an appraisal", "points"), lambda row: "–" if row.total is None else row.total, "num"),
        Column(gettext_lazy("Status"), status_tag, "only-wide"),
    )
    empty_hint = gettext_lazy("Once a year the branch and the households judge the property company of an estate.")

    def page_of(self, rows: Any) -> Any:
        page = super().page_of(rows)
        page.object_list = list(page.object_list)
        for row, result in zip(page.object_list, appraisals.results(page.object_list), strict=True):
            row.total = result.total
        return page


class AppraisalListExport(ListExport, AppraisalList):
    table = staticmethod(list_exports.judged)


class AppraisalDetail(AppraisalPage, DetailPage):
    template_name = "requests/appraisal_detail.html"

    def facts(self, row: Appraisal) -> list[tuple[Any, Any]]:
        return [
            (_("estate"), link("registry:estate_detail", row.estate)),
            (_("property company"), link("registry:organization_detail", row.organization)),
            (_("year"), str(row.year)),
            (_("household survey"), link("requests:survey_detail", row.survey)),
            (_("grounds of the branch"), row.branch_text),
            (pgettext("of an appraisal", "published on"), moment(row.published_at)),
        ]

    def may_edit(self, row: Any) -> bool:
        return row.published_at is None and super().may_edit(row)

    def more(self, row: Appraisal) -> dict[str, Any]:
        keeps = row.published_at is None and appraisals.keeps(row, by=self.request.user)
        result = appraisals.result(row)
        return {"status_tag": status_tag(row), "keeps": keeps, "result": result, "rest": 100 - row.branch_weight}


class AppraisalCreate(AppraisalPage, CreatePage):
    form_class = AppraisalForm


class AppraisalEdit(AppraisalPage, EditPage):
    form_class = AppraisalForm


class AppraisalScore(AppraisalPage, VerbForm):
    template_name = "requests/verb_form.html"
    form_class = ScoreForm
    heading = gettext_lazy("Score of the branch")
    consequence = gettext_lazy("It may be corrected until the result is published.")
    said = gettext_lazy("The score has been recorded.")

    @classmethod
    def needed(cls, subject: Any) -> str:
        return subject.write

    def found(self, pk: int) -> Appraisal:
        row = self.row(pk)
        if not appraisals.keeps(row, by=self.request.user):
            raise NotAllowed()
        return row

    def initial(self, row: Any) -> dict[str, Any]:
        return {"branch_score": row.branch_score, "branch_text": row.branch_text}

    def do(self, row: Appraisal, asked: dict[str, Any]) -> None:
        appraisals.score(row, by=self.request.user, **asked)


class AppraisalStep(AppraisalPage, VerbButton):
    VERBS = {"publish": (appraisals.publish, gettext_lazy("Everybody can read the result."))}

    @classmethod
    def needed(cls, subject: Any) -> str:
        return subject.write
