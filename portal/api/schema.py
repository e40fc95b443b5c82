"""What an engineer reads at /api/docs/: each call in one line, what it needs, how it refuses."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.plumbing import ResolvedComponent

from portal.api.errors import ErrorSerializer
from portal.api.summaries import summary_of, tag_of
from portal.core.permissions import LABELS
from portal.core.rest import schema
from portal.core.rest.permissions import needed_capability

# Name in the schema and sentence of each kind of refusal; which of them a call has, `_refusals` says.
REFUSALS: dict[str, tuple[str, str | Promise]] = {
    "400": (
        "Invalid",
        gettext_lazy("Something that was sent is wrong: `fields` says what and where (code `invalid`)."),
    ),
    "401": ("NotSignedIn", gettext_lazy("No token, or one that does not hold (`not_authenticated`, `bad_token`).")),
    "403": (
        "NotAllowed",
        gettext_lazy(
            "The token lacks the permission (`missing_permission`: `permission` names it), or its account may not"
            " do this."
        ),
    ),
    "404": ("NotFound", gettext_lazy("There is no such row, or it is not one of yours (`not_found`).")),
    "409": (
        "Conflict",
        gettext_lazy(
            "Somebody was faster (`stale`: `version`, `state` and `since` say what happened), or the state does"
            " not allow it (`not_possible_now`); `allowed` says what is possible instead."
        ),
    ),
    "default": ("Refused", gettext_lazy("Any other refusal, in the same shape.")),
    "429": ("TooMany", gettext_lazy("Too many calls (`throttled`): wait for `retry_after` seconds.")),
}
CHANGES = ("POST", "PUT", "PATCH", "DELETE")


class AutoSchema(schema.AutoSchema):
    def get_summary(self) -> str | None:
        return super().get_summary() or summary_of(self.view, self.method) or None

    def get_tags(self) -> list[str]:
        return [tag_of(self.view, self.path)]

    def get_description(self) -> str:
        return "\n\n".join(filter(None, [super().get_description(), self._needs()]))

    def _needs(self) -> str:
        """Which permission a token has to have."""
        if getattr(self.view, "public", False):
            return _("Needs no token.")
        needed = needed_capability(self.view)
        if needed is None:
            return _("Needs a token with any permission.")
        names = (needed,) if isinstance(needed, str) else needed
        words = _(" or ").join(f"`{name}` ({LABELS[name]})" for name in names)
        return _("Needs the permission %(permission)s.") % {"permission": words}

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        if direction != "response":
            return bodies
        return {**bodies, **{status: self._refusal(status) for status in self._refusals()}}

    def _refusals(self) -> Iterator[str]:
        changes, is_public = self.method in CHANGES, getattr(self.view, "public", False)
        if changes or self._is_keyset_list() or self.get_override_parameters():
            yield "400"
        if not is_public:
            yield "401"
            yield "403"
        if "{" in self.path:
            yield "404"
        if changes:
            yield "409"
        yield "429"
        yield "default"

    def _refusal(self, status: str) -> dict[str, str]:
        """A reference: written out, the refusals would be most of the schema."""
        name, sentence = REFUSALS[status]
        response = self._get_response_for_code(ErrorSerializer, status) | {"description": str(sentence)}
        component = ResolvedComponent(name, ResolvedComponent.RESPONSE, response, object=name)
        self.registry.register_on_missing(component)
        return component.ref


def introduce(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """What holds for every call. A hook of drf-spectacular: settings are read before a language is known."""
    result["info"] |= {"title": str(result["info"]["title"]), "description": str(INTRODUCTION)}
    return result


INTRODUCTION = gettext_lazy(
    "**Signing in.** Send a machine token, made at `/desk/tokens/`, as `Authorization: Bearer xz_…`. A token sees what"
    " its account sees inside the token's region, and does what the permissions chosen for it allow; each call says"
    " which it needs. `GET /api/v1/me/` tells what a token has.\n\n"
    '**Errors** have one shape: `{"error": {"code", "message", "fields"}}`. `code` is for programs and stays;'
    " `message` is for people. What comes with it for some codes is described with `Error`.\n\n"
    "**Once only.** A POST may carry an `Idempotency-Key`: sent again with the same key and body, it happens once and"
    " is answered alike; with another body it is refused with 409.\n\n"
    "**Lists** come in pages: follow `next` until it is null. An unknown parameter is refused, so that a misspelt one"
    " does not change what is found.\n\n"
    "**Open311** (GeoReport v2) lies under `/open311/v2/` and is described at [/api/docs/open311/](/api/docs/open311/)."
)
