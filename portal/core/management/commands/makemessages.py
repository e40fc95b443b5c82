"""`manage.py makemessages` with the options that keep the catalogue quiet in version control."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

IGNORED = [".venv", "var", "static/vendor", "node_modules", "tests", "docs"]


class Command(makemessages.Command):
    # No guesses (a test refuses fuzzy entries), no line numbers (they conflict in every merge), a fixed order.
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
