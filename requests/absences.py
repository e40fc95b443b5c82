"""代理交接 of many cases at once: what an absent person has, and who has it then."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.models import User
from requests import workflow
from requests.models import Absence, ServiceRequest
from requests.models.service_requests import ServiceRequestQuerySet
from requests.types import HELD
from requests.workflow import Staff


@dataclass(frozen=True)
class Handed:
    """One case, and why it stayed where it was; empty: the deputy has it."""

    case: ServiceRequest
    refused: str = ""


def held_by_absent(absence: Absence, *, by: User) -> ServiceRequestQuerySet:
    """The open cases that are with the absent person, as far as `by` sees them, the most urgent first.

    What was offered to a team stays with it: any of its leaders may act. Parts that a unit assists with are the unit's.
    """
    rows = ServiceRequest.objects.for_user(by).open()
    mine = rows.filter(current_dispatch__person=absence.person_id, current_dispatch__outcome__in=HELD)
    return mine.select_related("handling_region").defer("search", "description").order_by("due_at", "pk")


def hand_over(absence: Absence, *, by: User, cases: Sequence[int]) -> list[Handed]:
    """Hand these cases over to the deputy, each in a transaction of its own: one that is refused holds up no other."""
    text = _("%(person)s is away until %(day)s.") % {
        "person": absence.person, "day": date_format(absence.ends_on, "MONTH_DAY_FORMAT")
    }  # fmt: skip
    return [_hand_over(case, absence, by=by, text=text) for case in held_by_absent(absence, by=by).filter(pk__in=cases)]


def _hand_over(case: ServiceRequest, absence: Absence, *, by: User, text: str) -> Handed:
    try:
        workflow.take_over(case, by=Staff(by), to=absence.deputy, text=text)
    except DomainError as error:
        return Handed(case, str(error))
    return Handed(case)
