"""Webhooks: the verbs of those who look after them, and `announce`, by which an event reaches them."""

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.models import Organization, Region, SendState, User, Webhook, WebhookDelivery
from portal.core.notifications import posting
from portal.core.notifications.kinds import KINDS, PING, events
from portal.core.text import clean_text

SECRET_PREFIX = "whsec_"  # noqa: S105  (what secrets begin with)
# A page of them; who needs more has one that tells the others.
MOST_WEBHOOKS = 20
# The event that tells of the units which it concerns.
OF_UNITS = "case_step"


def announce(
    *,
    kind: str,
    region: Region,
    data: Mapping[str, Any],
    dedupe_key: str,
    units: Callable[[], Collection[int]] = tuple,
    listening: Iterable[Webhook] | None = None,
) -> None:
    """Write an event for every webhook that is told of `kind` in `region`, in the caller's transaction.

    `data` holds what the kind names as its event: numbers, codes and times, nothing of a person. `units` gives the ids
    of the organisations that it concerns: a webhook that is an organisation's hears of nothing else. It is asked only
    where one of those listens. Who announces several kinds at once reads the webhooks that are `listening` there
    once for all.
    """
    told = KINDS[kind]
    if differing := told.event ^ data.keys():
        raise ValueError(f"The data of {kind!r} and what it names as its event differ by {sorted(differing)}.")
    there = Webhook.objects.listening(region) if listening is None else listening
    hearing = [webhook for webhook in there if kind in webhook.kinds]
    concerned = {None, *(units() if any(webhook.organization_id for webhook in hearing) else ())}
    deliveries = [
        _delivery(webhook.pk, kind=kind, region=region.code, data=data, dedupe_key=dedupe_key)
        for webhook in hearing if webhook.organization_id in concerned
    ]  # fmt: skip
    WebhookDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)


def _delivery(webhook_id: int, *, kind: str, region: str, data: Mapping[str, Any], dedupe_key: str) -> WebhookDelivery:
    event_id, at = uuid4(), timezone.now()
    body = {"id": str(event_id), "kind": kind, "at": at.isoformat(), "region": region, "data": dict(data)}
    return WebhookDelivery(
        webhook_id=webhook_id, event_id=event_id, kind=kind, body=json.dumps(body, ensure_ascii=False),
        dedupe_key=dedupe_key, created_at=at, due_at=at,
    )  # fmt: skip


def create_webhook(
    *, by: User, name: str, url: str, kinds: Iterable[str], region: Region, organization: Organization | None = None
) -> tuple[Webhook, str]:
    """A webhook of `by`, and the secret that signs its calls, which is shown this once."""
    if not by.scope.can("tokens:manage"):
        raise NotAllowed()
    values = _checked([by], name=name, url=url, kinds=kinds, region=region, organization=organization)
    if Webhook.objects.filter(owner=by).count() >= MOST_WEBHOOKS:
        raise Conflict(_("You have %(count)d webhooks already. Remove one first.") % {"count": MOST_WEBHOOKS})
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic(), acting_as(by.pk):
        return Webhook.objects.create(owner=by, secret=secret, **values), secret


def edit_webhook(
    webhook: Webhook, *, by: User, name: str, url: str, kinds: Iterable[str], region: Region,
    organization: Organization | None = None,
) -> Webhook:  # fmt: skip
    """Change what is told and where: no further than its owner reaches, nor than whoever edits."""
    _looks_after(webhook, by)
    values = _checked(
        [webhook.owner, by], name=name, url=url, kinds=kinds, region=region, organization=organization
    )  # fmt: skip
    with transaction.atomic(), acting_as(by.pk):
        for column, value in values.items():
            setattr(webhook, column, value)
        webhook.save(update_fields=list(values))
    return webhook


def remove_webhook(webhook: Webhook, *, by: User) -> None:
    """Ends it, with its log. What it was, the history still tells."""
    _looks_after(webhook, by)
    with transaction.atomic(), acting_as(by.pk):
        webhook.delete()


def switch_on(webhook: Webhook, *, by: User) -> None:
    """Call it again, beginning with what waits."""
    _looks_after(webhook, by)
    if not may_hear(webhook):
        raise NotAllowed(_("The account of this webhook may not read what it would be told."))
    with transaction.atomic(), acting_as(by.pk):
        Webhook.objects.filter(pk=webhook.pk).update(is_active=True, stopped="", failures=0)


def switch_off(webhook: Webhook, *, by: User) -> None:
    """Call it no more; what waits is kept."""
    _looks_after(webhook, by)
    with transaction.atomic(), acting_as(by.pk):
        Webhook.objects.filter(pk=webhook.pk).update(is_active=False, stopped=Webhook.Stopped.BY_HAND)


def ping(webhook: Webhook, *, by: User) -> None:
    """Send a call that tells nothing, to try the receiving system."""
    _looks_after(webhook, by)
    _refuse_if_off(webhook)
    made = _delivery(webhook.pk, kind=PING, region=webhook.region.code, data={}, dedupe_key=f"{PING}:{uuid4()}")
    with transaction.atomic(), acting_as(by.pk):
        made.save()


def replay(delivery: WebhookDelivery, *, by: User) -> None:
    """Send one event again, under the same id, so that a receiver that has it already can tell."""
    _looks_after(delivery.webhook, by)
    _refuse_if_off(delivery.webhook)
    with transaction.atomic(), acting_as(by.pk):
        locked = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
        if locked.state == SendState.WAITING:
            raise Conflict(_("This event waits to be sent already."), code="waiting_already")
        locked.state, locked.attempts, locked.due_at, locked.error = SendState.WAITING, 0, timezone.now(), ""
        locked.replays += 1
        locked.save(update_fields=["state", "attempts", "due_at", "error", "replays"])


def may_hear(webhook: Webhook) -> bool:
    """Whether the owner may still read, in the webhook's region, everything that it is told of."""
    return webhook.owner.is_active and all(
        _reaches(webhook.owner, webhook.region, KINDS[kind].needs) for kind in webhook.kinds if kind in KINDS
    )


def _reaches(user: User, region: Region, capability: str) -> bool:
    """A role that looks after the whole region: who keeps one station or unit in it does not read all that happens."""
    grants = user.scope.granting(capability).grants
    return any(grant.is_regional and (grant.path is None or region.path.startswith(grant.path)) for grant in grants)


def _looks_after(webhook: Webhook, by: User) -> None:
    if not by.scope.can("tokens:manage") or not Webhook.objects.for_user(by).filter(pk=webhook.pk).exists():
        raise NotAllowed()


def _refuse_if_off(webhook: Webhook) -> None:
    if not webhook.is_active:
        raise Conflict(_("This webhook is switched off. Switch it on first."), code="switched_off")


def _checked(
    reaching: Iterable[User], *, name: str, url: str, kinds: Iterable[str], region: Region,
    organization: Organization | None,
) -> dict[str, Any]:  # fmt: skip
    name, url, chosen, errors = clean_text(name, max_length=60), url.strip(), sorted(set(kinds)), {}
    known = {kind.name: kind for kind in events()}
    if not name:
        errors["name"] = [_("Give the webhook a name of at most 60 characters.")]
    try:
        posting.parse(url)
    except DomainError as error:
        errors["url"] = [str(error)]
    if len(url) > 300:
        errors["url"] = [_("The address is too long: at most %(count)d characters.") % {"count": 300}]
    if not chosen:
        errors["kinds"] = [_("Choose at least one event.")]
    elif unknown := [kind for kind in chosen if kind not in known]:
        errors["kinds"] = [_("There is no event “%(name)s”.") % {"name": unknown[0]}]
    elif not all(_reaches(user, region, known[kind].needs) for user in reaching for kind in chosen):
        errors["region"] = [_("The account does not look after this region.")]
    if organization is not None and not organization.region.path.startswith(region.path):
        errors["organization"] = [_("The unit does not lie in this region.")]
    elif organization is not None and chosen != [OF_UNITS]:
        errors["kinds"] = [_("A unit's own system hears the steps of its cases: choose that event alone.")]
    if errors:
        raise DomainError("invalid", next(iter(errors.values()))[0], fields=errors)
    return {"name": name, "url": url, "kinds": chosen, "region": region, "organization": organization}
