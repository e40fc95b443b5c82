"""How somebody wants to be told: the verb behind the page and the API."""

from collections.abc import Iterable, Mapping
from datetime import time

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.history import acting_as
from portal.core.models import NotificationChoice, User
from portal.core.notifications.kinds import Group, channels_of, chosen_groups, defaults_of


def groups_of(user: User) -> list[Group]:
    """What can concern `user` in any of their roles, whichever they act in at the moment."""
    return chosen_groups({grant.role for grant in user.scope.all_grants})


def choice_of(user: User) -> NotificationChoice:
    """What `user` has chosen; what holds by default when nothing was."""
    found = NotificationChoice.objects.filter(person=user.person_id).first()
    choice = found or NotificationChoice(person_id=user.person_id)
    defaults = {group.name: sorted(defaults_of(group.name)) for group in groups_of(user)}
    choice.channels = defaults | choice.channels
    return choice


def choose(
    *,
    by: User,
    channels: Mapping[str, Iterable[str]],
    language: str,
    quiet_from: time | None = None,
    quiet_until: time | None = None,
    daily_digest: bool = False,
) -> NotificationChoice:
    """Set one's own channels by group, language, quiet hours (none: the portal's) and daily digest."""
    known = {group.name: channels_of(group.name) for group in groups_of(by)}
    errors: dict[str, list[str]] = {}
    for group, chosen in channels.items():
        if group not in known or set(chosen) - set(known[group]):
            errors["channels"] = [_("This cannot be chosen.")]
    if language not in dict(settings.LANGUAGES):
        errors["language"] = [_("This cannot be chosen.")]
    if (quiet_from is None) != (quiet_until is None):
        missing = "quiet_until" if quiet_until is None else "quiet_from"
        errors[missing] = [_("Quiet hours need both a beginning and an end.")]
    if daily_digest and not by.email:
        errors["daily_digest"] = [_("Your account has no e-mail address. Please ask your administrator to enter it.")]
    if errors:
        raise DomainError("invalid", next(iter(errors.values()))[0], fields=errors)
    with transaction.atomic(), acting_as(by.pk):
        # What was chosen in a role that has ended meanwhile counts again when it comes back.
        before = NotificationChoice.objects.select_for_update().filter(person_id=by.person_id).first()
        kept = {} if before is None else {name: was for name, was in before.channels.items() if name not in known}
        chosen_now, _made = NotificationChoice.objects.update_or_create(
            person_id=by.person_id,
            defaults={
                "channels": kept | {group: sorted(set(chosen)) for group, chosen in channels.items()},
                "language": language,
                "quiet_from": quiet_from,
                "quiet_until": quiet_until,
                "daily_digest": daily_digest,
            },
        )
    return chosen_now
