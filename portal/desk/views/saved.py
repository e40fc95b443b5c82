"""A person's own saved views of the list."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.pages import StaffPage
from portal.core.text import clean_text
from portal.desk.filtering import cleaned_query, only_filters, refuse_addresses
from portal.desk.models import MOST_VIEWS, SavedView


class ViewsPage(StaffPage):
    """POST keeps the filters of a list under a name; the same name again replaces them."""

    capability = "requests:read"

    def post(self, request: HttpRequest) -> HttpResponse:
        name = clean_text(request.POST.get("name", ""), max_length=20)
        typed = QueryDict(request.POST.get("query", "")[:1000])
        refuse_addresses(typed)
        query = only_filters(cleaned_query(typed)).urlencode()
        mine = SavedView.objects.for_user(request.user)
        if not name or not query:
            raise DomainError("invalid", _("Give the view a name, and filter the list first."))
        if mine.exclude(name=name).count() >= MOST_VIEWS:
            raise DomainError(
                "too_many", _("You have %(count)d views already. Delete one first.") % {"count": MOST_VIEWS}
            )
        SavedView.objects.update_or_create(user=request.user, name=name, defaults={"query": query})
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": name})
        return redirect(f"{reverse('desk:requests')}?{query}")


class ViewDeletePage(StaffPage):
    """POST forgets a view; the cases in it stay what they are."""

    capability = "requests:read"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        view = self.one_of(SavedView.objects, pk=pk)
        view.delete()
        messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
        return redirect(reverse("desk:requests"))
