"""Every call of the API in one line, as /api/docs/ heads it.

What a step is called stands with its verbs, what a list holds with its model; here is the rest. A test refuses gaps.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests.deliberation_types import DeliberationVerb
from requests.models import Survey
from requests.project_types import ProjectVerb
from requests.types import Verb

# Actions of these are named like the verb that they call.
VERBS: Mapping[str, type[models.TextChoices]] = {
    "DeliberationViewSet": DeliberationVerb,
    "ProjectViewSet": ProjectVerb,
    "ServiceRequestViewSet": Verb,
}
# What can be done with the rows of any model.
STANDARD: Mapping[str, str | Promise] = {
    "list": pgettext_lazy("call of the API", "List: %(rows)s"),
    "retrieve": pgettext_lazy("call of the API", "One of them: %(rows)s"),
    "create": pgettext_lazy("call of the API", "Add: %(rows)s"),
    "update": pgettext_lazy("call of the API", "Replace: %(rows)s"),
    "partial_update": pgettext_lazy("call of the API", "Change: %(rows)s"),
    "destroy": pgettext_lazy("call of the API", "Delete: %(rows)s"),
}
SUMMARIES: Mapping[str, str | Promise] = {
    "RootView.get": pgettext_lazy("call of the API", "List what this API has"),
    "AbsenceViewSet.hand_back": pgettext_lazy("call of the API", "Give open cases back to who was away"),
    "AbsenceViewSet.hand_over": pgettext_lazy("call of the API", "Hand open cases over to the deputy"),
    "AccountViewSet.deactivate": pgettext_lazy("call of the API", "Close an account"),
    "AccountViewSet.reactivate": pgettext_lazy("call of the API", "Open a closed account again"),
    "AccountViewSet.remove_second_factor": pgettext_lazy("call of the API", "Remove the second factor"),
    "AccountViewSet.roles": pgettext_lazy("call of the API", "Give a role"),
    "AccountViewSet.end_role": pgettext_lazy("call of the API", "End a role"),
    "AccountViewSet.start_password": pgettext_lazy("call of the API", "Give a new start password"),
    "AccountViewSet.unlock": pgettext_lazy("call of the API", "Lift the lock of an account"),
    "AgreementViewSet.documents": pgettext_lazy("call of the API", "List the documents of an agreement"),
    "AgreementViewSet.add_document": pgettext_lazy("call of the API", "Attach a document to an agreement"),
    "AgreementViewSet.document": pgettext_lazy("call of the API", "Fetch a document of an agreement"),
    "AgreementViewSet.delete_document": pgettext_lazy("call of the API", "Delete a document of an agreement"),
    "AppraisalViewSet.publish": pgettext_lazy("call of the API", "Publish an appraisal"),
    "AppraisalViewSet.score": pgettext_lazy("call of the API", "Record the score of the branch"),
    "AssignmentViewSet.accept": pgettext_lazy("call of the API", "Accept a place on duty"),
    "AssignmentViewSet.check_in": pgettext_lazy("call of the API", "Check in"),
    "AssignmentViewSet.check_out": pgettext_lazy("call of the API", "Check out"),
    "AssignmentViewSet.decline": pgettext_lazy("call of the API", "Decline a place on duty"),
    "AssignmentViewSet.move": pgettext_lazy("call of the API", "Move somebody to another shift"),
    "AssignmentViewSet.no_show": pgettext_lazy("call of the API", "Record that somebody did not come"),
    "AssignmentViewSet.partners": pgettext_lazy("call of the API", "List places to swap with"),
    "AssignmentViewSet.pin": pgettext_lazy("call of the API", "Pin or unpin a place"),
    "AssignmentViewSet.withdraw": pgettext_lazy("call of the API", "Give a place back"),
    "BrandProjectViewSet.stage": pgettext_lazy("call of the API", "Bring a brand project to its next stage"),
    "CallOutAskViewSet.answer": pgettext_lazy("call of the API", "Answer whether one can stand in"),
    "CallOutViewSet.stop": pgettext_lazy("call of the API", "Stop a call-out"),
    "CandidateViewSet.check": pgettext_lazy("call of the API", "Record a check of a candidate"),
    "CandidateViewSet.decide": pgettext_lazy("call of the API", "Decide on a candidate"),
    "CandidateViewSet.erase": pgettext_lazy("call of the API", "Erase name and phone of a candidate"),
    "CandidateViewSet.reveal": pgettext_lazy("call of the API", "See name and phone of a candidate"),
    "CertificateViewSet.issue": pgettext_lazy("call of the API", "Issue a certificate"),
    "CertificateViewSet.revoke": pgettext_lazy("call of the API", "Revoke a certificate"),
    "CertificateViewSet.turn_down": pgettext_lazy("call of the API", "Turn an application for a certificate down"),
    "CodeTablesView.get": pgettext_lazy("call of the API", "List the code tables"),
    "CodeTableView.get": pgettext_lazy("call of the API", "Fetch a code table"),
    "PollViewSet.close": pgettext_lazy("call of the API", "Close a vote"),
    "PollViewSet.votes": pgettext_lazy("call of the API", "Record votes"),
    "TaskViewSet.report": pgettext_lazy("call of the API", "Report a task as done"),
    "DeliberationViewSet.erase_objection": pgettext_lazy("call of the API", "Erase who objected"),
    "DeliberationViewSet.invite": pgettext_lazy("call of the API", "Give somebody a seat"),
    "DeliberationViewSet.put_question": pgettext_lazy("call of the API", "Put a question to the vote"),
    "DeliberationViewSet.reply": pgettext_lazy("call of the API", "Say whether somebody comes"),
    "DeliberationViewSet.give_task": pgettext_lazy("call of the API", "Give a task"),
    "DeliberationViewSet.unseat": pgettext_lazy("call of the API", "Take a seat away"),
    "DutyTemplateViewSet.apply": pgettext_lazy("call of the API", "Bring shifts in step with a template"),
    "DutyTemplateViewSet.preview": pgettext_lazy("call of the API", "Preview a change of a template"),
    "DutyTemplateViewSet.preview_new": pgettext_lazy("call of the API", "Preview a new template"),
    "ElectionViewSet.enter": pgettext_lazy("call of the API", "Enter a candidate"),
    "ElectionViewSet.publish": pgettext_lazy("call of the API", "Publish the candidates"),
    "UploadView.post": pgettext_lazy("call of the API", "Upload a photo or a PDF"),
    "HotlineReturnViewSet.mark_sent": pgettext_lazy("call of the API", "Mark a result as sent"),
    "HotlineReturnViewSet.retry": pgettext_lazy("call of the API", "Send a result again"),
    "RiderCodeViewSet.issue": pgettext_lazy("call of the API", "Give a rider a code"),
    "RiderCodeViewSet.block": pgettext_lazy("call of the API", "Block a rider's code"),
    "RiderCodeViewSet.unblock": pgettext_lazy("call of the API", "Let a rider's code count again"),
    "HourClaimViewSet.decide": pgettext_lazy("call of the API", "Decide about claimed hours"),
    "HourEntryViewSet.reverse": pgettext_lazy("call of the API", "Reverse an entry of hours"),
    "MeView.get": pgettext_lazy("call of the API", "See who I am and what I may do"),
    "MeetingViewSet.gather": pgettext_lazy("call of the API", "Gather what has come up since"),
    "MeetingViewSet.hold": pgettext_lazy("call of the API", "Record the minutes of a meeting"),
    "MeetingViewSet.items": pgettext_lazy("call of the API", "List the agenda of a meeting"),
    "MemberReportViewSet.confirm": pgettext_lazy("call of the API", "Confirm a member's report"),
    "MemberReportViewSet.end": pgettext_lazy("call of the API", "End a member's report"),
    "NotificationViewSet.read": pgettext_lazy("call of the API", "Mark a notification as read"),
    "NotificationViewSet.read_all": pgettext_lazy("call of the API", "Mark all notifications as read"),
    "ListedViewSet.geojson": pgettext_lazy("call of the API", "Fetch public requests for a map"),
    "ConsentView.get": pgettext_lazy("call of the API", "Fetch the consent text in force"),
    "AskView.post": pgettext_lazy("call of the API", "Ask for something"),
    "FollowView.get": pgettext_lazy("call of the API", "Follow a request by its code"),
    "AgreeView.post": Verb.AGREE.label,
    "AppealView.post": Verb.APPEAL.label,
    "PhotoView.get": pgettext_lazy("call of the API", "Fetch a photo of a public timeline"),
    "RateView.post": Verb.RATE.label,
    "RedoView.post": pgettext_lazy("call of the API", "Ask for a redo"),
    "ReplyView.post": pgettext_lazy("call of the API", "Answer a question"),
    "WithdrawView.post": Verb.WITHDRAW.label,
    "LostCodeView.post": pgettext_lazy("call of the API", "Have a lost code sent"),
    "LostCodeCheckView.post": pgettext_lazy("call of the API", "See what was asked with a phone"),
    "RedemptionViewSet.redeem": pgettext_lazy("call of the API", "Hand a reward out"),
    "ReplyTemplateViewSet.filled": pgettext_lazy("call of the API", "Fill a template for a case"),
    "ReportListView.get": pgettext_lazy("call of the API", "List the reports"),
    "DeliberationSummaryView.get": pgettext_lazy("call of the API", "Figures of deliberations"),
    "DeliberationRowsView.get": pgettext_lazy("call of the API", "Rows behind figures of deliberations"),
    "DutySummaryView.get": pgettext_lazy("call of the API", "Figures of duty"),
    "DutyRowsView.get": pgettext_lazy("call of the API", "Rows behind figures of duty"),
    "NetworkSummaryView.get": pgettext_lazy("call of the API", "Figures of the network of stations"),
    "NetworkRowsView.get": pgettext_lazy("call of the API", "Rows behind figures of the network of stations"),
    "ProjectsFunnelView.get": pgettext_lazy("call of the API", "Figures of projects"),
    "ProjectsRowsView.get": pgettext_lazy("call of the API", "Rows behind figures of projects"),
    "RequestsSummaryView.get": pgettext_lazy("call of the API", "Figures of requests"),
    "RequestsRowsView.get": pgettext_lazy("call of the API", "Rows behind figures of requests"),
    "SurveySummaryView.get": pgettext_lazy("call of the API", "Figures of surveys and appraisals"),
    "SurveyRowsView.get": pgettext_lazy("call of the API", "Rows behind figures of surveys and appraisals"),
    "ClaimViewSet.release": pgettext_lazy("call of the API", "Release what was claimed"),
    "ClaimViewSet.use": pgettext_lazy("call of the API", "Record what was used"),
    "ResourceViewSet.matches": pgettext_lazy("call of the API", "Find requests that a resource fits"),
    "ResourceViewSet.pause": pgettext_lazy("call of the API", "Pause a resource"),
    "ResourceViewSet.resume": pgettext_lazy("call of the API", "Offer a resource again"),
    "ResourceViewSet.withdraw": pgettext_lazy("call of the API", "Withdraw a resource"),
    "RewardViewSet.restock": pgettext_lazy("call of the API", "Change the stock of a reward"),
    "RosterViewSet.cancel": pgettext_lazy("call of the API", "Cancel a roster"),
    "RosterViewSet.comparison": pgettext_lazy("call of the API", "Compare a draft with what stands"),
    "RosterViewSet.move": pgettext_lazy("call of the API", "Move a line of a draft"),
    "RosterViewSet.pin": pgettext_lazy("call of the API", "Pin a line of a draft"),
    "RosterViewSet.publish": pgettext_lazy("call of the API", "Publish a roster"),
    "RosterViewSet.solve_again": pgettext_lazy("call of the API", "Solve a roster again"),
    "RoutingRuleViewSet.switch_off": pgettext_lazy("call of the API", "Switch a routing rule off"),
    "RoutingRuleViewSet.switch_on": pgettext_lazy("call of the API", "Switch a routing rule on"),
    "RoutingRuleViewSet.trial": pgettext_lazy("call of the API", "Try a routing rule on past cases"),
    "ServiceRequestViewSet.dispatch_to": Verb.DISPATCH.label,
    "ServiceRequestViewSet.assists": pgettext_lazy("call of the API", "List the parts of assisting units"),
    "ServiceRequestViewSet.category_suggestion": pgettext_lazy("call of the API", "Suggest a category"),
    "ServiceRequestViewSet.clocks": pgettext_lazy("call of the API", "Explain the limits of a case"),
    "ServiceRequestViewSet.duplicates": pgettext_lazy("call of the API", "Find likely duplicates"),
    "ServiceRequestViewSet.erase": pgettext_lazy("call of the API", "Erase personal data of a case"),
    "ServiceRequestViewSet.file": pgettext_lazy("call of the API", "Fetch a photo or document of a case"),
    "ServiceRequestViewSet.matches": pgettext_lazy("call of the API", "Find who and what could help"),
    "ServiceRequestViewSet.reveal": pgettext_lazy("call of the API", "See who asked in full"),
    "ServiceRequestViewSet.routing_proposal": pgettext_lazy("call of the API", "Propose whom to dispatch to"),
    "ServiceRequestViewSet.look_up_caller": pgettext_lazy("call of the API", "Find earlier requests of a caller"),
    "ServiceRequestViewSet.hot_topics": pgettext_lazy("call of the API", "List hot topics"),
    "ServiceRequestViewSet.propose": pgettext_lazy("call of the API", "Propose before recording"),
    "ShiftViewSet.call_off": pgettext_lazy("call of the API", "Call a shift off"),
    "ShiftViewSet.nearby": pgettext_lazy("call of the API", "Find people of stations nearby"),
    "ShiftViewSet.exchange_turn": pgettext_lazy("call of the API", "Give the turn for a shift to another unit"),
    "ShiftViewSet.sign_up": pgettext_lazy("call of the API", "Sign up for a shift"),
    "StatementListView.get": pgettext_lazy("call of the API", "List statements of double check-in"),
    "StatementDetailView.get": pgettext_lazy("call of the API", "Fetch a statement of double check-in"),
    "StatementRowsView.get": pgettext_lazy("call of the API", "Rows of a statement of double check-in"),
    "StreetDraftViewSet.accept": pgettext_lazy("call of the API", "Accept a line of a matching draft"),
    "StreetDraftViewSet.pass_over": pgettext_lazy("call of the API", "Pass over a line of a matching draft"),
    "SurveyAnswersView.get": pgettext_lazy("call of the API", "Fetch the answers of a survey"),
    "SurveyViewSet.close": pgettext_lazy("call of the API", "Close a survey"),
    "SurveyViewSet.move_end": pgettext_lazy("call of the API", "Move the last day of a survey"),
    "SurveyViewSet.open_up": pgettext_lazy("call of the API", "Open a survey"),
    "SurveyViewSet.ask": pgettext_lazy("call of the API", "Add a question to a survey"),
    "SurveyViewSet.take_back": pgettext_lazy("call of the API", "Take an answer back"),
    "SurveyViewSet.record": pgettext_lazy("call of the API", "Record the answers of a household"),
    "SwapViewSet.accept": pgettext_lazy("call of the API", "Agree to a swap"),
    "SwapViewSet.cancel": pgettext_lazy("call of the API", "Cancel a swap"),
    "SwapViewSet.refuse": pgettext_lazy("call of the API", "Refuse a swap"),
    "TeamViewSet.members": pgettext_lazy("call of the API", "List the members of a team"),
    "TeamViewSet.add_member": pgettext_lazy("call of the API", "Add somebody to a team"),
    "TeamViewSet.admit": pgettext_lazy("call of the API", "Admit somebody to a team"),
    "TeamViewSet.end": pgettext_lazy("call of the API", "End a membership of a team"),
    "TeamViewSet.leader": pgettext_lazy("call of the API", "Name or dismiss a leader of a team"),
    "TeamViewSet.turn_down": pgettext_lazy("call of the API", "Turn an application to a team down"),
    "UnitReportViewSet.confirm": pgettext_lazy("call of the API", "Confirm a unit's report"),
    "UnitReportViewSet.end": pgettext_lazy("call of the API", "End a unit's report"),
    "UnitReportViewSet.fulfil": pgettext_lazy("call of the API", "Mark a pledge as fulfilled"),
    "UnitReportViewSet.pledge": pgettext_lazy("call of the API", "Add a pledge to a unit's report"),
    "UnitReportViewSet.reopen": pgettext_lazy("call of the API", "Open a pledge again"),
    "UnitReportViewSet.withdraw_pledge": pgettext_lazy("call of the API", "Withdraw a pledge"),
    "VisitViewSet.figures": pgettext_lazy("call of the API", "Count home visits"),
    "VolunteerViewSet.confirm": pgettext_lazy("call of the API", "Confirm a volunteer"),
    "VolunteerViewSet.set_day": pgettext_lazy("call of the API", "Set when somebody is free on a day"),
    "VolunteerViewSet.clear_day": pgettext_lazy("call of the API", "Clear what was set for a day"),
    "VolunteerViewSet.erase": pgettext_lazy("call of the API", "Erase personal data of a volunteer"),
    "VolunteerViewSet.leave": pgettext_lazy("call of the API", "Take somebody off the register"),
    "VolunteerViewSet.merge": pgettext_lazy("call of the API", "Merge two entries of a volunteer"),
    "VolunteerViewSet.pause": pgettext_lazy("call of the API", "Pause a volunteer"),
    "VolunteerViewSet.refuse": pgettext_lazy("call of the API", "Refuse somebody who signed up"),
    "VolunteerViewSet.resume": pgettext_lazy("call of the API", "Have a volunteer active again"),
    "VolunteerViewSet.reveal": pgettext_lazy("call of the API", "See how to reach a volunteer"),
    "VolunteerViewSet.add_skill": pgettext_lazy("call of the API", "Add a skill"),
    "VolunteerViewSet.remove_skill": pgettext_lazy("call of the API", "Remove a skill"),
    "VolunteerViewSet.verify_skill": pgettext_lazy("call of the API", "Verify a skill"),
    "VolunteerViewSet.week": pgettext_lazy("call of the API", "Set the times of the week"),
    "DeliveryViewSet.replay": pgettext_lazy("call of the API", "Send a delivery again"),
    "WebhookViewSet.ping": pgettext_lazy("call of the API", "Send a trial"),
    "WebhookViewSet.switch_off": pgettext_lazy("call of the API", "Switch a webhook off"),
    "WebhookViewSet.switch_on": pgettext_lazy("call of the API", "Switch a webhook on"),
}
# What lies under no model of its own.
TAGS: Mapping[str, str | Promise] = {
    "households": _("Households"),
    "public": pgettext_lazy("part of the API", "For residents, without an account"),
    "reports": pgettext_lazy("part of the API", "Reports"),
    "surveys": Survey._meta.verbose_name_plural,
    "statements": _("Statement of double check-in"),
    "": pgettext_lazy("part of the API", "In general"),
}


def tag_of(view: Any, path: str) -> str:
    """The part of the documentation that a call belongs to."""
    below = path.removeprefix("/api/v1/").partition("/")[0]
    if below in TAGS:
        return str(TAGS[below])
    return str(_rows_of(view) or TAGS[""])


def summary_of(view: Any, method: str) -> str:
    """One line for a call; empty where nobody has written one."""
    name, action = type(view).__name__, getattr(view, "action", None) or method.lower()
    if found := SUMMARIES.get(f"{name}.{action}"):
        return str(found)
    if action in STANDARD and (rows := _rows_of(view)):
        return str(STANDARD[action]) % {"rows": rows}
    verbs = VERBS.get(name)
    return str(verbs(action).label) if verbs is not None and action in verbs else ""


def _rows_of(view: Any) -> str | Promise | None:
    rows = getattr(view, "queryset", None)
    return None if rows is None else rows.model._meta.verbose_name_plural
