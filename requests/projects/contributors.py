"""Who contributes, in full: for those who run the project, with a reason that is logged."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from portal.core import disclosures
from portal.core.errors import NotAllowed
from portal.core.history import acting_as
from portal.core.models import User
from portal.core.text import clean_text
from requests.models import Contribution, ServiceProject
from volunteers.guards import refuse

MAX_REASON = 200


@dataclass(frozen=True)
class Contributor:
    """Lives for one answer and is stored nowhere."""

    contribution: Contribution
    name: str


def may_reveal(project: ServiceProject, *, by: User) -> bool:
    runs = ServiceProject.objects.run_by(by).filter(pk=project.pk)
    return by.scope.can("requests:reveal") and runs.exists()


def reveal(project: ServiceProject, *, by: User, reason: str) -> list[Contributor]:
    """Raises `TooMuchShown` when the account has seen its share."""
    if not may_reveal(project, by=by):
        raise NotAllowed()
    reason = clean_text(reason, max_length=MAX_REASON)
    if not reason:
        refuse("reason", _("Say why: the reason is logged."))
    with transaction.atomic(), acting_as(by.pk):
        rows = list(project.contributions.all())
        disclosures.record(
            by=by, subject=f"{ServiceProject._meta.db_table}/{project.pk}", about=project.number,
            region=project.region, reason=reason, count=len(rows),
        )  # fmt: skip
        return [Contributor(row, row.name.reveal()) for row in rows]
