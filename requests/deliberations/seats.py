"""Who sits in a deliberation, as somebody reads it: auditors read the names of people masked."""

from portal.core.masking import mask_name
from portal.core.models import User
from portal.core.permissions import Role
from requests.models import Participant


def name_for(seat: Participant, user: User) -> str:
    """Units have no secret; people are named to those who take part in the matter or run it."""
    is_masked = user.scope.grants and all(grant.role == Role.AUDITOR for grant in user.scope.grants)
    return mask_name(str(seat)) if is_masked and seat.organization_id is None else str(seat)
