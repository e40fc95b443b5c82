"""The verbs of a project (服务项目清单). Pages and API call these.

    projects.review(project, by=user, granted=True, text="同意立项。")

Each is one transaction: lock, guard by the table, change, event; the database writes the history.
"""

from requests.projects.lifecycle import apply, change, create, finish, review, start, stop
from requests.projects.money import pay, pledge, refund, set_budget, spend, withdraw_pledge
from requests.projects.needs import add_needs, answer_need, claim, take_out
from requests.projects.parts import correct, remove
from requests.projects.showing import add_photos, publish, unpublish
from requests.projects.step import allowed_verbs
from requests.projects.work import (
    add_member,
    check_gate,
    explain_milestone,
    reach_milestone,
    report_target,
    set_milestone,
    set_target,
)

__all__ = [
    "add_member", "add_needs", "add_photos", "allowed_verbs", "answer_need", "apply", "change", "check_gate", "claim",
    "correct", "create", "explain_milestone", "finish", "pay", "pledge", "publish", "reach_milestone", "refund",
    "remove", "report_target", "review", "set_budget", "set_milestone", "set_target", "spend", "start", "stop",
    "take_out", "unpublish", "withdraw_pledge",
]  # fmt: skip
