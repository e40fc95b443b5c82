"""Signing in without a password: whoever holds the phone of a volunteer's entry is that volunteer.

The account is made when it is first needed, and is for a volunteer's own pages alone: an account with any other role
signs in by its password, so that a borrowed phone opens no desk.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from portal.core.codes_login import check_code
from portal.core.errors import Conflict, NotAllowed
from portal.core.history import acting_as
from portal.core.models import Membership, Role, User
from portal.core.permissions import BELONGING
from volunteers.models import Volunteer
from volunteers.types import VolunteerStatus

MAY_SIGN_IN = (VolunteerStatus.ACTIVE, VolunteerStatus.PAUSED)


class NotRegistered(Conflict):
    """The phone is proven to be theirs, and nobody on the register has it."""

    def __init__(self, message: str, *, is_waiting: bool) -> None:
        super().__init__(message, code="waiting" if is_waiting else "not_registered")
        self.is_waiting = is_waiting


def entries_of_phone(*, phone: str, code: str, address: str = "") -> list[Volunteer]:
    """The entries that the phone's holder may sign in to: mostly one, several where a family shares a phone.

    Raises `WrongCode` when the code does not prove it, `NotRegistered` when there is none.
    """
    phone_hash = check_code(phone=phone, code=code, address=address)
    rows = Volunteer.objects.current().select_related("person").defer("search")
    found = list(rows.filter(person__phone_hash=phone_hash).order_by("pk"))
    ready = [each for each in found if each.status in MAY_SIGN_IN]
    if not ready:
        is_waiting = any(each.status == VolunteerStatus.APPLIED for each in found)
        message = (
            _("Your entry is being looked at. You can sign in once your community has confirmed it.")
            if is_waiting
            else _("No volunteer is registered with this phone.")
        )
        raise NotRegistered(message, is_waiting=is_waiting)
    return ready


def account_of(volunteer: Volunteer) -> User:
    """The volunteer's account, made now if there is none."""
    with transaction.atomic(), acting_as(None):
        # Two taps at once make one account.
        Volunteer.objects.select_for_update().only("pk").get(pk=volunteer.pk)
        user = User.objects.filter(person=volunteer.person_id).first()
        if user is None:
            user = User.objects.create_user(volunteer.number, person=volunteer.person)
            Membership.objects.create(user=user, role=Role.VOLUNTEER, region_id=volunteer.home_region_id)
            return user
    if not user.is_active:
        raise NotAllowed(_("This account has been closed. Please ask your community."), code="closed")
    if user.is_superuser or any(grant.role not in BELONGING for grant in user.scope.all_grants):
        raise NotAllowed(_("You also work at the desk: please sign in with your user name and password."), code="staff")
    if not user.scope.all_grants:
        Membership.objects.create(user=user, role=Role.VOLUNTEER, region_id=volunteer.home_region_id)
    return user
