"""`manage.py makemessages` with the options that keep the catalogue quiet in version control."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

# Headers that change at every run although no message has.
RESTLESS_HEADERS = ('"POT-Creation-Date:', '"Report-Msgid-Bugs-To:')
IGNORED = [".venv", "var", "static/vendor", "node_modules", "tests", "docs"]


class Command(makemessages.Command):
    # No guesses (a test refuses fuzzy entries), no line numbers (they conflict in merges), a fixed order.
    msgmerge_options = [
        "-q",
        "--backup=none",
        "--previous",
        "--update",
        "--no-fuzzy-matching",
        "--no-location",
        "--no-wrap",
        "--sort-output",
    ]
    msguniq_options = ["--to-code=utf-8", "--no-location", "--no-wrap", "--sort-output"]
    msgattrib_options = ["--no-obsolete", "--no-location", "--no-wrap", "--sort-output"]
    xgettext_options = [*makemessages.Command.xgettext_options, "--no-location", "--no-wrap", "--sort-output"]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(locale=["zh_Hans"], no_obsolete=True, no_location=True, no_wrap=True)

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] = [*options["ignore_patterns"], *IGNORED]
        super().handle(*args, **options)
        for root in settings.LOCALE_PATHS:
            for path in Path(root).glob("*/LC_MESSAGES/*.po"):
                lines = path.read_text().splitlines(keepends=True)
                path.write_text("".join(line for line in lines if not line.startswith(RESTLESS_HEADERS)))
