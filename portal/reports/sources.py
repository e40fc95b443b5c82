"""The kinds of rows that figures count, and how each kind leads to its case.

CASES     one row a case (件)
OFFERS    one row an offer of a case to a unit or person (次)
RATINGS   the rating that stands for a case, its last one (件)
REDOS     one row each time that a case was begun again (次)
WHISTLES  one row each time that departments of a level above were called (次)
JUDGED_DEPARTMENTS  one row each department that was rated after a whistle (次)
"""

from dataclasses import dataclass

from django.db import models
from django.db.models import F, Q, QuerySet

from requests.models import Approval, DepartmentRating, Dispatch, Rating, RequestEvent, ServiceRequest
from requests.models.events import BEGUN_AGAIN


@dataclass(frozen=True)
class Source:
    name: str
    model: type[models.Model]
    # From a row to its case, and to the unit that answers for it.
    case: str
    unit: str
    only: Q = Q()
    # The district of the row itself, by which rows are found; few enough rows do with that of their case.
    district: str = "district_id"

    def rows(self) -> QuerySet:
        return self.model._default_manager.filter(self.only)

    def of_case(self, column: str) -> str:
        return f"{self.case}{column}"


CASES = Source("cases", ServiceRequest, case="", unit="current_dispatch__organization")
# An offer is the unit's that it was made to, whoever holds the case now.
OFFERS = Source("offers", Dispatch, case="request__", unit="organization")
RATINGS = Source(
    "ratings", Rating, case="request__", unit="request__current_dispatch__organization",
    only=Q(at=F("request__last_rating_at")) & ~Q(code=""),
)  # fmt: skip
REDOS = Source(
    "redos", RequestEvent, case="request__", unit="request__current_dispatch__organization", only=BEGUN_AGAIN
)
# A whistle is the lead unit's, a rating the department's that is rated, whoever holds the case now.
WHISTLES = Source(
    "whistles",
    Approval,
    case="request__",
    unit="lead",
    only=Q(kind=Approval.Kind.WHISTLE),
    district="request__district_id",
)
JUDGED_DEPARTMENTS = Source("department_ratings", DepartmentRating, case="request__", unit="organization")
SOURCES = (CASES, OFFERS, RATINGS, REDOS, WHISTLES, JUDGED_DEPARTMENTS)
