"""Votes of a deliberation: the question, how they voted, the list of households."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.errors import NotAllowed, NotFound
from requests import households
from requests.deliberations import polls
from requests.deliberations.step import keeps
from requests.forms import deliberations as forms
from requests.models import Deliberation, Poll
from requests.views.deliberations import OfDeliberationPage


class PollCreate(OfDeliberationPage):
    form_class = forms.PollForm
    heading = _("Put a question to the vote")
    said = _("Votes can be taken down now.")

    def do(self, row: Deliberation, asked: dict[str, Any]) -> None:
        polls.put(row, by=self.request.user, **asked)


class OfPollPage(OfDeliberationPage):
    def found(self, pk: int) -> Poll:
        poll = self.one_of(Poll.objects.select_related("deliberation__estate", "survey").filter(survey=None), pk=pk)
        if not keeps(poll.deliberation, by=self.request.user):
            raise NotAllowed()
        return poll


class PollVotes(OfPollPage):
    form_class = forms.VotesForm
    heading = _("Take votes down")
    consequence = _("Who took them down is kept with each vote. Nobody votes twice on one question.")
    said = _("The votes have been taken down.")

    def do(self, row: Poll, asked: dict[str, Any]) -> None:
        voters = asked.get("households") or list(asked.get("seats") or ())
        polls.record(row, by=self.request.user, option=asked["option"], voters=voters)


class PollClose(OfPollPage):
    """Asks first: there is no way back."""

    form_class = forms.ScopedForm
    heading = button = _("Close the vote")
    said = _("The vote is closed.")

    def found(self, pk: int) -> Poll:
        poll = super().found(pk)
        counted = polls.result(poll)
        words = {"voted": counted.voted, "entitled": counted.entitled}
        asked = gettext("%(voted)d of %(entitled)d have voted. Nobody can vote afterwards; there is no way back.")
        self.consequence = asked % words
        return poll

    def do(self, row: Poll, asked: dict[str, Any]) -> None:
        polls.close(row, by=self.request.user)


def said_of(revised: households.Revised) -> str:
    """What has become of the list."""
    words = {"added": revised.added, "measured": revised.measured, "removed": revised.removed}
    return gettext("The list is saved: %(added)d added, %(measured)d floor areas set, %(removed)d removed.") % words


class HouseholdsAdd(OfDeliberationPage):
    """Of the deliberation's estate; one that names none has no households."""

    form_class = forms.HouseholdsForm
    heading = _("Write down the estate's households")
    consequence = _(
        "Of flats that are on the list already, a floor area that you write takes the place of the one before."
    )

    def found(self, pk: int) -> Deliberation:
        row = super().found(pk)
        if row.estate is None:
            raise NotFound()
        return row

    def do(self, row: Deliberation, asked: dict[str, Any]) -> None:
        self.said = said_of(households.revise(row.estate, by=self.request.user, **asked))
