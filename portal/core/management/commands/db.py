"""`manage.py db`: looks after the database that `script/server` uses."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal import backup
from portal.postgres import Cluster, PostgresError, program, without_password


class Command(BaseCommand):
    help = "Look after the portal's database: status, stop, psql, backup, restore."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("status", help="say whether the embedded server runs; exit code 3 when not")
        actions.add_parser("stop", help="stop the embedded server")
        psql = actions.add_parser("psql", help="open PostgreSQL's terminal on the portal's database")
        psql.add_argument("arguments", nargs="*", help="arguments for psql, after --")
        save = actions.add_parser("backup", help="write everything to one file")
        save.add_argument("file", nargs="?", type=Path, help="default: var/backups/, named by date")
        save.add_argument(
            "--with-keys",
            action="store_true",
            help="include the keys of personal data and the uploaded files",
        )
        load = actions.add_parser("restore", help="replace the present data by a backup")
        load.add_argument("file", type=Path)
        load.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(**options)
        except (PostgresError, backup.BackupError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or 'var/'}: {error.strerror}.") from None

    def _status(self, **options: Any) -> None:
        if "DATABASE_URL" in os.environ:
            self.stdout.write("DATABASE_URL is set: the portal uses that server, not the embedded one.")
        cluster = Cluster()
        if not cluster.initialized:
            raise CommandError("No embedded database has been made yet.", returncode=3)
        if not cluster.is_running():
            raise CommandError(f"Stopped. The data are in {cluster.data}.", returncode=3)
        self.stdout.write(f"Running (PostgreSQL {cluster.version}). The data are in {cluster.data}.")
        self.stdout.write(f"DATABASE_URL={cluster.url}")

    def _stop(self, **options: Any) -> None:
        self.stdout.write("Stopped." if Cluster().stop() else "The embedded database was not running.")

    def _psql(self, arguments: list[str], **options: Any) -> None:
        address, environment = without_password(_url())
        # In our place: Ctrl-C in psql cancels a query, it does not end the terminal.
        os.execve(program("psql"), ["psql", "--dbname", address, *arguments], environment)  # noqa: S606

    def _backup(self, file: Path | None, with_keys: bool, **options: Any) -> None:
        path = file or backup.default_path(timezone.localtime(), with_keys=with_keys)
        backup.backup(_url(), path, with_keys=with_keys)
        self.stdout.write(f"Written: {path}")
        if with_keys:
            files = "" if settings.FILES_BUCKET else " and the uploaded files"
            self.stdout.write(f"It contains the keys of personal data{files}: lock it away like the data.")
        else:
            self.stdout.write(
                "It contains neither the keys of personal data (var/data_keys.json) nor uploaded files: keep these "
                "elsewhere, or back up --with-keys. Without the keys names and phone numbers stay unreadable."
            )
        if settings.FILES_BUCKET:
            self.stdout.write(
                f"Uploaded files are in the bucket {settings.FILES_BUCKET}, which no backup of ours contains: have "
                "the store keep versions or copies of it."
            )

    def _restore(self, file: Path, yes: bool, **options: Any) -> None:
        backup.check(file)
        if not yes and not _agrees(f"Replace all present data by {file}? Stop the web server first. [y/N] "):
            raise CommandError("Nothing has been changed.")
        backup.restore(_url(), file)
        keys = "with its keys and files" if backup.contains_keys(file) else "which holds no keys and no files"
        self.stdout.write(f"Restored from {file}, {keys}. Run `manage.py migrate` if the backup is older.")


def _agrees(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:  # nobody is there to answer
        raise CommandError("Nothing has been changed. Without a terminal say --yes.") from None


def _url() -> str:
    """The database in use; the embedded one is started for it."""
    return os.environ.get("DATABASE_URL") or Cluster().ensure_running()
