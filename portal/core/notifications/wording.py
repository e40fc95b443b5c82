"""From a kind and its context to the words of a channel: the administrator's wording, else the default of the code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils import translation
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.models import NotificationTemplate
from portal.core.notifications.kinds import KINDS, Text

# A bare name in braces and nothing more: str.format would follow attributes and widths that somebody types.
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Words:
    subject: str
    body: str


def placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def fill(text: str, context: Mapping[str, str]) -> str:
    """`text` with its placeholders filled; one that the context lacks (an older row) stays empty."""
    return _PLACEHOLDER.sub(lambda match: str(context.get(match[1], "")), text)


def refuse_unknown(kind_name: str, **texts: str) -> None:
    """Refuse a wording that names what the kind does not know, field by field, and says what it does know."""
    known = KINDS[kind_name].placeholders
    errors = {
        field: [
            _("There is no placeholder {%(name)s} here. There are: %(known)s.")
            % {"name": unknown[0], "known": " ".join(f"{{{name}}}" for name in sorted(known))}
        ]
        for field, text in texts.items()
        if (unknown := sorted(placeholders(text) - known))
    }
    if errors:
        raise DomainError("invalid", next(iter(errors.values()))[0], fields=errors)


class Wording:
    """The words of one run or page: what administrators wrote is read once, with one query, when it is first needed."""

    @cached_property
    def _written(self) -> dict[tuple[str, str, str], NotificationTemplate]:
        return {(row.kind, row.channel, row.language): row for row in NotificationTemplate.objects.all()}

    def of(self, kind_name: str, channel: str, language: str, context: Mapping[str, str]) -> Words:
        written = self._written.get((kind_name, channel, language))
        text = Text(body=written.body, subject=written.subject) if written else default_of(kind_name, channel)
        with translation.override(language):
            return Words(subject=fill(str(text.subject), context), body=fill(str(text.body), context))


def default_of(kind_name: str, channel: str) -> Text:
    """The code's wording; nothing for a kind or channel that no app registers any more."""
    kind = KINDS.get(kind_name)
    return kind.texts.get(channel, Text("")) if kind else Text("")
