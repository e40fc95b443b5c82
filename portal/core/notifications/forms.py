"""Forms of one's own choices and of webhooks."""

from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.core.models import Level, NotificationChoice, Region, User, Webhook
from portal.core.notifications.choices import choose, groups_of
from portal.core.notifications.kinds import Channel, channels_of, events
from portal.core.registry.lookups import ORGANIZATIONS, LookupField
from portal.core.text import CleanCharField

CHANNELS = "channels_"


class ChoicesForm(forms.Form):
    """One group of boxes for each group of kinds, then the hours and the digest."""

    daily_digest = forms.BooleanField(
        label=_("One e-mail each morning instead of many"),
        required=False,
        help_text=_("It lists what you have not read. What is urgent still comes at once."),
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    language = forms.ChoiceField(label=_("Language of messages"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, user: User, choice: NotificationChoice, **kwargs: Any) -> None:
        initial = {name: getattr(choice, name) for name in ("daily_digest", "quiet_from", "quiet_until", "language")}
        initial |= {f"{CHANNELS}{group}": chosen for group, chosen in choice.channels.items()}
        super().__init__(*args, initial=initial, **kwargs)
        self.user = user
        boxes = {
            f"{CHANNELS}{group.name}": forms.MultipleChoiceField(
                label=group.label,
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=[(channel, Channel(channel).label) for channel in channels_of(group.name)],
            )
            for group in groups_of(user)
        }
        for each in boxes.values():
            # An empty box is an answer like a ticked one.
            each.says_optional = False
        self.fields = boxes | self.fields
        hours = settings.QUIET_HOURS.replace("-", "–")
        if hours:
            self.fields["quiet_from"].help_text = _("Left empty: %(hours)s, as for everybody.") % {"hours": hours}

    def save(self) -> None:
        values = dict(self.cleaned_data)
        channels = {name.removeprefix(CHANNELS): values.pop(name) for name in list(values) if name.startswith(CHANNELS)}
        choose(by=self.user, channels=channels, **values)


class WebhookForm(forms.Form):
    name = CleanCharField(label=_("name"), max_length=60, help_text=_("Which system listens, and for what."))
    url = forms.CharField(
        label=_("Address"), max_length=300, help_text=_("Begins with https:// and can be reached from the internet.")
    )
    kinds = forms.MultipleChoiceField(
        label=_("Events"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one event.")},
    )
    region = forms.ModelChoiceField(Region.objects.none(), label=_("Region"), empty_label=None)
    organization = LookupField(
        ORGANIZATIONS, label=_("unit"), required=False,
        help_text=_("For a unit's own system: it hears the steps of cases that are offered to the unit, nothing else."),
    )  # fmt: skip
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, user: User, webhook: Webhook | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if webhook is not None:
            self.initial = {name: getattr(webhook, name) for name in ("name", "url", "kinds", "region")}
        self.initial.setdefault("idempotency_key", uuid4().hex)
        self.fields["kinds"].choices = [
            (kind.name, kind.event_label) for kind in events() if not kind.needs or user.scope.can(kind.needs)
        ]
        unit = self.fields["organization"]
        unit.rows, unit.current = ORGANIZATIONS.rows(user), webhook.organization if webhook else None
        unit.initial = unit.current
        regions = Region.objects.for_user(user).current().filter(level__in=[Level.CITY, Level.DISTRICT, Level.STREET])
        self.fields["region"].queryset = regions.order_by("path")

    @property
    def values(self) -> dict[str, Any]:
        """The keywords of the verbs."""
        return {name: self.cleaned_data[name] for name in ("name", "url", "kinds", "region", "organization")}


def add_refusal(form: forms.Form, fields: Any, message: str) -> None:
    """What a verb refused, beside the fields that it named."""
    for name, lines in (fields or {"": [message]}).items():
        form.add_error(name if name in form.fields else None, list(lines))
