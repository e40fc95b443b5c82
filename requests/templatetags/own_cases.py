"""The count of cases in a volunteer's own navigation."""

from typing import Any

from django import template

from requests import own

register = template.Library()


@register.simple_tag(takes_context=True)
def own_case_count(context: template.Context) -> int | None:
    """How many cases wait for whoever reads the page; None for none, so that no nought stands there."""
    user: Any = context.get("user")
    return own.waiting_count(user) or None if hasattr(user, "scope") else None
