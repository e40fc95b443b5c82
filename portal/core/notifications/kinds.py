"""What there is to tell: the one registry of kinds. Any app adds its own when it is loaded.

    CASE_OFFERED = register(
        Kind(
            name="case_offered",
            label=_("A case is dispatched to me or my unit"),
            group=CASES.name,
            texts={Channel.DESK: Text(subject=_("Case {number} waits for you"), body=_("…"))},
            sample={"number": "202603-000123"},
        )
    )

A text names its placeholders in braces; `sample` lists them all, with examples for the preview.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    DESK = "desk", _("In the portal")
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


# What leaves the portal, and is therefore for each person to choose.
OUTWARD = (Channel.EMAIL, Channel.SMS)
# The event by which a webhook is tried out.
PING = "ping"


@dataclass(frozen=True)
class Text:
    """The default wording of one channel; an SMS has no subject."""

    body: str | Promise
    subject: str | Promise = ""


@dataclass(frozen=True)
class Group:
    """Kinds for which a person chooses the channels together. Nobody chooses for one that `is_chosen=False`."""

    name: str
    label: str | Promise
    is_chosen: bool = True
    # Who can be told; empty: everybody.
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Kind:
    name: str
    label: str | Promise
    group: str
    texts: Mapping[str, Text]
    sample: Mapping[str, str]
    # The outward channels of those who have not chosen.
    by_default: frozenset[str] = frozenset()
    # Passes quiet hours and the daily digest, and is sent without waiting for the next round of the job.
    is_urgent: bool = False
    # After that it would only confuse: a code that has expired is not sent.
    valid_for: timedelta | None = None
    # What webhooks are told (never anything personal); empty: they cannot subscribe.
    event: frozenset[str] = field(default=frozenset())
    # What it is called among webhooks' events, where nobody in particular is told.
    event_label: str | Promise = ""
    # What somebody must be able to do to have a webhook told.
    needs: str = ""

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(self.sample)


GROUPS: dict[str, Group] = {}
KINDS: dict[str, Kind] = {}


def register_group(group: Group) -> Group:
    if GROUPS.setdefault(group.name, group) is not group:
        raise ValueError(f"There are two groups of notifications named {group.name!r}.")
    return group


def register(kind: Kind) -> Kind:
    if kind.group not in GROUPS:
        raise ValueError(f"{kind.name!r} names a group of notifications that is not registered.")
    if KINDS.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"There are two kinds of notifications named {kind.name!r}.")
    return kind


def chosen_groups(roles: Set[str]) -> list[Group]:
    """Groups for which somebody with these roles chooses channels: of them those that leave the portal by some kind."""
    used = {kind.group for kind in KINDS.values() if set(kind.texts) & set(OUTWARD)}
    concerning = [group for group in GROUPS.values() if not group.roles or group.roles & roles]
    return [group for group in concerning if group.is_chosen and group.name in used]


def channels_of(group: str) -> list[str]:
    """The outward channels that kinds of `group` know."""
    known = {channel for kind in KINDS.values() if kind.group == group for channel in kind.texts}
    return [channel for channel in OUTWARD if channel in known]


def defaults_of(group: str) -> frozenset[str]:
    """The outward channels that kinds of `group` take while nobody has chosen."""
    return frozenset().union(*(kind.by_default for kind in KINDS.values() if kind.group == group))


def events() -> list[Kind]:
    """What a webhook can subscribe to."""
    return [kind for kind in KINDS.values() if kind.event]


def event_choices() -> list[tuple[str, str | Promise]]:
    """What a delivery of a webhook may be of."""
    return [*((kind.name, kind.event_label) for kind in events()), (PING, _("Test call"))]


def kind_choices() -> list[tuple[str, str | Promise]]:
    return [(kind.name, kind.label) for kind in KINDS.values()]


def event_label_of(name: str) -> str:
    """The label of a webhook's event; of no kind is the test call alone."""
    if name == PING:
        return str(_("Test call"))
    return str(KINDS[name].event_label) if name in KINDS else name


def label_of(name: str) -> str:
    """The label of a kind; its bare name when no app registers it any more."""
    return str(KINDS[name].label) if name in KINDS else name


PORTAL = register_group(Group("portal", _("The portal itself")))
CODES = register_group(Group("codes", _("Sign-in codes"), is_chosen=False))

SIGN_IN_CODE = register(
    Kind(
        name="sign_in_code",
        label=_("Sign-in code"),
        group=CODES.name,
        texts={
            Channel.SMS: Text(_("Your sign-in code is {code}. It is valid for {minutes} minutes. Give it to nobody."))
        },
        sample={"code": "204816", "minutes": "5"},
        by_default=frozenset({Channel.SMS}),
        is_urgent=True,
        valid_for=timedelta(minutes=5),
    )
)
LOST_CODE = register(
    Kind(
        name="lost_code",
        label=_("Code to find a request again"),
        group=CODES.name,
        texts={
            Channel.SMS: Text(
                _("Your code to find what you asked is {code}. It is valid for {minutes} minutes. Give it to nobody.")
            )
        },
        sample={"code": "204816", "minutes": "5"},
        by_default=frozenset({Channel.SMS}),
        is_urgent=True,
        valid_for=timedelta(minutes=5),
    )
)
WEBHOOK_STOPPED = register(
    Kind(
        name="webhook_stopped",
        label=_("A webhook of mine was switched off"),
        group=PORTAL.name,
        texts={
            Channel.DESK: Text(
                subject=_("The webhook “{name}” was switched off"),
                body=_("{reason} Mend the receiving system, then switch it on again; what waits will be sent."),
            ),
            Channel.EMAIL: Text(
                subject=_("The webhook “{name}” was switched off"),
                body=_("{reason} Mend the receiving system, then switch it on again; what waits will be sent."),
            ),
        },
        sample={"name": "区平台", "reason": "连续 30 次没有送达。"},
        by_default=frozenset({Channel.EMAIL}),
    )
)
DAILY_DIGEST = register(
    Kind(
        name="daily_digest",
        label=_("Daily digest"),
        group=PORTAL.name,
        texts={
            Channel.EMAIL: Text(
                subject=_("{count} unread notifications"),
                body=_("You have not read these yet:\n\n{lines}\n\nSign in to the portal to open them."),
            )
        },
        sample={"count": "2", "lines": "· 诉求 202603-000123 已派给您\n· 诉求 202603-000124 被退回"},
        by_default=frozenset({Channel.EMAIL}),
    )
)
