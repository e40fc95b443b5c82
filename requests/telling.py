"""Who is told of which step: the one table. Tests compare it with what the steps really announce.

A step is told by its kinds (whose labels say to whom), or it is named here with the reason why nobody is told.
"""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from portal.core.notifications.kinds import KINDS, label_of
from requests.deliberation_types import AppraisalVerb, DeliberationVerb, ElectionVerb, SurveyVerb
from requests.project_types import ProjectVerb
from requests.types import Verb

TOLD: dict[str, tuple[str, ...]] = {
    Verb.ACCEPT: ("case_accepted",),
    Verb.REJECT: ("case_rejected", "case_whistle_lapsed"),
    Verb.APPEAL: ("case_appealed",),
    Verb.DECIDE_APPEAL: ("case_accepted", "case_appeal_refused"),
    Verb.DISPATCH: ("case_offered", "case_assist_asked", "case_whistle_lapsed"),
    Verb.TRANSFER: ("case_offered", "case_assist_asked", "case_assist_over", "case_whistle_lapsed"),
    Verb.SEND_BACK: ("case_returned", "case_assist_over", "case_whistle_lapsed"),
    Verb.RECALL: ("case_recalled", "case_assist_over"),
    Verb.EXPIRE: ("case_returned", "case_resolved", "case_topic_lapsed", "case_assist_over"),
    Verb.ASK: ("case_asked", "case_whistle_lapsed"),
    Verb.REPLY: ("case_answered",),
    Verb.WITHDRAW: ("case_withdrawn", "case_assist_over", "case_whistle_lapsed"),
    Verb.RESOLVE: ("case_resolved", "case_whistle_lapsed"),
    Verb.HAND_IN: ("case_reply_held",),
    Verb.REVIEW_REPLY: ("case_reply_reviewed", "case_resolved", "case_rejected", "case_whistle_lapsed"),
    Verb.TAKE_OVER: ("case_taken_over",),
    Verb.RATE: ("case_not_solved",),
    Verb.CALL_BACK: ("case_offered", "case_redone"),
    Verb.REDO: ("case_offered", "case_redone"),
    Verb.RESTORE: ("case_restored", "case_parted", "case_offered"),
    Verb.MERGE: ("case_merged", "case_assist_over", "case_whistle_lapsed"),
    Verb.SPLIT: ("case_split",),
    # Those who asked follow the case that takes the matter back, and are told by what it does.
    Verb.GATHER: ("case_whistle_lapsed",),
    Verb.CLAIM: ("resource_claimed",),
    Verb.REFER: ("case_referred", "case_whistle_lapsed"),
    Verb.OUTCOME: ("case_resolved",),
    Verb.REPLAN: ("case_replanned",),
    Verb.ADOPT: ("case_adopted", "case_assist_over", "case_whistle_lapsed"),
    Verb.FINISH: ("case_resolved",),
    Verb.LEAVE_PROJECT: ("case_left_project",),
    Verb.TABLE: ("case_tabled", "case_assist_over", "case_whistle_lapsed"),
    Verb.CONCLUDE: ("case_concluded", "case_resolved"),
    Verb.REQUEST_EXTENSION: ("case_extension_asked",),
    Verb.DECIDE_EXTENSION: ("case_extension_decided", "case_extended"),
    Verb.REMIND: ("case_reminded",),
    Verb.SUPERVISE: ("case_supervised",),
    Verb.EXCLUDE: ("case_exclusion_asked",),
    Verb.DECIDE_EXCLUSION: ("case_exclusion_decided",),
    Verb.WHISTLE: ("case_whistled", "case_whistled_emergency"),
    Verb.DECIDE_WHISTLE: ("case_whistle_decided", "case_whistled_for", "case_offered", "case_assist_asked"),
    Verb.ADD_ASSIST: ("case_assist_asked",),
    Verb.TAKE_ASSIST: ("case_assist_answered",),
    Verb.FINISH_ASSIST: ("case_assist_answered",),
    Verb.DECLINE_ASSIST: ("case_assist_answered",),
    Verb.CALL_OFF_ASSIST: ("case_assist_over",),
    Verb.RATE_DEPARTMENTS: ("department_rated",),
}

NOBODY: dict[str, str | Promise] = {
    Verb.SUBMIT: _("It stands in the queue of who accepts; the resident has the receipt in hand."),
    Verb.TAKE: _("The resident sees it on the code page; a message for each step would be too many."),
    Verb.CONTACT: _("Whoever was reached knows of it."),
    Verb.NOTE: _("A remark asks for nothing."),
    Verb.AMEND: _("The queue of whoever dispatches shows it where it belongs now."),
    Verb.CLOSE: _("The window to rate is over; the resident was told when the case was resolved."),
    Verb.JOIN: _("Those who come to a case are told by the merge."),
    Verb.RETURNED: _("It stands in the queue of who dispatches; the resident waits as before."),
    Verb.AGREE: _("The resident did it; it changes no work."),
    Verb.RELEASE: _("The resident agreed to it and sees it on the code page."),
    Verb.HIDE: _("What was public for a while is not any more; no work changes."),
}

PROJECTS: dict[str, tuple[str, ...]] = {
    ProjectVerb.APPLY: ("project_applied",),
    ProjectVerb.REVIEW: ("project_decided",),
}
DELIBERATIONS: dict[str, tuple[str, ...]] = {
    DeliberationVerb.SCHEDULE: ("deliberation_scheduled",),
    DeliberationVerb.ANSWER: ("deliberation_objection_answered",),
}
SURVEYS: dict[str, tuple[str, ...]] = {
    SurveyVerb.OPEN_UP: ("survey_opened",),
    SurveyVerb.MOVE_END: ("survey_end_moved",),
    SurveyVerb.CLOSE: ("survey_closed",),
}
APPRAISALS: dict[str, tuple[str, ...]] = {AppraisalVerb.PUBLISH: ("appraisal_published",)}
ELECTIONS: dict[str, tuple[str, ...]] = {
    ElectionVerb.CHECK: ("candidate_to_decide",),
    ElectionVerb.STRIKE: ("candidates_vetted",),
    ElectionVerb.DECIDE: ("candidate_decided", "candidates_vetted"),
}
NOBODY_OF_SURVEYS: dict[str, str | Promise] = {
    SurveyVerb.DRAFT: _("Nobody has to do anything before it is opened."),
    SurveyVerb.AMEND: _("Nobody has to do anything before it is opened."),
    SurveyVerb.ASK: _("Nobody has to do anything before it is opened."),
    SurveyVerb.TAKE_QUESTION_AWAY: _("Nobody has to do anything before it is opened."),
    SurveyVerb.RECORD: _("Its page counts door by door; a message for each of hundreds would be too many."),
    SurveyVerb.TAKE_BACK: _("Its page counts door by door; a message for each of hundreds would be too many."),
}
NOBODY_OF_APPRAISALS: dict[str, str | Promise] = {
    AppraisalVerb.BEGIN: _("Its survey tells those who go from door to door when it is opened."),
    AppraisalVerb.WEIGH: _("The company learns the result, and what it is made of, when it is published."),
    AppraisalVerb.SCORE: _("The company learns the result, and what it is made of, when it is published."),
}
NOBODY_OF_ELECTIONS: dict[str, str | Promise] = {
    ElectionVerb.CALL: _("There is nobody on the list to be checked yet."),
    ElectionVerb.AMEND: _("Whoever checks and decides reads it on the page of the election."),
    ElectionVerb.ENTER: _("Whoever enters a candidate goes on with the checks."),
    ElectionVerb.CORRECT: _("Whoever checks and decides reads it on the page of the candidate."),
    ElectionVerb.PUBLISH: _("Everybody can read the list; who decided on it knows of it."),
    ElectionVerb.REVEAL: _("The log of disclosures keeps it for auditors."),
    ElectionVerb.ERASE: _("The history keeps it; nobody has to do anything."),
}
# Of a project and of a deliberation whoever works on it sees every step on its page; residents are told by the steps
# of their cases. Only what asks somebody for something, or answers it, is told.
ON_ITS_PAGE = _("Whoever works on it sees it on its page; residents are told by the steps of their cases.")

HEAD = """# Who is told of which step

Written by `manage.py show_notices` from `requests/telling.py`; a test compares the two, and another one the table with
what the steps announce. Every kind's wording can be changed under `/admin/` (通知措辞). Each step of a case is also the
event `case_step` for webhooks.
"""


def page() -> str:
    """The whole page, in Markdown."""
    with override("zh-hans"):
        sections = [
            (_("Cases"), Verb, TOLD, NOBODY),
            (_("Projects"), ProjectVerb, PROJECTS, {}),
            (_("Deliberations"), DeliberationVerb, DELIBERATIONS, {}),
            (_("Household surveys"), SurveyVerb, SURVEYS, NOBODY_OF_SURVEYS),
            (_("Appraisals"), AppraisalVerb, APPRAISALS, NOBODY_OF_APPRAISALS),
            (_("Owners' committees"), ElectionVerb, ELECTIONS, NOBODY_OF_ELECTIONS),
        ]
        return "\n".join([HEAD, *(line for section in sections for line in (*_section(*section), ""))])


def _section(
    heading: str | Promise, verbs: type, told: dict[str, tuple[str, ...]], nobody: dict[str, str | Promise]
) -> Iterator[str]:
    yield f"## {heading}\n"
    yield "| step | | told by | |"
    yield "|---|---|---|---|"
    for verb in verbs:  # type: ignore[attr-defined]
        kinds = told.get(verb, ())
        names = "<br>".join(f"`{kind}`" for kind in kinds)
        words = "<br>".join(label_of(kind) for kind in kinds) or nobody.get(verb, ON_ITS_PAGE)
        yield f"| `{verb.value}` | {verb.label} | {names} | {words} |"


def unknown() -> list[str]:
    """Kinds of the table that no app registers."""
    named = [table.values() for table in (TOLD, PROJECTS, DELIBERATIONS, SURVEYS, APPRAISALS, ELECTIONS)]
    return sorted({kind for tables in named for kinds in tables for kind in kinds} - KINDS.keys())
