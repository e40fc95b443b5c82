"""代理交接: what an absent person has goes to a deputy as it stands."""

from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from portal.core.models import Person
from requests.models import RequestEvent, ServiceRequest
from requests.types import Verb
from requests.workflow.actors import By
from requests.workflow.offers import refuse_unable
from requests.workflow.step import step


def take_over(
    case: ServiceRequest,
    *,
    by: By,
    to: Person,
    text: str,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """代理: the offer to a person, taken or not, is the deputy's from now on.

    It stays the same offer, so that its limits go on, and figures count one dispatch; the timeline says who had it.
    """
    with step(case, Verb.TAKE_OVER, by=by, version=version, text=text, text_required=True, at=at) as now:
        held = now.case.current_dispatch
        if held is None or not held.is_held or held.person_id is None:
            raise Conflict(_("The case is not with a person of its own."), code="with_nobody")
        if held.person_id == to.pk:
            message = _("The case is already with “%(name)s”.") % {"name": to}
            raise DomainError("invalid", message, fields={"to": [message]})
        refuse_unable(to, at=now.at)
        now.is_public = False
        is_back = last_giver(now.case.pk) == to.pk
        now.data.update({"from": str(held.person), "from_id": held.person_id, "to": str(to), "to_person": True})
        if is_back:
            now.data["back"] = True
        held.person = to
        held.save(update_fields=["person"])
    return case


def last_giver(case: int) -> int | None:
    """From whom the case went over to whoever has it, if it did."""
    events = RequestEvent.objects.filter(request=case, verb=Verb.TAKE_OVER).order_by("-pk")
    return events.values_list("data__from_id", flat=True).first()
