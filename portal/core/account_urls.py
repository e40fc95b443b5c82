"""Signing in and out, the password, the second factor.

Not all of allauth's addresses: nobody signs up, and nothing is sent by mail, so neither addresses of mail nor links for
a forgotten password are looked after here: who looks after the accounts of an area gives a start password.
"""

from allauth.account import views
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    # The sign-in page of allauth asks for the address.
    path("signup/", RedirectView.as_view(pattern_name="account_login"), name="account_signup"),
    path("2fa/", include("allauth.mfa.urls")),
]
