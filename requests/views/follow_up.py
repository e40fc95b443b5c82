"""/desk/deliberation-tasks/: what follows from resolutions, for whoever has to do it, on a phone, too."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.core.errors import NotAllowed
from portal.core.humanize import Look
from portal.core.registry.pages import Column, DetailPage, ListPage
from portal.core.templatetags.portal import tag_html
from requests import list_exports
from requests.deliberation_filters import TaskFilter
from requests.deliberation_types import TaskState
from requests.deliberations import follow_up
from requests.forms import deliberations as forms
from requests.models import Deliberation, FollowUpTask
from requests.models.deliberations import EXPORT
from requests.subjects import TASKS
from requests.views.deliberations import OfDeliberationPage, moment
from requests.views.exporting import Exportable, ListExport
from volunteers.views.verbs import VerbForm


def status_tag(row: FollowUpTask) -> Any:
    if row.is_overdue:
        return tag_html(_("Overdue"), Look("clock-exclamation", "bad"))
    is_done = row.state == TaskState.DONE
    return tag_html(row.get_state_display(), Look("circle-check", "good") if is_done else Look("clock", "info"))


class TaskPage:
    subject = TASKS

    def queryset(self) -> Any:
        return FollowUpTask.objects.select_related("organization", "person", "deliberation")


class TaskList(Exportable, TaskPage, ListPage):
    exports = EXPORT
    template_name = "requests/deliberation_list.html"
    filterset_class = TaskFilter
    first_filters = ("q", "state", "mine", "overdue")
    has_create = False
    columns = (
        Column(_("what is to be done"), "text"),
        Column(_("who"), "owner", "only-wide"),
        Column(_("due on"), lambda row: row.due_on.isoformat(), "nowrap"),
        Column(_("deliberation"), lambda row: row.deliberation.number, "only-wide"),
        Column(_("Status"), status_tag),
    )
    empty_hint = _("Tasks follow from the resolutions of deliberations.")


class TaskListExport(ListExport, TaskList):
    table = staticmethod(list_exports.tasks)


class TaskDetail(TaskPage, DetailPage):
    template_name = "requests/task_detail.html"

    def facts(self, row: FollowUpTask) -> list[tuple[Any, Any]]:
        return [
            (_("who"), row.owner), (_("due on"), row.due_on), (_("deliberation"), row.deliberation.number),
            (_("done on"), moment(row.done_at)), (_("result"), row.result),
        ]  # fmt: skip

    def may_edit(self, row: Any) -> bool:
        """It changes by its result alone."""
        return False

    def more(self, row: FollowUpTask) -> dict[str, Any]:
        user = self.request.user
        seen = Deliberation.objects.for_user(user).filter(pk=row.deliberation_id).first()
        may = row.state == TaskState.OPEN and follow_up.may_report(row, by=user)
        return {"status_tag": status_tag(row), "deliberation": seen, "may_report": may}


class TaskReport(TaskPage, VerbForm):
    template_name = "requests/verb_form.html"
    # Contacts of units say so of what is theirs.
    capability = TASKS.read
    form_class = forms.ReportForm
    heading = _("Say that it is done")
    said = _("The task is done.")

    def found(self, pk: int) -> FollowUpTask:
        row = self.row(pk)
        if not follow_up.may_report(row, by=self.request.user):
            raise NotAllowed()
        return row

    def do(self, row: FollowUpTask, asked: dict[str, Any]) -> None:
        follow_up.report(row, by=self.request.user, **asked)


class TaskCreate(OfDeliberationPage):
    form_class = forms.TaskForm
    heading = _("Give a task")
    consequence = _("Its owner is told, and reminded once when the day has passed.")
    said = _("The task has been given.")

    def do(self, row: Deliberation, asked: dict[str, Any]) -> None:
        follow_up.give(row, by=self.request.user, **asked)
