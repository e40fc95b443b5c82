"""What is told of each row behind a figure: the case, and with it the offer, the rating or the redo that was counted.

One table of fields serves JSON, the desk's page, CSV and XLSX.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core.copy_export import Column, LocalTime, label
from portal.reports.definitions import Count
from portal.reports.sources import CASES, JUDGED_DEPARTMENTS, OFFERS, RATINGS, REDOS, WHISTLES, Source
from requests.exports import number_of
from requests.models import Approval
from requests.types import AnswerSource, Channel, DispatchOutcome, RatingCode, ReturnGround, State, Verb, WhistleGround
from stations.types import BuildMode, StationStatus, StationType, Tier

Choices = Iterable[tuple[Any, str | Promise]]


@dataclass(frozen=True)
class Field:
    """`name` in JSON, `title` above a column; `choices` are the words for the codes that JSON gives."""

    name: str
    title: str | Promise
    path: str
    choices: Choices = ()
    is_moment: bool = False
    is_number: bool = False
    is_day: bool = False

    def column(self, prefix: str) -> Column:
        path = prefix + self.path
        if self.is_moment:
            return Column(self.title, LocalTime(path))
        if self.choices:
            return Column(self.title, label(path, self.choices))
        if self.is_number or self.is_day:
            return Column(self.title, F(path))
        return Column(self.title, F(path), is_typed=True)


def moment_field(name: str, title: str | Promise, path: str = "") -> Field:
    return Field(name, title, path or name, is_moment=True)


CASE_FIELDS = (
    Field("title", _("title"), "title"),
    Field("state", _("state"), "state", State.choices),
    Field("channel", _("channel"), "channel", Channel.choices),
    Field("category", _("category"), "category__path"),
    Field("district", _("District"), "district__short_name"),
    Field("street", _("Street"), "street__short_name"),
    Field("community", _("Community"), "community__short_name"),
    Field("station", _("station"), "station__name"),
    Field("unit", _("unit"), "current_dispatch__organization__name"),
    moment_field("submitted_at", _("submitted")),
    moment_field("accepted_at", _("accepted")),
    moment_field("contact_due_at", _("resident to be contacted by")),
    moment_field("contacted_at", _("first contacted")),
    moment_field("due_at", _("due")),
    moment_field("finish_due_at", _("due at the first resolve")),
    moment_field("finished_at", _("first resolved")),
    moment_field("ended_at", _("ended")),
    Field("last_solved", _("solved"), "last_solved", [(True, _("yes")), (False, _("no"))]),
    moment_field("last_answer_at", _("last answer")),
)
# What the counted row itself says, beside its case.
OWN_FIELDS: dict[str, tuple[Field, ...]] = {
    OFFERS.name: (
        Field("unit", _("unit"), "organization__name"),
        Field("person", _("staff member"), "person__name"),
        Field("outcome", _("outcome"), "outcome", DispatchOutcome.choices),
        Field("return_ground", _("ground"), "return_ground", ReturnGround.choices),
        moment_field("offered_at", _("offered")),
        moment_field("accept_due_at", _("to be taken by")),
        moment_field("taken_at", _("taken")),
        moment_field("ended_at", _("ended")),
    ),
    RATINGS.name: (
        Field("code", _("rating"), "code", RatingCode.choices),
        Field("solved", _("solved"), "solved", [(True, _("yes")), (False, _("no"))]),
        Field("source", _("source"), "source", AnswerSource.choices),
        moment_field("at", _("when")),
    ),
    WHISTLES.name: (
        Field("to_region", _("called to"), "to_region__short_name"),
        Field("unit", _("lead unit"), "lead__name"),
        Field("ground", _("ground"), "ground", WhistleGround.choices),
        Field("outcome", _("outcome"), "outcome", Approval.Outcome.choices),
        moment_field("asked_at", _("asked")),
        moment_field("decided_at", _("decided")),
        moment_field("answered_at", _("answered")),
    ),
    JUDGED_DEPARTMENTS.name: (
        Field("unit", _("unit"), "organization__name"),
        Field("was_lead", _("held the case"), "was_lead", [(True, _("yes")), (False, _("no"))]),
        Field("code", _("rating"), "code", RatingCode.choices),
        moment_field("at", _("when")),
    ),
    REDOS.name: (
        Field("verb", _("step"), "verb", Verb.choices),
        moment_field("at", _("when")),
    ),
}
# Under which name JSON tells them.
OBJECTS = {
    OFFERS.name: "offer",
    RATINGS.name: "rating",
    REDOS.name: "redo",
    WHISTLES.name: "whistle",
    JUDGED_DEPARTMENTS.name: "department_rating",
}
STATION_FIELDS = (
    Field("code", _("code"), "code"),
    Field("name", _("name"), "name"),
    Field("tier", _("tier"), "tier", Tier.choices),
    Field("station_type", _("station type"), "station_type", StationType.choices),
    Field("status", _("status"), "status", StationStatus.choices),
    Field("region", _("region"), "region__short_name"),
    Field("open_24h", _("open 24 hours"), "open_24h", [(True, _("yes")), (False, _("no"))]),
    Field("build_mode", _("build mode"), "build_mode", BuildMode.choices),
)


def source_of(figure: Count) -> Source:
    """What the rows of a figure are: cases, where each is counted once however often it occurs."""
    return CASES if figure.distinct_cases else figure.source


def own_fields(source: Source) -> tuple[Field, ...]:
    return OWN_FIELDS.get(source.name, ())


def columns(source: Source) -> list[Column]:
    """The columns of a file of rows of `source`."""
    number = Column(_("Number"), number_of(source.of_case("pk")))
    own = [field.column("") for field in own_fields(source)]
    return [number, *own, *(field.column(source.case) for field in CASE_FIELDS)]


def read(source: Source, rows: QuerySet) -> Iterator[dict[str, Any]]:
    """The rows as JSON tells them, in one statement."""
    own = own_fields(source)
    paths = [field.path for field in own] + [source.of_case(field.path) for field in CASE_FIELDS]
    for pk, case_id, *values in rows.values_list("pk", source.of_case("pk"), *paths):
        row: dict[str, Any] = {"id": pk, **dict.fromkeys(OBJECTS.values())}
        told = dict(zip((field.name for field in own), values, strict=False))
        if own:
            row[OBJECTS[source.name]] = told
        case = dict(zip((field.name for field in CASE_FIELDS), values[len(own) :], strict=True))
        row["case"] = {"id": case_id, "number": f"XZ{case_id:09d}", **case}
        yield row


def read_fields(fields: Sequence[Field], rows: QuerySet) -> Iterator[dict[str, Any]]:
    """Rows that are told by their own fields alone."""
    names = [field.name for field in fields]
    for pk, *values in rows.values_list("pk", *(field.path for field in fields)):
        yield {"id": pk, **dict(zip(names, values, strict=True))}


def columns_of(fields: Sequence[Field]) -> list[Column]:
    return [field.column("") for field in fields]
