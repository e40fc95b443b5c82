"""What a case needs, as candidates are measured by it."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils import timezone

from requests.matching.ranking import EXACT, Reason, by_place, days_until
from requests.models import ServiceRequest


@dataclass(frozen=True)
class Need:
    """`case` with its category, its region and its ancestors in hand (`Need.RELATED`)."""

    case: ServiceRequest
    now: datetime

    RELATED = ("category", "region", "street", "community", "handling_region")
    # Of the case and of these what a match looks at.
    COLUMNS = (
        "title", "description", "latitude", "longitude", "due_at", "category__name", "category__level",
        "category__parent", "region__path", "street__path", "community__path", "handling_region__path",
        "current_dispatch",
    )  # fmt: skip

    @classmethod
    def of(cls, case: ServiceRequest, *, now: datetime | None = None) -> "Need":
        return cls(case, now or timezone.now())

    @cached_property
    def chain(self) -> dict[int, int]:
        """The category and the group that it is in with their levels, the most particular first. The field above
        them (城乡建设) is too wide to say anything."""
        category = self.case.category
        if category is None:
            return {}
        near = ((category.pk, category.level), (category.parent_id, category.level - 1))
        return {pk: level for pk, level in near if pk is not None and level > 1}

    def exactness(self, level: int | None) -> int | None:
        """How exactly a category of the chain fits, by its level: the case's own is as exact as can be."""
        if level is None or self.case.category is None:
            return None
        return EXACT if level == self.case.category.level else level

    @cached_property
    def text(self) -> str:
        return f"{self.case.title} {self.case.description}"

    @property
    def point(self) -> tuple[float | None, float | None]:
        return self.case.latitude, self.case.longitude

    @property
    def path(self) -> str:
        return self.case.region.path

    @property
    def street(self) -> str:
        """Where help comes from: the street; what it has none of, the region itself."""
        return self.case.street.path if self.case.street is not None else self.path

    @property
    def community(self) -> str:
        return self.case.community.path if self.case.community is not None else ""

    @cached_property
    def days(self) -> list[date]:
        return days_until(self.now, self.case.due_at)

    def nearness(self, path: str, point: tuple[float | None, float | None] = (None, None)) -> list[Reason]:
        return by_place(
            self.point, point, path=self.path, other_path=path, community=self.community, street=self.street
        )
