"""What the lists of deliberations and what belongs to them, and of assistance, look like as files: the rows of the list
in its order, with words for codes. Of a candidate no more than the list shows: the masked name and phone."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import CharField, Count, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat, LPad
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.copy_export import Column, label, read_cells
from requests import appraisals
from requests.deliberation_types import (
    Criterion,
    DeliberationKind,
    DeliberationSource,
    DeliberationState,
    MeetingState,
    SurveyState,
    TaskState,
    Verdict,
)
from requests.exports import number_of
from requests.types import AssistState, ReturnGround

Header = Sequence[str | Promise]
Table = tuple[Header, Iterator[Sequence[Any]]]


def deliberations(rows: QuerySet) -> Table:
    return _table(
        rows,
        Column(_("number"), _number("YS", "pk")),
        Column(_("topic"), F("topic")),
        Column(pgettext_lazy("of a deliberation", "kind"), label("kind", DeliberationKind.choices)),
        Column(_("confidential"), F("is_confidential")),
        Column(_("source"), label("source", DeliberationSource.choices)),
        Column(_("region"), F("region__short_name")),
        Column(_("estate"), F("estate__name")),
        Column(_("station"), F("station__name")),
        Column(_("chair"), F("chair__name")),
        Column(_("state"), label("state", DeliberationState.choices)),
        Column(_("raised"), F("raised_at")),
        Column(_("to be held on"), F("scheduled_for")),
        Column(_("held on"), F("held_at")),
        Column(_("resolved on"), F("resolved_at")),
        Column(_("objections until"), F("publicity_ends_at")),
    )


def meetings(rows: QuerySet) -> Table:
    return _table(
        rows.annotate(item_count=Count("items")),
        Column(_("region"), F("region__short_name")),
        Column(_("day"), F("held_on")),
        Column(_("chair"), F("chair__name")),
        Column(_("place of the meeting"), F("place")),
        Column(_("state"), label("state", MeetingState.choices)),
        Column(_("items on the list"), F("item_count")),
    )


def tasks(rows: QuerySet) -> Table:
    return _table(
        rows,
        Column(_("what is to be done"), F("text")),
        Column(_("who"), Coalesce("organization__name", "person__name")),
        Column(_("due on"), F("due_on")),
        Column(_("deliberation"), _number("YS", "deliberation_id")),
        Column(_("state"), label("state", TaskState.choices)),
        Column(_("done on"), F("done_at")),
        Column(_("result"), F("result")),
    )


def surveys(rows: QuerySet) -> Table:
    """Rows with their counts."""
    return _table(
        rows,
        Column(_("number"), _number("MD", "pk")),
        Column(_("title"), F("title")),
        Column(_("region"), F("estate__region__short_name")),
        Column(_("estate"), F("estate__name")),
        Column(_("state"), label("state", SurveyState.choices)),
        Column(_("to be done by"), F("ends_on")),
        Column(_("opened"), F("opened_at")),
        Column(_("closed"), F("closed_at")),
        Column(_("households"), F("household_count")),
        Column(_("households that answered"), F("answered_count")),
    )


def elections(rows: QuerySet) -> Table:
    return _table(
        rows.annotate(
            suitable_count=Count("candidates", filter=Q(candidates__verdict=Verdict.SUITABLE)),
            unsuitable_count=Count("candidates", filter=Q(candidates__verdict=Verdict.UNSUITABLE)),
            undecided_count=Count("candidates", filter=Q(candidates__verdict="")),
        ),
        Column(_("region"), F("estate__region__short_name")),
        Column(_("estate"), F("estate__name")),
        Column(_("which committee"), F("title")),
        Column(_("day of the election"), F("held_on")),
        Column(_("published on"), F("published_at")),
        Column(_("hangs until"), F("publicity_ends_at")),
        Column(pgettext_lazy("of candidates", "suitable"), F("suitable_count")),
        Column(pgettext_lazy("of candidates", "not suitable"), F("unsuitable_count")),
        Column(pgettext_lazy("of candidates", "not decided yet"), F("undecided_count")),
    )


def assists(rows: QuerySet) -> Table:
    return _table(
        rows,
        Column(_("Number"), number_of("request_id")),
        Column(_("title"), F("request__title")),
        Column(_("unit"), F("organization__name")),
        Column(_("what is asked"), F("asked")),
        Column(_("state"), label("state", AssistState.choices)),
        Column(_("asked"), F("asked_at")),
        Column(_("due"), F("due_at")),
        Column(_("taken"), F("taken_at")),
        Column(_("ended"), F("ended_at")),
        Column(_("ground"), label("decline_ground", ReturnGround.choices)),
        Column(_("result"), F("result")),
    )


def judged(rows: QuerySet) -> Table:
    header = [
        _("region"), _("estate"), _("property company"), _("year"), _("weight of the branch (%)"),
        _("score of the branch"), _("points of the households"), pgettext_lazy("of an appraisal", "points"),
        _("households that answered"), pgettext_lazy("of an appraisal", "published on"),
    ]  # fmt: skip

    def lines() -> Iterator[Sequence[Any]]:
        found = list(rows)
        for row, result in zip(found, appraisals.results(found), strict=True):
            yield (
                row.estate.region.short_name, row.estate.name, row.organization.name, row.year, row.branch_weight,
                result.branch, result.households, result.total, result.answered, row.published_at,
            )  # fmt: skip

    return header, lines()


def candidates(rows: QuerySet) -> Table:
    """Of one election; what was found about each criterion stays on its page."""
    header = [_("name"), _("mobile phone"), _("entered"), *Criterion.labels, _("decision"), _("decided")]

    def lines() -> Iterator[Sequence[Any]]:
        for row in rows.prefetch_related("checks"):
            passed = {each.criterion: each.passed for each in row.checks.all()}
            yield (
                row.name_masked, row.phone_masked, row.entered_at, *(passed.get(each) for each in Criterion),
                row.get_verdict_display(), row.decided_at,
            )  # fmt: skip

    return header, lines()


def _table(rows: QuerySet, *columns: Column) -> Table:
    return [column.name for column in columns], read_cells(rows, columns)


def _number(prefix: str, pk: str) -> Concat:
    return Concat(Value(prefix), LPad(Cast(pk, CharField()), 6, Value("0")), output_field=CharField())
