"""Accounts are made by administrators; nobody signs up for a desk."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from portal.core.throttling import client_ip


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Behind our proxy everybody would share its address, and thirty bad passwords would lock everybody out."""
        return client_ip(request)
