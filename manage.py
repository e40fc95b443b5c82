#!/usr/bin/env python
"""Command line of the portal. Starts the embedded database when no other one is named."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from portal import bootstrap  # importing settings starts nothing; this call does

    bootstrap.prepare(sys.argv)

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
