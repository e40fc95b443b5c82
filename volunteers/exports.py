"""The register as a file: our own columns, or those of the national platform (中国志愿服务网).

Names and phones are masked unless somebody who works with the people gives a reason, which is logged.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from portal.core.masking import mask_name
from portal.core.models import Region
from volunteers.models import HourEntry, TeamMember, Volunteer
from volunteers.types import HourAccount, MemberStatus

CHUNK = 2_000


class Layout(models.TextChoices):
    OURS = "ours", _("Our own columns")
    NATIONAL = "national", _("As the national platform has them")


@dataclass(frozen=True)
class Line:
    """One volunteer, with what the columns need; `is_full` says whether personal data is in the clear."""

    row: Any
    is_full: bool

    @property
    def name(self) -> str:
        return self.row.person.name if self.is_full else mask_name(self.row.person.name)

    @property
    def phone(self) -> str:
        return self.row.person.phone.reveal() if self.is_full else self.row.person.phone_masked

    @property
    def hours(self) -> float:
        return round(self.row.approved_minutes / 60, 2)

    @property
    def age(self) -> str:
        age = self.row.age()
        return "" if age is None else str(age)


Column = tuple[Any, Callable[[Line], Any]]

# The platform's own headers, in Chinese whatever language the reader has. Id numbers are not kept here: the type of
# the document is "other", its number the volunteer's unified one.
NATIONAL: list[Column] = [
    ("姓名", lambda line: line.name),
    ("证件类型", lambda line: "其他"),
    ("证件号码", lambda line: line.row.number),
    ("手机号码", lambda line: line.phone),
    ("政治面貌", lambda line: "中共党员" if line.row.person.is_party_member else "群众"),
    ("服务区域", lambda line: line.row.way),
    ("志愿者编号", lambda line: line.row.national_number or line.row.number),
    ("服务队", lambda line: line.row.team_names),
    ("注册日期", lambda line: line.row.joined_on.isoformat()),
    ("服务时长(小时)", lambda line: line.hours),
]
OURS: list[Column] = [
    (_("volunteer number"), lambda line: line.row.number),
    (_("Name"), lambda line: line.name),
    (_("mobile phone"), lambda line: line.phone),
    (_("kind"), lambda line: line.row.get_kind_display()),
    (_("status"), lambda line: line.row.get_status_display()),
    (_("home community"), lambda line: line.row.way),
    (_("age"), lambda line: line.age),
    (_("teams"), lambda line: line.row.team_names),
    (_("profession"), lambda line: line.row.profession),
    (_("interests"), lambda line: line.row.interests),
    (_("languages"), lambda line: line.row.languages),
    (_("volunteer since"), lambda line: line.row.joined_on.isoformat()),
    (_("approved hours"), lambda line: line.hours),
    (_("number on the national platform"), lambda line: line.row.national_number),
]
LAYOUTS: dict[str, list[Column]] = {Layout.OURS: OURS, Layout.NATIONAL: NATIONAL}


def header(layout: str) -> list[str]:
    return [str(name) for name, _value in LAYOUTS[layout]]


def lines(rows: QuerySet[Volunteer], layout: str, *, full: bool) -> Iterator[list[Any]]:
    """The cells, read in batches; phones are opened one by one while they are written."""
    columns, ways = LAYOUTS[layout], _Ways()
    approved = HourEntry.objects.filter(volunteer=OuterRef("pk"), account=HourAccount.APPROVED).order_by()
    minutes = Subquery(approved.values("volunteer").annotate(total=Sum("minutes")).values("total"))
    found = rows.select_related("person", "home_region").annotate(approved_minutes=Coalesce(minutes, 0))
    batch: list[Any] = []
    for row in found.defer("search").order_by("pk").iterator(chunk_size=CHUNK):
        batch.append(row)
        if len(batch) == CHUNK:
            yield from _cells(batch, columns, ways, full=full)
            batch = []
    yield from _cells(batch, columns, ways, full=full)


def _cells(batch: list[Any], columns: list[Column], ways: "_Ways", *, full: bool) -> Iterator[list[Any]]:
    teams: dict[int, list[str]] = {}
    members = TeamMember.objects.filter(volunteer__in=[row.pk for row in batch], status=MemberStatus.ACTIVE)
    for pk, name in members.order_by("pk").values_list("volunteer", "team__name"):
        teams.setdefault(pk, []).append(name)
    for row in batch:
        row.team_names, row.way = "、".join(teams.get(row.pk, ())), ways.of(row.home_region)
        line = Line(row, is_full=full)
        yield [value(line) for _name, value in columns]


class _Ways:
    """The names from the district down to a community, looked up once each."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def of(self, region: Region) -> str:
        if region.pk not in self._known:
            above = Region.objects.ancestors_of(region.path).order_by("depth")
            names = [each.short_name for each in above]
            self._known[region.pk] = "/".join(names[1:] or names)
        return self._known[region.pk]
