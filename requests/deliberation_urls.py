"""Addresses of deliberations, meetings and follow-up tasks, under /desk/."""

from django.urls import path

from requests.views import deliberations, follow_up, meetings, polls
from requests.views.exporting import listed_as_files

urlpatterns = [
    path("deliberations/", deliberations.DeliberationList.as_view(), name="deliberation_list"),
    path("deliberations/new/", deliberations.DeliberationCreate.as_view(), name="deliberation_create"),
    path("deliberations/open/", deliberations.OpenListPage.as_view(), name="open_list"),
    *listed_as_files("deliberations", "deliberation", deliberations.DeliberationListExport),
    path("deliberations/<int:pk>/", deliberations.DeliberationDetail.as_view(), name="deliberation_detail"),
    path("deliberations/<int:pk>/edit/", deliberations.DeliberationEdit.as_view(), name="deliberation_edit"),
    path("deliberations/<int:pk>/do/<slug:verb>/", deliberations.DeliberationStep.as_view(), name="deliberation_step"),
    path("deliberations/<int:pk>/minutes/", deliberations.MinutesPage.as_view(), name="deliberation_minutes"),
    path("deliberations/<int:pk>/seats/new/", deliberations.SeatCreate.as_view(), name="seat_create"),
    path("deliberations/<int:pk>/tasks/new/", follow_up.TaskCreate.as_view(), name="task_create"),
    path("deliberations/<int:pk>/polls/new/", polls.PollCreate.as_view(), name="poll_create"),
    path("deliberations/<int:pk>/households/", polls.HouseholdsAdd.as_view(), name="households_add"),
    path("deliberations/files/<int:pk>/", deliberations.DocumentPage.as_view(), name="deliberation_file"),
    path("deliberations/seats/<int:pk>/<slug:verb>/", deliberations.SeatStep.as_view(), name="seat_step"),
    path("deliberations/objections/<int:pk>/", deliberations.ObjectionAnswer.as_view(), name="objection_answer"),
    path("deliberations/objections/<int:pk>/erase/", deliberations.ObjectionErase.as_view(), name="objection_erase"),
    path("deliberations/polls/<int:pk>/votes/", polls.PollVotes.as_view(), name="poll_votes"),
    path("deliberations/polls/<int:pk>/close/", polls.PollClose.as_view(), name="poll_close"),
    path("deliberation-tasks/", follow_up.TaskList.as_view(), name="task_list"),
    *listed_as_files("deliberation-tasks", "task", follow_up.TaskListExport),
    path("deliberation-tasks/<int:pk>/", follow_up.TaskDetail.as_view(), name="task_detail"),
    path("deliberation-tasks/<int:pk>/report/", follow_up.TaskReport.as_view(), name="task_report"),
    path("meetings/", meetings.MeetingList.as_view(), name="meeting_list"),
    path("meetings/new/", meetings.MeetingCreate.as_view(), name="meeting_create"),
    *listed_as_files("meetings", "meeting", meetings.MeetingListExport),
    path("meetings/<int:pk>/", meetings.MeetingDetail.as_view(), name="meeting_detail"),
    path("meetings/<int:pk>/hold/", meetings.MeetingHold.as_view(), name="meeting_hold"),
    path("meetings/<int:pk>/gather/", meetings.MeetingGather.as_view(), name="meeting_gather"),
    path("meetings/<int:pk>/print/", meetings.MeetingPrint.as_view(), name="meeting_print"),
    path("meetings/<int:pk>/items/<int:item>/<slug:verb>/", meetings.ItemStep.as_view(), name="item_step"),
]
