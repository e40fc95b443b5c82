"""Addresses of what the demand loop keeps beside its cases, under /desk/."""

from django.urls import path

from requests import channel_urls, deliberation_urls, survey_urls
from requests.views import absences, limits, projects, replies

app_name = "requests"
urlpatterns = [
    *channel_urls.urlpatterns,
    *deliberation_urls.urlpatterns,
    *survey_urls.urlpatterns,
    path("limits/", limits.LimitList.as_view(), name="limit_list"),
    path("limits/new/", limits.LimitCreate.as_view(), name="limit_create"),
    path("limits/<int:pk>/", limits.LimitDetail.as_view(), name="limit_detail"),
    path("limits/<int:pk>/edit/", limits.LimitEdit.as_view(), name="limit_edit"),
    path("limits/<int:pk>/delete/", limits.LimitDelete.as_view(), name="limit_delete"),
    path("reply-templates/", replies.ReplyTemplateList.as_view(), name="reply_template_list"),
    path("reply-templates/new/", replies.ReplyTemplateCreate.as_view(), name="reply_template_create"),
    path("reply-templates/<int:pk>/", replies.ReplyTemplateDetail.as_view(), name="reply_template_detail"),
    path("reply-templates/<int:pk>/edit/", replies.ReplyTemplateEdit.as_view(), name="reply_template_edit"),
    path("reply-templates/<int:pk>/delete/", replies.ReplyTemplateDelete.as_view(), name="reply_template_delete"),
    path("review-rules/", replies.ReviewRuleList.as_view(), name="review_rule_list"),
    path("review-rules/new/", replies.ReviewRuleCreate.as_view(), name="review_rule_create"),
    path("review-rules/<int:pk>/", replies.ReviewRuleDetail.as_view(), name="review_rule_detail"),
    path("review-rules/<int:pk>/edit/", replies.ReviewRuleEdit.as_view(), name="review_rule_edit"),
    path("review-rules/<int:pk>/delete/", replies.ReviewRuleDelete.as_view(), name="review_rule_delete"),
    path("absences/", absences.AbsenceList.as_view(), name="absence_list"),
    path("absences/new/", absences.AbsenceCreate.as_view(), name="absence_create"),
    path("absences/<int:pk>/", absences.AbsenceDetail.as_view(), name="absence_detail"),
    path("absences/<int:pk>/edit/", absences.AbsenceEdit.as_view(), name="absence_edit"),
    path("absences/<int:pk>/delete/", absences.AbsenceDelete.as_view(), name="absence_delete"),
    path("absences/<int:pk>/hand-over/", absences.HandOverPage.as_view(), name="absence_hand_over"),
    path("absences/<int:pk>/hand-back/", absences.HandBackPage.as_view(), name="absence_hand_back"),
    path("projects/", projects.ProjectList.as_view(), name="project_list"),
    path("projects/new/", projects.ProjectCreate.as_view(), name="project_create"),
    path("projects/lookup/", projects.ProjectLookupPage.as_view(), name="project_lookup"),
    path("projects/export.csv", projects.ProjectExport.as_view(), {"kind": "csv"}, name="project_csv"),
    path("projects/export.xlsx", projects.ProjectExport.as_view(), {"kind": "xlsx"}, name="project_xlsx"),
    path("projects/<int:pk>/", projects.ProjectDetail.as_view(), name="project_detail"),
    path("projects/<int:pk>/edit/", projects.ProjectEdit.as_view(), name="project_edit"),
    path("projects/<int:pk>/contributors/", projects.ContributorsPage.as_view(), name="project_contributors"),
    path("projects/<int:pk>/photos/<int:photo>/", projects.ProjectPhotoPage.as_view(), name="project_photo"),
    path("projects/<int:pk>/<slug:verb>/<slug:kind>/<int:part>/", projects.ProjectPart.as_view(), name="project_part"),
    path("projects/<int:pk>/do/<slug:verb>/", projects.ProjectStep.as_view(), name="project_step"),
]
