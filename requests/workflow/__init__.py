"""The verbs of a service request. HTML, API, imports and jobs all call these.

    workflow.dispatch(service_request, by=Staff(user), version=7, to=unit)

Each is one transaction: lock, guard by the table, change, timeline event; the database writes the history.
Refusals are `DomainError`s: 409 with the verbs that are allowed, or with what happened since the version seen;
403 when the verb fits the state but not the person.
"""

from requests.workflow.actors import CLOCK, By, Clock, Resident, Staff
from requests.workflow.adoption import adopt, finish, leave_project, replan
from requests.workflow.answers import call_back, close, rate
from requests.workflow.appeals import appeal, decide_appeal
from requests.workflow.assisting import add_assist, call_off_assist, decline_assist, finish_assist, take_assist
from requests.workflow.claims import claim
from requests.workflow.clockwork import expire
from requests.workflow.departments import rate_departments
from requests.workflow.deputies import take_over
from requests.workflow.exclusions import decide_exclusion, exclude
from requests.workflow.extensions import decide_extension, request_extension
from requests.workflow.handling import ask, contact, note, redo, reply, resolve
from requests.workflow.intake import accept, amend, reject, submit, withdraw
from requests.workflow.joining import merge
from requests.workflow.listing import agree, hide, release
from requests.workflow.offers import dispatch, recall, send_back, take, transfer
from requests.workflow.referral import outcome, refer, returned
from requests.workflow.returning import restore
from requests.workflow.reviewing import review_reply
from requests.workflow.splitting import split
from requests.workflow.step import allowed_verbs, refuse_out_of_turn, refuse_stale
from requests.workflow.table import TABLE, Rule
from requests.workflow.tabling import conclude, table
from requests.workflow.watching import remind, supervise
from requests.workflow.whistling import decide_whistle, whistle

__all__ = [
    "CLOCK",
    "TABLE",
    "By",
    "Clock",
    "Resident",
    "Rule",
    "Staff",
    "accept",
    "add_assist",
    "call_off_assist",
    "decide_whistle",
    "decline_assist",
    "finish_assist",
    "rate_departments",
    "take_assist",
    "whistle",
    "adopt",
    "agree",
    "allowed_verbs",
    "amend",
    "appeal",
    "ask",
    "call_back",
    "claim",
    "close",
    "conclude",
    "contact",
    "decide_appeal",
    "decide_exclusion",
    "decide_extension",
    "dispatch",
    "exclude",
    "expire",
    "finish",
    "hide",
    "leave_project",
    "merge",
    "note",
    "outcome",
    "recall",
    "redo",
    "refer",
    "replan",
    "refuse_out_of_turn",
    "refuse_stale",
    "reject",
    "release",
    "remind",
    "request_extension",
    "reply",
    "resolve",
    "restore",
    "returned",
    "review_reply",
    "rate",
    "send_back",
    "split",
    "submit",
    "supervise",
    "table",
    "take",
    "take_over",
    "transfer",
    "withdraw",
]
