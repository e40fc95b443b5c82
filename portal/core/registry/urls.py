"""Addresses of the ground floor's registry, under /desk/."""

from django.urls import path

from portal.core.registry import accounts, regions
from portal.core.registry import organizations as pages

app_name = "registry"
urlpatterns = [
    path("regions/", regions.RegionList.as_view(), name="region_list"),
    path("regions/lookup/", regions.RegionLookup.as_view(), name="region_lookup"),
    path("regions/<int:pk>/", regions.RegionDetail.as_view(), name="region_detail"),
    path("regions/<int:pk>/<slug:verb>/", regions.RegionActionPage.as_view(), name="region_action"),
    path("organizations/", pages.OrganizationList.as_view(), name="organization_list"),
    path("organizations/new/", pages.OrganizationCreate.as_view(), name="organization_create"),
    path("organizations/lookup/", pages.OrganizationLookup.as_view(), name="organization_lookup"),
    path("organizations/<int:pk>/", pages.OrganizationDetail.as_view(), name="organization_detail"),
    path("organizations/<int:pk>/edit/", pages.OrganizationEdit.as_view(), name="organization_edit"),
    path("estates/", pages.EstateList.as_view(), name="estate_list"),
    path("estates/new/", pages.EstateCreate.as_view(), name="estate_create"),
    path("estates/lookup/", pages.EstateLookup.as_view(), name="estate_lookup"),
    path("estates/<int:pk>/", pages.EstateDetail.as_view(), name="estate_detail"),
    path("estates/<int:pk>/edit/", pages.EstateEdit.as_view(), name="estate_edit"),
    path("posts/", pages.PostList.as_view(), name="post_list"),
    path("posts/new/", pages.PostCreate.as_view(), name="post_create"),
    path("posts/<int:pk>/", pages.PostDetail.as_view(), name="post_detail"),
    path("posts/<int:pk>/edit/", pages.PostEdit.as_view(), name="post_edit"),
    path("accounts/", accounts.AccountList.as_view(), name="account_list"),
    path("accounts/new/", accounts.AccountCreate.as_view(), name="account_create"),
    path("accounts/<int:pk>/", accounts.AccountDetail.as_view(), name="account_detail"),
    path("accounts/<int:pk>/edit/", accounts.AccountEdit.as_view(), name="account_edit"),
    path("accounts/<int:pk>/roles/new/", accounts.RoleCreate.as_view(), name="account_role_create"),
    path("accounts/<int:pk>/roles/<int:role>/end/", accounts.RoleEnd.as_view(), name="account_role_end"),
    path("accounts/<int:pk>/<slug:verb>/", accounts.AccountActionPage.as_view(), name="account_action"),
    path("people/lookup/", pages.PersonLookup.as_view(), name="person_lookup"),
]
