"""Addresses of the hotline's results, of home visits and of riders' codes, under /desk/."""

from django.urls import path

from requests.views import hotline, rider_codes, visits

urlpatterns = [
    path("hotline/", hotline.ReturnList.as_view(), name="hotline_return_list"),
    path("hotline/<int:pk>/", hotline.ReturnDetail.as_view(), name="hotline_return_detail"),
    path("hotline/<int:pk>/retry/", hotline.RetryPage.as_view(), name="hotline_retry"),
    path("hotline/hand-over/", hotline.HandOverPage.as_view(), name="hotline_hand_over"),
    path("hotline/unsent.xlsx", hotline.UnsentFile.as_view(), name="hotline_unsent"),
    path("rider-codes/", rider_codes.RiderCodeList.as_view(), name="rider_code_list"),
    path("rider-codes/<int:pk>/", rider_codes.RiderCodeDetail.as_view(), name="rider_code_detail"),
    path("rider-codes/<int:pk>/issue/", rider_codes.IssuePage.as_view(), name="rider_code_issue"),
    path("rider-codes/<int:pk>/block/", rider_codes.BlockPage.as_view(), name="rider_code_block"),
    path("rider-codes/<int:pk>/unblock/", rider_codes.UnblockPage.as_view(), name="rider_code_unblock"),
    path("visits/", visits.VisitList.as_view(), name="visit_list"),
    path("visits/new/", visits.VisitNew.as_view(), name="visit_create"),
    path("visits/hints/", visits.VisitHints.as_view(), name="visit_hints"),
    path("visits/export.xlsx", visits.VisitExport.as_view(), name="visit_xlsx"),
    path("visits/<int:pk>/", visits.VisitDetail.as_view(), name="visit_detail"),
]
