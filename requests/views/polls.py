"""Votes of a deliberation: the question, how they voted, the list of households."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.pages import StaffPage
from requests import households
from requests.deliberations import polls
from requests.deliberations.step import keeps
from requests.forms import deliberations as forms
from requests.models import Deliberation, Poll
from requests.subjects import DELIBERATIONS
from requests.views.deliberations import OfDeliberationPage


class PollCreate(OfDeliberationPage):
    form_class = forms.PollForm
    heading = _("Put a question to the vote")
    said = _("Votes can be taken down now.")

    def do(self, row: Deliberation, asked: dict[str, Any]) -> None:
        polls.put(row, by=self.request.user, **asked)


class OfPollPage(OfDeliberationPage):
    def found(self, pk: int) -> Poll:
        poll = self.one_of(Poll.objects.select_related("deliberation__estate").filter(survey=None), pk=pk)
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


class PollClose(StaffPage):
    capability = DELIBERATIONS.write

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        poll = self.one_of(Poll.objects.select_related("deliberation").filter(survey=None), pk=pk)
        try:
            polls.close(poll, by=request.user)
            messages.success(request, _("The vote is closed."))
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(DELIBERATIONS.detail(poll.deliberation))


class HouseholdsAdd(OfDeliberationPage):
    """Of the deliberation's estate; one that names none has no households."""

    form_class = forms.HouseholdsForm
    heading = _("Write down the estate's households")
    consequence = _("Flats that are on the list already stay as they are.")
    said = _("The list of households has been saved.")

    def found(self, pk: int) -> Deliberation:
        row = super().found(pk)
        if row.estate is None:
            raise NotFound()
        return row

    def do(self, row: Deliberation, asked: dict[str, Any]) -> None:
        households.add_all(row.estate, by=self.request.user, **asked)
