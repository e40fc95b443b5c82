"""Who sits in a deliberation, as somebody reads it: auditors read the names of people masked, and so does everybody but
the chair and the mediators where the matter is confidential."""

from collections.abc import Sequence

from django.db.models import prefetch_related_objects

from portal.core.masking import mask_name
from portal.core.models import User
from portal.core.permissions import Role
from requests.deliberation_types import ParticipantRole
from requests.models import Deliberation, Participant


def seats_of(deliberation: Deliberation) -> Sequence[Participant]:
    """The seats, read once however many are named."""
    prefetch_related_objects([deliberation], "participants__organization", "participants__person")
    return list(deliberation.participants.all())


def name_for(seat: Participant, user: User) -> str:
    """Units have no secret; people are named to those who take part in the matter or run it."""
    is_masked = _reads_as_auditor(user) or is_kept_from(seat, user)
    return mask_name(str(seat)) if is_masked and seat.organization_id is None else str(seat)


def _reads_as_auditor(user: User) -> bool:
    grants = user.scope.grants
    return bool(grants) and all(grant.role == Role.AUDITOR for grant in grants)


def is_kept_from(seat: Participant, user: User) -> bool:
    """In a dispute that is confidential nobody learns who else is part of it, under whatever role; who mediates, all
    may know, and everybody knows oneself."""
    row = seat.deliberation
    if not row.is_confidential or seat.role == ParticipantRole.MEDIATOR:
        return False
    if user.person_id is not None and seat.person_id == user.person_id:
        return False
    mediators = {each.person_id for each in row.participants.all() if each.role == ParticipantRole.MEDIATOR}
    return user.person_id not in {row.chair_id, *mediators}
