"""Forms of deliberations: the topic, the seats, and one form a step."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.errors import DomainError
from portal.core.models import StoredFile
from portal.core.registry.forms import DayInput, MomentInput, ScopedForm, ScopedModelForm, form_field
from portal.core.registry.lookups import ORGANIZATIONS, PEOPLE, LookupField
from portal.core.text import CleanCharField
from requests import photos
from requests.deliberation_types import DropGround, ParticipantRole, PollBy
from requests.deliberations import meetings, topics
from requests.deliberations.follow_up import MAX_TASK
from requests.deliberations.step import MAX_TEXT
from requests.deliberations.topics import MAX_PLACE
from requests.forms.base import PhotosField
from requests.models import Deliberation, Meeting, Participant, Poll, PollOption, Tabling
from requests.models.deliberations import MAX_PUBLICITY_DAYS, PUBLICITY_DAYS
from requests.workflow.intake import MAX_PHOTOS


def long_text(label: Any, *, required: bool = True, hint: Any = "", rows: int = 6) -> CleanCharField:
    return CleanCharField(
        label=label, required=required, max_length=MAX_TEXT, multiline=True, help_text=hint,
        widget=forms.Textarea({"rows": rows}), error_messages={"required": _("Please write a few words.")},
    )  # fmt: skip


class TabledField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, row: Tabling) -> str:
        return f"{row.request.number} {row.request.title}"


class DeliberationForm(ScopedModelForm):
    tabled = TabledField(Tabling.objects.none(), label=_("Requests of the open list that it takes up"), required=False)

    class Meta:
        model = Deliberation
        fields = ["kind", "topic", "text", "region", "estate", "station", "chair", "is_confidential"]
        formfield_callback = form_field

    sections = [
        (_("What is talked over"), ["kind", "topic", "text", "is_confidential"]),
        (_("Where, and who leads it"), ["region", "estate", "station", "chair"]),
        (_("Open list"), ["tabled"]),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = topics.taken_up_by(self.user).select_related("request")
        self.fields["tabled"].queryset = waiting
        if self.instance.pk or not waiting.exists():
            del self.fields["tabled"]

    def save(self, commit: bool = True) -> Deliberation:
        asked = dict(self.cleaned_data)
        if self.instance.pk:
            return topics.amend(Deliberation.objects.get(pk=self.instance.pk), by=self.user, **asked)
        return topics.raise_topic(by=self.user, **asked)


class SeatForm(ScopedForm):
    role = forms.ChoiceField(label=_("part"), choices=ParticipantRole.choices)
    organization = LookupField(ORGANIZATIONS, label=_("unit"), required=False)
    person = LookupField(PEOPLE, label=_("person with an account"), required=False)
    name = CleanCharField(
        label=_("name of somebody without an account"), max_length=60, required=False,
        help_text=_("Fill in one of the three."),
    )  # fmt: skip


class ScheduleForm(ScopedForm):
    scheduled_for = forms.DateTimeField(label=_("to be held on"), widget=MomentInput)
    place = CleanCharField(label=_("place of the meeting"), max_length=MAX_PLACE)
    text = long_text(_("What else they should know"), required=False, rows=3)


class OfDeliberation(ScopedForm):
    """A form that needs to know the row."""

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row


class SeatsField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, row: Participant) -> str:
        return f"{row}（{row.get_role_display()}）"


class HoldForm(OfDeliberation):
    attended = SeatsField(
        Participant.objects.none(), label=_("Who came"), error_messages={"required": _("Name those who came.")}
    )
    minutes = long_text(_("minutes of the meeting"), rows=12)
    files = PhotosField(label=_("Photos or PDF"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attended"].queryset = self.row.participants.select_related("organization", "person")

    def take_in_files(self) -> list[StoredFile]:
        """Store what was attached; one that is refused refuses the step."""
        stored, refused = photos.take_in(self.cleaned_data["files"], room=MAX_PHOTOS, by=self.user, documents=True)
        if refused:
            photos.discard(stored)
            raise DomainError("invalid", str(refused[0]), fields={"files": [str(each) for each in refused]})
        return stored


class ResolveForm(ScopedForm):
    resolution = long_text(_("resolution"), rows=10)


class PublishForm(ScopedForm):
    days = forms.IntegerField(
        label=_("working days for objections"), min_value=1, max_value=MAX_PUBLICITY_DAYS, initial=PUBLICITY_DAYS
    )


class DropForm(ScopedForm):
    ground = forms.ChoiceField(label=_("ground"), choices=DropGround.choices, widget=forms.RadioSelect)
    text = long_text(_("Explanation"), required=False, rows=3)


class AnswerForm(ScopedForm):
    text = long_text(
        pgettext_lazy("objection", "answer"),
        hint=_("Whoever objected receives it as a message, without their name."),
        rows=4,
    )


class TaskForm(ScopedForm):
    text = CleanCharField(
        label=_("what is to be done"), max_length=MAX_TASK,
        help_text=_("Its owner reads this and, of a confidential deliberation, nothing else."),
    )  # fmt: skip
    organization = LookupField(ORGANIZATIONS, label=_("unit"), required=False)
    person = LookupField(PEOPLE, label=_("person"), required=False)
    due_on = forms.DateField(label=_("due on"), widget=DayInput)


class ReportForm(ScopedForm):
    result = long_text(_("result"), rows=4)


class PollForm(ScopedForm):
    question = CleanCharField(label=_("question"), max_length=200)
    options = long_text(_("options"), hint=_("One a line."), rows=4)
    voted = forms.ChoiceField(label=_("voted"), choices=PollBy.choices, widget=forms.RadioSelect)
    quorum = forms.IntegerField(
        label=_("quorum (% of those entitled)"), min_value=1, max_value=100, initial=67,
        help_text=_("By law two thirds of the owners, by number and by floor area."),
    )  # fmt: skip
    majority = forms.IntegerField(label=_("majority (% of those who voted)"), min_value=1, max_value=100, initial=51)

    def clean_options(self) -> list[str]:
        return self.cleaned_data["options"].splitlines()


class VotesForm(OfDeliberation):
    """How some of those entitled voted: seats are ticked, households written one a line."""

    option = forms.ModelChoiceField(PollOption.objects.none(), label=_("option"), required=False)
    seats = SeatsField(Participant.objects.none(), label=_("Who voted so"), required=False)
    households = long_text(_("Flats that voted so"), required=False, hint=_("One a line, as in the list."), rows=6)

    row: Poll

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["option"].queryset = self.row.options.all()
        self.fields["option"].empty_label = pgettext_lazy("of a poll", "Abstained")
        if self.row.by == PollBy.HOUSEHOLD:
            del self.fields["seats"]
        else:
            del self.fields["households"]
            waiting = self.row.deliberation.participants.exclude(votes__poll=self.row)
            self.fields["seats"].queryset = waiting.select_related("organization", "person")

    def clean_households(self) -> list[Any]:
        lines = map(str.strip, self.cleaned_data["households"].splitlines())
        labels = list(dict.fromkeys(filter(None, lines)))
        found = {each.label: each for each in self.row.deliberation.estate.households.filter(label__in=labels)}
        if missing := [label for label in labels if label not in found]:
            names = "、".join(missing[:5])
            raise forms.ValidationError(_("These are not on the list of households: %(names)s") % {"names": names})
        return list(found.values())


class HouseholdsForm(ScopedForm):
    lines = CleanCharField(
        label=_("Households"), max_length=50_000, multiline=True, required=False, widget=forms.Textarea({"rows": 12}),
        help_text=_("One flat a line and, after a comma, its floor area where it is known: 3栋501, 89.5"),
    )  # fmt: skip
    off = CleanCharField(
        label=_("Flats to take off the list"), max_length=50_000, multiline=True, required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One a line, as in the list. To rename a flat, take it off and write it down anew."),
    )  # fmt: skip


class MeetingForm(ScopedModelForm):
    class Meta:
        model = Meeting
        fields = ["region", "held_on", "place", "chair"]
        formfield_callback = form_field

    def save(self, commit: bool = True) -> Meeting:
        return meetings.call(by=self.user, **self.cleaned_data)


class MinutesForm(ScopedForm):
    minutes = long_text(_("minutes of the meeting"), rows=12)
