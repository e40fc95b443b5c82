"""评价部门: whoever whistled says how each department that came did its part, once the case is resolved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Organization
from portal.core.text import clean_text
from requests.models import Assist, DepartmentRating, Dispatch, ServiceRequest
from requests.types import POSITIVE_RATINGS, RatingCode, Verb
from requests.workflow.actors import By
from requests.workflow.step import MAX_TEXT, Step, step


@dataclass(frozen=True)
class Judgement:
    """What is said of one department; the two negative ratings need words."""

    unit: Organization
    code: str
    text: str = ""


def rate_departments(
    case: ServiceRequest,
    *,
    by: By,
    ratings: Sequence[Judgement],
    text: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """评价部门, each once and for good; what is left out now can be said later."""
    with step(case, Verb.RATE_DEPARTMENTS, by=by, version=version, text=text, at=at) as now:
        if not by.runs(now.case.handling_region_id):
            raise NotAllowed(_("Only the region that whistled rates the departments."), code="not_yours_to_do")
        left = to_rate(now.case) if now.case.departments_to_rate else {}
        if not left:
            raise Conflict(_("No department of this case is left to be rated."), code="nothing_to_rate")
        if not ratings:
            message = _("Rate at least one department.")
            raise DomainError("invalid", message, fields={"ratings": [message]})
        now.is_public = False
        for judgement in ratings:
            _keep(now, judgement, left)
        now.data["ratings"] = [{"unit": str(each.unit), "code": each.code} for each in ratings]
        now.set(departments_to_rate=len(left))
    return case


def _keep(now: Step, judgement: Judgement, left: dict[int, bool]) -> None:
    """Write one rating down, and take its department out of `left`."""
    text = clean_text(judgement.text, max_length=MAX_TEXT, multiline=True)
    words = {"name": judgement.unit}
    if judgement.unit.pk not in left:
        message = _("“%(name)s” is not to be rated for this case, or has been rated.") % words
    elif judgement.code not in RatingCode.values:
        message = _("Choose a rating for “%(name)s”.") % words
    elif judgement.code not in POSITIVE_RATINGS and not text:
        message = _("Say why you are not satisfied with “%(name)s”.") % words
    else:
        DepartmentRating.objects.create(
            request=now.case, district_id=now.case.district_id, organization=judgement.unit, code=judgement.code,
            was_lead=left.pop(judgement.unit.pk), text=text, at=now.at, rated_by=now.by.user,
        )  # fmt: skip
        return
    raise DomainError("invalid", message, fields={"ratings": [message]})


def to_rate(case: ServiceRequest) -> dict[int, bool]:
    """The departments that took part after a whistle and are not rated yet: whether each held the case."""
    came = Assist.objects.filter(request=case, dispatch__whistle__isnull=False, taken_at__isnull=False)
    held = Dispatch.objects.filter(
        request=case, whistle__isnull=False, taken_at__isnull=False, organization__isnull=False
    )
    found = dict.fromkeys(came.order_by("pk").values_list("organization", flat=True), False)
    found |= dict.fromkeys(held.order_by("pk").values_list("organization", flat=True), True)
    rated = set(DepartmentRating.objects.filter(request=case).values_list("organization", flat=True))
    return {unit: was_lead for unit, was_lead in found.items() if unit not in rated}
