"""并案: one matter that several people reported is dealt with once, and everybody who asked stays with it.

Those who asked go over to the other case, with their tracking codes: they follow it, are asked, are told and rate as
the one who asked first. `restore` parts the cases again; each then has its own people back.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from requests.models import Requester, ServiceRequest
from requests.types import DONE_STATES, State, Verb
from requests.workflow.actors import By
from requests.workflow.leaving import leave
from requests.workflow.step import Step, step


def hold(*pks: int | None) -> None:
    """Lock cases in one order, so that two who merge them crosswise do not wait for each other."""
    rows = ServiceRequest.objects.select_for_update(of=("self",)).filter(pk__in=[pk for pk in pks if pk])
    list(rows.order_by("pk").values_list("pk"))


def merge(
    case: ServiceRequest,
    *,
    by: By,
    into: ServiceRequest,
    text: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """并案: the case ends, and its people go over to `into`, an open case that one dispatches, too.

    Cases that were merged into it before go along. Undone by `restore` until the other case is resolved.
    """
    if into.pk == case.pk:
        message = _("A case cannot be merged into itself.")
        raise DomainError("invalid", message, fields={"into": [message]})
    with transaction.atomic():
        hold(case.pk, into.pk)
        with step(case, Verb.MERGE, by=by, version=version, text=text, at=at) as now:
            now.data["into"] = into.number
            leave(now, State.MERGED)
            now.set(merged_into=into)
            with step(into, Verb.JOIN, by=by, at=now.at) as other:
                other.data["joined"] = case.number
            ServiceRequest.objects.filter(merged_into=case.pk).update(merged_into=into)
            Requester.objects.filter(request=case.pk).update(
                request=into, district=into.district_id, is_main=False,
                came_with=Coalesce(F("came_with"), case.pk),
            )  # fmt: skip
    return case


def part(now: Step) -> None:
    """The merged case gets its people back; the other one goes on without them."""
    other = now.case.merged_into
    if other.state in DONE_STATES:
        message = _("Case %(number)s has been resolved for all who asked: the cases cannot be parted any more.")
        raise Conflict(message % {"number": other.number}, code="too_late")
    mine = Requester.objects.filter(came_with=now.case.pk)
    first = mine.order_by("pk").values_list("pk", flat=True).first()
    mine.update(request=now.case.pk, district=now.case.district_id, came_with=None)
    Requester.objects.filter(pk=first).update(is_main=True)
    with step(other, Verb.JOIN, by=now.by, at=now.at) as parted:
        parted.data["parted"] = now.case.number
    now.data["parted"] = other.number
    now.set(merged_into=None)
