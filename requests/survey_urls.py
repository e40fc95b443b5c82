"""Addresses of household surveys, appraisals and elections, under /desk/."""

from django.urls import path

from requests.views import appraisals, elections, surveys
from requests.views.exporting import listed_as_files

urlpatterns = [
    path("surveys/", surveys.SurveyList.as_view(), name="survey_list"),
    path("surveys/new/", surveys.SurveyCreate.as_view(), name="survey_create"),
    *listed_as_files("surveys", "survey", surveys.SurveyListExport),
    path("surveys/<int:pk>/", surveys.SurveyDetail.as_view(), name="survey_detail"),
    path("surveys/<int:pk>/edit/", surveys.SurveyEdit.as_view(), name="survey_edit"),
    path("surveys/<int:pk>/last-day/", surveys.SurveyMoveEnd.as_view(), name="survey_move_end"),
    path("surveys/<int:pk>/close/", surveys.SurveyClose.as_view(), name="survey_close"),
    path("surveys/<int:pk>/do/<slug:verb>/", surveys.SurveyStep.as_view(), name="survey_step"),
    path("surveys/<int:pk>/questions/new/", surveys.QuestionCreate.as_view(), name="survey_question_create"),
    path(
        "surveys/<int:pk>/questions/<int:question>/remove/",
        surveys.QuestionRemove.as_view(),
        name="survey_question_remove",
    ),
    path("surveys/<int:pk>/households/", surveys.SurveyHouseholds.as_view(), name="survey_households"),
    path("surveys/<int:pk>/doors/", surveys.DoorsPage.as_view(), name="survey_doors"),
    path("surveys/<int:pk>/doors/<int:household>/", surveys.DoorPage.as_view(), name="survey_door"),
    path("surveys/<int:pk>/visits/<int:visit>/take-back/", surveys.VisitTakeBack.as_view(), name="survey_take_back"),
    path("surveys/<int:pk>/answers.csv", surveys.SurveyExport.as_view(), {"kind": "csv"}, name="survey_csv"),
    path("surveys/<int:pk>/answers.xlsx", surveys.SurveyExport.as_view(), {"kind": "xlsx"}, name="survey_xlsx"),
    path("appraisals/", appraisals.AppraisalList.as_view(), name="appraisal_list"),
    path("appraisals/new/", appraisals.AppraisalCreate.as_view(), name="appraisal_create"),
    *listed_as_files("appraisals", "appraisal", appraisals.AppraisalListExport),
    path("appraisals/<int:pk>/", appraisals.AppraisalDetail.as_view(), name="appraisal_detail"),
    path("appraisals/<int:pk>/edit/", appraisals.AppraisalEdit.as_view(), name="appraisal_edit"),
    path("appraisals/<int:pk>/score/", appraisals.AppraisalScore.as_view(), name="appraisal_score"),
    path("appraisals/<int:pk>/do/<slug:verb>/", appraisals.AppraisalStep.as_view(), name="appraisal_step"),
    path("elections/", elections.ElectionList.as_view(), name="election_list"),
    path("elections/new/", elections.ElectionCreate.as_view(), name="election_create"),
    *listed_as_files("elections", "election", elections.ElectionListExport),
    path("elections/<int:pk>/", elections.ElectionDetail.as_view(), name="election_detail"),
    path("elections/<int:pk>/edit/", elections.ElectionEdit.as_view(), name="election_edit"),
    *listed_as_files("elections/<int:pk>/candidates", "candidate", elections.CandidateListExport),
    path("elections/<int:pk>/candidates/new/", elections.CandidateCreate.as_view(), name="candidate_create"),
    path("elections/<int:pk>/publish/", elections.ElectionPublish.as_view(), name="election_publish"),
    path("candidates/<int:pk>/", elections.CandidateDetail.as_view(), name="candidate_detail"),
    path("candidates/<int:pk>/edit/", elections.CandidateEdit.as_view(), name="candidate_edit"),
    path("candidates/<int:pk>/strike/", elections.CandidateStrike.as_view(), name="candidate_strike"),
    path("candidates/<int:pk>/check/", elections.CandidateCheckPage.as_view(), name="candidate_check"),
    path("candidates/<int:pk>/decide/", elections.CandidateDecide.as_view(), name="candidate_decide"),
    path("candidates/<int:pk>/reveal/", elections.CandidateReveal.as_view(), name="candidate_reveal"),
    path("candidates/<int:pk>/do/<slug:verb>/", elections.CandidateErase.as_view(), name="candidate_step"),
]
