"""认领资源: an amount of what somebody gives is held for a case."""

from datetime import datetime
from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext as _

from portal.core import humanize
from portal.core.errors import Conflict, DomainError
from portal.core.models import User
from requests.models import Claim, Resource, ServiceRequest
from requests.models.resources import MOST
from requests.types import ResourceStatus, Verb
from requests.workflow.actors import By
from requests.workflow.step import step


def claim(
    case: ServiceRequest,
    *,
    by: By,
    resource: Resource,
    amount: Decimal,
    version: int | None = None,
    text: str = "",
    at: datetime | None = None,
) -> ServiceRequest:
    """认领资源 for the case. What others have claimed in the same second is not there any more."""
    with step(case, Verb.CLAIM, by=by, version=version, text=text, at=at) as now:
        now.is_public = False
        found = hold_amount(resource, amount=amount, by=by.user)
        made = Claim.objects.create(
            resource=found, request=now.case, district_id=now.case.district_id, amount=amount, claimed_at=now.at,
            claimed_by=by.user,
        )  # fmt: skip
        now.data |= {
            "claim": made.pk, "resource": found.name, "code": found.code, "amount": f"{amount:f}", "unit": found.unit,
        }  # fmt: skip
    return case


def hold_amount(resource: Resource, *, amount: Decimal, by: User) -> Resource:
    """Count `amount` of what `by` may see as claimed, or refuse: the part that cases and projects share."""
    found = Resource.objects.for_user(by).filter(pk=resource.pk).with_givers().available().first()
    if found is None:
        message = _("“%(name)s” cannot be claimed: it is not on offer any more.") % {"name": resource}
        raise Conflict(message, code="not_on_offer", fields={"resource": [message]})
    if not 0 < amount <= MOST or amount != round(amount, 2):
        message = _("Please enter an amount above zero, with two decimals at most.")
        raise DomainError("invalid", message, fields={"amount": [message]})
    # One statement decides: of many at once, those get it for whom there is enough.
    enough = Resource.objects.filter(
        pk=found.pk, status=ResourceStatus.OFFERED, amount__gte=F("claimed") + F("used") + amount
    )
    if not enough.update(claimed=F("claimed") + amount):
        found.refresh_from_db(fields=["amount", "claimed", "used"])
        words = {"name": found, "left": humanize.quantity(found.free), "unit": found.unit}
        message = _("Of “%(name)s” only %(left)s %(unit)s are left.") % words
        raise Conflict(message, code="too_little_left", fields={"amount": [message]})
    return found
