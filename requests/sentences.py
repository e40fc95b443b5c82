"""What each step of a case is called in a sentence: one function a step, and the table of them.

`requests.timeline` chooses the words by who reads; here the grammar is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.core import humanize
from requests.models import RequestEvent
from requests.models.service_requests import TIMES
from requests.types import (
    Actor,
    Channel,
    CloseGround,
    ExcludedRate,
    ExclusionGround,
    RatingCode,
    RejectGround,
    ReturnGround,
    State,
    Supervision,
    Verb,
    WhistleGround,
    WhistleLevel,
)


@dataclass(frozen=True)
class Words:
    """The people in a sentence, as its audience calls them."""

    by: str
    to: str
    resident: str
    is_public: bool = False


def _label(choices: type, code: str | None) -> str:
    return str(choices(code).label) if code in choices.values else _("no ground given")


def _submit(event: RequestEvent, words: Words) -> str:
    channel = event.data.get("channel")
    if event.actor == Actor.RESIDENT:
        return _("%(by)s submitted the request") % {"by": words.by}
    source = _label(Channel, channel) if channel in Channel.values else _("Other system")
    return _("%(by)s recorded the request (%(channel)s)") % {"by": words.by, "channel": source}


def _reject(event: RequestEvent, words: Words) -> str:
    ground = _label(RejectGround, event.data.get("ground"))
    return _("%(by)s did not take the request on: %(ground)s") % {"by": words.by, "ground": ground}


def _send_back(event: RequestEvent, words: Words) -> str:
    ground = _label(ReturnGround, event.data.get("ground"))
    return _("%(by)s sent the case back: %(ground)s") % {"by": words.by, "ground": ground}


def _recall(event: RequestEvent, words: Words) -> str:
    if event.from_state == State.WAITING:
        return _("%(by)s took the question back") % {"by": words.by}
    if event.from_state == State.DELIBERATING:
        return _("%(by)s took the matter off the agenda") % {"by": words.by}
    return _("%(by)s took the dispatch back") % {"by": words.by}


def _contact(event: RequestEvent, words: Words) -> str:
    if event.data.get("reached"):
        return _("%(by)s got in touch with %(resident)s") % {"by": words.by, "resident": words.resident}
    return _("%(by)s tried to reach %(resident)s, without success") % {"by": words.by, "resident": words.resident}


def _resolve(event: RequestEvent, words: Words) -> str:
    if event.from_state == State.ACCEPTED:
        return _("%(by)s answered the request") % {"by": words.by}
    return _("%(by)s finished the work") % {"by": words.by}


def _expire(event: RequestEvent, words: Words) -> str:
    if event.from_state == State.DISPATCHED:
        return _("Nobody took the case in time; it went back to be dispatched")
    if event.from_state == State.DELIBERATING:
        return _("Nothing was agreed in time; the work goes on")
    if event.to_state == State.RESOLVED:
        return _("No answer came for the second time; the case was ended")
    return _("No answer came in time; the work goes on with what is known")


def _rate(event: RequestEvent, words: Words) -> str:
    values = {"by": words.by, "level": _label(RatingCode, event.data.get("code"))}
    if event.data.get("solved"):
        return _("%(by)s rated: %(level)s, solved") % values
    return _("%(by)s rated: %(level)s, not solved") % values


def _call_back(event: RequestEvent, words: Words) -> str:
    if not event.data.get("reached"):
        return _("%(by)s called back, but nobody answered") % {"by": words.by}
    if event.data.get("outcome") == "redo":
        return _("%(by)s called back; the work is done again by %(to)s") % {"by": words.by, "to": words.to}
    outcome = _label(CloseGround, event.data.get("outcome"))
    return _("%(by)s called back: %(outcome)s") % {"by": words.by, "outcome": outcome}


def _redo(event: RequestEvent, words: Words) -> str:
    if event.to_state == State.ACCEPTED:
        return _("%(by)s asked for the work to be done again") % {"by": words.by}
    return _("%(by)s asked for the work to be done again by %(to)s") % {"by": words.by, "to": words.to}


def _decide_appeal(event: RequestEvent, words: Words) -> str:
    if event.data.get("granted"):
        return _("The appeal was granted: the request is taken on")
    return _("The appeal was looked at: the decision stands")


def _dispatched(event: RequestEvent, words: Words) -> str:
    return _with_others(event, words, _("%(by)s dispatched the case to %(to)s") % {"by": words.by, "to": words.to})


def _transfer(event: RequestEvent, words: Words) -> str:
    return _with_others(event, words, _("%(by)s handed the case on to %(to)s") % {"by": words.by, "to": words.to})


def _agree(event: RequestEvent, words: Words) -> str:
    if event.data.get("agreed"):
        return _("%(by)s agreed that the case may be made public, without personal data") % {"by": words.by}
    return _("%(by)s no longer agrees that the case is public; it is out of the public list") % {"by": words.by}


def _merge(event: RequestEvent, words: Words) -> str:
    values = {"by": words.by, "number": event.data.get("into", "")}
    return _("%(by)s merged the request into %(number)s, which is about the same matter") % values


def _join(event: RequestEvent, words: Words) -> str:
    # Who else asked is nobody's business but that they did.
    if "parted" in event.data:
        return _("A request that was dealt with here, too, goes its own way again")
    return _("Somebody else asked for the same; it is dealt with here, too")


def _claim(event: RequestEvent, words: Words) -> str:
    said = {name: event.data.get(name, "") for name in ("resource", "code", "unit")}
    said["amount"] = humanize.quantity(Decimal(event.data.get("amount") or 0))
    return _("%(by)s claimed %(amount)s %(unit)s of “%(resource)s” (%(code)s)") % {"by": words.by, **said}


def _split(event: RequestEvent, words: Words) -> str:
    if "from" in event.data:
        return _("%(by)s took this matter out of request %(number)s") % {"by": words.by, "number": event.data["from"]}
    numbers = "、".join(event.data.get("parts", []))
    return _("%(by)s made a case of each matter: %(numbers)s") % {"by": words.by, "numbers": numbers}


def _gather(event: RequestEvent, words: Words) -> str:
    return _("The matter is dealt with in request %(number)s again") % {"number": event.data.get("into", "")}


def _conclude(event: RequestEvent, words: Words) -> str:
    if event.to_state == State.RESOLVED:
        return _("%(by)s recorded what was agreed: the matter is settled") % {"by": words.by}
    if event.to_state == State.IN_PROJECT:
        sentence = _("%(by)s recorded what was agreed: the project “%(project)s” does it, planned until %(until)s")
        return sentence % _project_words(event, words)
    return _("%(by)s recorded what was agreed: the work goes on") % {"by": words.by}


def _refer(event: RequestEvent, words: Words) -> str:
    return _("%(by)s referred the request to %(body)s") % {"by": words.by, "body": event.data.get("body", "")}


def _adopt(event: RequestEvent, words: Words) -> str:
    return _("%(by)s put the request into the project “%(project)s”, planned until %(until)s") % _project_words(
        event, words
    )


def _project_words(event: RequestEvent, words: Words) -> dict[str, str]:
    until = date.fromisoformat(event.data["planned_end"]) if "planned_end" in event.data else None
    return {"by": words.by, "project": event.data.get("project", ""), "until": date_format(until) if until else ""}


def _finish(event: RequestEvent, words: Words) -> str:
    return _("The project “%(project)s” dealt with the request") % {"project": event.data.get("project", "")}


def _replan(event: RequestEvent, words: Words) -> str:
    return _("%(by)s moved the project “%(project)s” to another day: planned until %(until)s") % _project_words(
        event, words
    )


def _leave_project(event: RequestEvent, words: Words) -> str:
    values = {"by": words.by, "project": event.data.get("project", "")}
    return _("%(by)s took the request out of the project “%(project)s”; it is dispatched anew") % values


def _moment(event: RequestEvent, name: str) -> str:
    return humanize.deadline(datetime.fromisoformat(event.data[name])) if name in event.data else ""


def _request_extension(event: RequestEvent, words: Words) -> str:
    return _("%(by)s asked for more time, until %(until)s") % {"by": words.by, "until": _moment(event, "until")}


def _decide_extension(event: RequestEvent, words: Words) -> str:
    if event.data.get("granted"):
        return _("The time limit has been extended until %(until)s") % {"until": _moment(event, "until")}
    return _("%(by)s did not grant more time") % {"by": words.by}


def _rates(event: RequestEvent) -> str:
    return "、".join(_label(ExcludedRate, rate) for rate in event.data.get("rates", ()))


def _exclude(event: RequestEvent, words: Words) -> str:
    values = {"by": words.by, "rates": _rates(event), "ground": _label(ExclusionGround, event.data.get("ground"))}
    return _("%(by)s asked to leave the case out of: %(rates)s (%(ground)s)") % values


def _decide_exclusion(event: RequestEvent, words: Words) -> str:
    values = {"by": words.by, "rates": _rates(event)}
    if event.data.get("granted"):
        return _("%(by)s left the case out of: %(rates)s") % values
    return _("%(by)s did not leave the case out of: %(rates)s") % values


def _hand_in(event: RequestEvent, words: Words) -> str:
    return _("%(by)s handed in a reply, to be reviewed: %(verb)s") % {"by": words.by, "verb": _reply(event)}


def _review_reply(event: RequestEvent, words: Words) -> str:
    if words.is_public:
        return _sent(event, words)
    if event.data.get("granted"):
        return _("%(by)s read the reply and sent it: %(verb)s") % {"by": words.by, "verb": _reply(event)}
    return _("%(by)s gave the reply back to be written anew") % {"by": words.by}


def _sent(event: RequestEvent, words: Words) -> str:
    """A reviewed reply as the resident reads it: nobody need know that it was reviewed."""
    if event.data.get("of") == Verb.REJECT:
        return _reject(event, words)
    if event.data.get("of") == Verb.OUTCOME:
        return SENTENCES[Verb.OUTCOME](event, words)
    return _resolve(event, replace(words, by=event.data.get("unit") or words.by))


def _reply(event: RequestEvent) -> str:
    return _label(Verb, event.data.get("of"))


def _take_over(event: RequestEvent, words: Words) -> str:
    values = {"by": words.by, "from": event.data.get("from", ""), "to": words.to}
    if event.data.get("back"):
        return _("%(by)s gave the case back from %(from)s, who stood in, to %(to)s") % values
    return _("%(by)s handed the case over from %(from)s, who is away, to %(to)s") % values


def _with_others(event: RequestEvent, words: Words, said: str) -> str:
    """The sentence, and who is to assist. Residents read of whoever answers to them alone."""
    names = "、".join(event.data.get("assisting", []))
    if not names or words.is_public:
        return said
    return _("%(said)s, assisted by %(names)s") % {"said": said, "names": names}


def _add_assist(event: RequestEvent, words: Words) -> str:
    return _("%(by)s asked %(names)s to assist") % {
        "by": words.by, "names": "、".join(event.data.get("assisting", [])),
    }  # fmt: skip


def _decline_assist(event: RequestEvent, words: Words) -> str:
    ground = _label(ReturnGround, event.data.get("ground"))
    return _("%(by)s declined to assist: %(ground)s") % {"by": words.by, "ground": ground}


def _call_off_assist(event: RequestEvent, words: Words) -> str:
    return _("%(by)s called off the assistance of %(name)s") % {"by": words.by, "name": event.data.get("unit", "")}


def _whistle(event: RequestEvent, words: Words) -> str:
    values = {"by": words.by, "region": event.data.get("region", "")}
    return _("%(by)s whistled for the departments of %(region)s: %(ground)s") % {
        **values, "ground": _label(WhistleGround, event.data.get("ground")),
    }  # fmt: skip


def _decide_whistle(event: RequestEvent, words: Words) -> str:
    if words.is_public:
        if event.data.get("level") == WhistleLevel.DISTRICT:
            return _("Departments of the district have been asked to deal with it together")
        return _("Departments of the street have been asked to deal with it together")
    if event.data.get("granted"):
        said = _("%(by)s granted the whistle; the case went to %(to)s") % {"by": words.by, "to": words.to}
        return _with_others(event, words, said)
    return _("%(by)s did not grant the whistle") % {"by": words.by}


def _rate_departments(event: RequestEvent, words: Words) -> str:
    said = "、".join(
        _("%(name)s: %(level)s") % {"name": each["unit"], "level": _label(RatingCode, each["code"])}
        for each in event.data.get("ratings", [])
    )
    return _("%(by)s rated the departments (%(ratings)s)") % {"by": words.by, "ratings": said}


def _remind(event: RequestEvent, words: Words) -> str:
    if event.actor == Actor.JOB:
        return _("The time limit has passed; whoever has the case was reminded")
    return _("%(by)s reminded whoever has the case") % {"by": words.by}


def _late_by(halves: int) -> str:
    if halves == 1:
        return _("late by half of the time limit or more")
    if halves == 2:
        return _("late by the whole time limit or more")
    return _("late by one and a half of the time limit or more")


def _supervise(event: RequestEvent, words: Words) -> str:
    grounds = []
    # Events of earlier versions say that a case was late, and not by how many halves of its limit.
    if halves := event.data.get("halves", int(event.data.get("late", False))):
        grounds.append(_late_by(halves))
    if (redos := event.data.get("redos", 0)) >= TIMES:
        grounds.append(_("redone %(count)d times") % {"count": redos})
    if (transfers := event.data.get("transfers", 0)) >= TIMES:
        grounds.append(_("handed on %(count)d times") % {"count": transfers})
    values = {"level": _label(Supervision, event.data.get("level")), "grounds": "、".join(grounds)}
    return _("Supervision: %(level)s (%(grounds)s)") % values


def _plain(template: Callable[[], str]) -> Callable[[RequestEvent, Words], str]:
    return lambda _event, words: template() % {"by": words.by, "resident": words.resident}


SENTENCES: dict[Verb, Callable[[RequestEvent, Words], str]] = {
    Verb.SUBMIT: _submit,
    Verb.ACCEPT: _plain(lambda: _("%(by)s accepted the request")),
    Verb.REJECT: _reject,
    Verb.APPEAL: _plain(lambda: _("%(by)s appealed against the decision")),
    Verb.DECIDE_APPEAL: _decide_appeal,
    Verb.DISPATCH: _dispatched,
    Verb.TAKE: _plain(lambda: _("%(by)s took the case")),
    Verb.SEND_BACK: _send_back,
    Verb.RECALL: _recall,
    Verb.EXPIRE: _expire,
    Verb.CONTACT: _contact,
    Verb.NOTE: _plain(lambda: _("%(by)s left a note")),
    Verb.ASK: _plain(lambda: _("%(by)s asked %(resident)s for more information")),
    Verb.REPLY: _plain(lambda: _("%(by)s answered the question")),
    Verb.WITHDRAW: _plain(lambda: _("%(by)s withdrew the request")),
    Verb.TRANSFER: _transfer,
    Verb.RESOLVE: _resolve,
    Verb.RATE: _rate,
    Verb.CALL_BACK: _call_back,
    Verb.REDO: _redo,
    Verb.CLOSE: _plain(lambda: _("The case was closed: the time to rate it is over")),
    Verb.RESTORE: _plain(lambda: _("%(by)s took the request up again")),
    Verb.AMEND: _plain(lambda: _("%(by)s corrected the case")),
    Verb.MERGE: _merge,
    Verb.JOIN: _join,
    Verb.CLAIM: _claim,
    Verb.SPLIT: _split,
    Verb.GATHER: _gather,
    Verb.TABLE: _plain(lambda: _("%(by)s put the matter on the agenda, to be talked over with neighbours")),
    Verb.CONCLUDE: _conclude,
    Verb.REFER: _refer,
    Verb.ADOPT: _adopt,
    Verb.REPLAN: _replan,
    Verb.FINISH: _finish,
    Verb.LEAVE_PROJECT: _leave_project,
    Verb.OUTCOME: _plain(lambda: _("The request was dealt with where it had been referred to")),
    Verb.RETURNED: _plain(lambda: _("The request came back from where it had been referred to")),
    Verb.REQUEST_EXTENSION: _request_extension,
    Verb.DECIDE_EXTENSION: _decide_extension,
    Verb.HAND_IN: _hand_in,
    Verb.REVIEW_REPLY: _review_reply,
    Verb.TAKE_OVER: _take_over,
    Verb.EXCLUDE: _exclude,
    Verb.DECIDE_EXCLUSION: _decide_exclusion,
    Verb.ADD_ASSIST: _add_assist,
    Verb.TAKE_ASSIST: _plain(lambda: _("%(by)s took the assistance on")),
    Verb.FINISH_ASSIST: _plain(lambda: _("%(by)s finished its part of the work")),
    Verb.DECLINE_ASSIST: _decline_assist,
    Verb.CALL_OFF_ASSIST: _call_off_assist,
    Verb.WHISTLE: _whistle,
    Verb.DECIDE_WHISTLE: _decide_whistle,
    Verb.RATE_DEPARTMENTS: _rate_departments,
    Verb.REMIND: _remind,
    Verb.SUPERVISE: _supervise,
    Verb.AGREE: _agree,
    Verb.RELEASE: _plain(lambda: _("%(by)s put the case into the public list, without personal data")),
    Verb.HIDE: _plain(lambda: _("%(by)s took the case out of the public list")),
}


def tell(event: RequestEvent, words: Words) -> str:
    """The sentence of a step, and what it left behind that somebody was waiting for."""
    said = SENTENCES[Verb(event.verb)](event, words)
    if words.is_public or "whistle_lapsed" not in event.data:
        return said
    return _("%(said)s; the whistle that was to be decided lapsed by it") % {"said": said}
