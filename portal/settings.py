"""Settings of the portal, read from the environment.

Importing this module starts nothing and writes nothing: `portal.bootstrap` starts the database and makes the keys.
Every variable that can be set is listed in docs/settings.md.
"""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from portal import file_store

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Run-time data (database, files, keys) lives in one private folder, so that a backup knows where everything is.
VAR_DIR = Path(env("PORTAL_VAR_DIR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("PORTAL_DEBUG", default=False)


def _secret_key() -> str:
    if value := env("PORTAL_SECRET_KEY", default=""):
        return value
    path = VAR_DIR / "secret_key"
    # Commands that need no secret (compiling the catalogue, building static files) run before the key is made.
    return path.read_text().strip() if path.exists() else "no-secret-key-has-been-made-yet"


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("PORTAL_ALLOWED_HOSTS", default=["*"] if DEBUG else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("PORTAL_TRUSTED_ORIGINS", default=[])
# The address that QR codes and mails point at; empty: the address of the current HTTP request.
PUBLIC_URL = env("PORTAL_PUBLIC_URL", default="")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "portal.core.administration.config.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "portal.core",
    "stations",
    "volunteers",
    "requests",
    "portal.reports",
    "portal.desk",
    "portal.public",
    "portal.api",
    "portal.demo",
]

MIDDLEWARE = [
    "portal.core.database_down.DatabaseDownMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.core.middleware.ActorMiddleware",
    "portal.core.middleware.StartPasswordMiddleware",
    "portal.core.middleware.SecondFactorMiddleware",
    "portal.core.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.core.context_processors.portal",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "portal.core.templatetags.portal",
            ],
        },
    }
]


def _database(url: dict[str, Any]) -> dict[str, Any]:
    options = {**url.get("OPTIONS", {})}
    # libpq names the folder of a socket in ?host=; Django's own tools look for it in HOST.
    host = options.pop("host", "") or url["HOST"]
    # Without a limit a host that drops packets holds every worker for minutes.
    options.setdefault("connect_timeout", 5)
    return {
        **url,
        "ENGINE": "django.db.backends.postgresql",
        "HOST": host,
        "OPTIONS": options,
        "CONN_MAX_AGE": env.int("PORTAL_CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
        # A server-side cursor outlives a statement, which PgBouncer in transaction mode does not allow.
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("PORTAL_PGBOUNCER", default=False),
    }


DATABASES = {"default": _database(env.db("DATABASE_URL", default="postgres:///portal"))}
if env("DATABASE_REPLICA_URL", default=""):
    DATABASES["replica"] = _database(env.db("DATABASE_REPLICA_URL")) | {"TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["portal.replica.ReplicaRouter"]
    MIDDLEWARE += ["portal.replica.ReplicaMiddleware"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The limits on sign-in attempts count in the cache, so it must be shared between workers.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"},
    # What any worker can compute again by itself (filter choices, catalogue look-ups).
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "TIMEOUT": 60},
}

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["portal.core.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
VOLUNTEER_REDIRECT_URL = "/volunteer/me/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "portal.core.sign_in.AccountAdapter"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,30/15m/ip", "login": "60/m/ip"}
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Xiaozhan"
# Accounts of these roles must set up a second factor before they do anything else (等保). Not in the demo, where
# everybody shares one password.
MFA_REQUIRED_ROLES = env.list(
    "PORTAL_MFA_REQUIRED_ROLES", default=[] if env.bool("PORTAL_DEMO", default=True) else ["administrator"]
)

SESSION_ENGINE = "portal.core.sessions"
SESSION_COOKIE_AGE = env.int("PORTAL_SESSION_SECONDS", default=8 * 3600)
SESSION_COOKIE_HTTPONLY = True
SECURE_COOKIES = env.bool("PORTAL_SECURE_COOKIES", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("PORTAL_BEHIND_PROXY", default=False) else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The proxy that ends TLS redirects to it and sends HSTS; here they would lock out probes and local tries.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
CSRF_FAILURE_VIEW = "portal.core.views.csrf_failure"

# What the city calls its stations, at the top of every page; empty: 小站.
BRAND = env("PORTAL_BRAND", default="")

# The host of an optional tile server; without one the maps draw our own boundaries and points.
MAP_TILE_URL = env("PORTAL_MAP_TILE_URL", default="")
MAP_TILE_ATTRIBUTION = env("PORTAL_MAP_TILE_ATTRIBUTION", default="")
_tile_origin = ["/".join(MAP_TILE_URL.split("/")[:3]).replace("{s}", "*")] if MAP_TILE_URL else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_tile_origin],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
FORMAT_MODULE_PATH = ["portal.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
MEDIA_ROOT = VAR_DIR / "files"
# Where uploaded files are instead of MEDIA_ROOT; empty: there.
FILES_BUCKET = env("PORTAL_S3_BUCKET", default="")
_static_storage = "portal.core.static_files.StaticFilesStorage"
STORAGES = {
    "default": file_store.from_environment(env),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else _static_storage},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.api.authentication.TokenAuthentication",
        "portal.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["portal.core.rest.permissions.HasCapability"],
    "DEFAULT_RENDERER_CLASSES": ["portal.core.rest.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "portal.core.rest.renderers.Negotiation",
    "DEFAULT_PARSER_CLASSES": ["portal.core.rest.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "portal.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "portal.core.rest.errors.exception_handler",
    "DEFAULT_METADATA_CLASS": "portal.core.rest.metadata.Metadata",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    # The renderer writes moments and days.
    "DATETIME_FORMAT": None,
    "DATE_FORMAT": None,
    "TIME_FORMAT": None,
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    # The introduction stands in portal/api/schema.py, where the reader's language is known.
    "TITLE": _("Interfaces of Xiaozhan"),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Choices stand where they are used: names for shared ones would have to be kept by hand.
    "POSTPROCESSING_HOOKS": ["portal.api.schema.introduce"],
}

UNFOLD = {
    "SITE_TITLE": _("Xiaozhan"),
    "SITE_HEADER": _("Reference data"),
    "SITE_URL": "/desk/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("mark.svg")}],
    # Shades of the brand's red (static/css/tokens.css).
    "COLORS": {
        "primary": {
            "50": "#fdf3f3", "100": "#fbe5e6", "200": "#f6cbcd", "300": "#eda3a7", "400": "#df6b71", "500": "#cb3a42",
            "600": "#b5121b", "700": "#990f17", "800": "#7d0d14", "900": "#5f0b10", "950": "#360508",
        }
    },
}  # fmt: skip

# Keys for personal data: "id:base64" pairs, the first one encrypts, the others still decrypt (see docs/settings.md).
PERSONAL_DATA_KEYS = env("PORTAL_DATA_KEYS", default="")
PERSONAL_DATA_KEY_FILE = VAR_DIR / "data_keys.json"

# How much contact data an account may see in the clear, and export with (`portal.core.disclosures`).
REVEALS_AN_HOUR = env.int("PORTAL_REVEALS_AN_HOUR", default=60)
REVEALS_A_DAY = env.int("PORTAL_REVEALS_A_DAY", default=300)
ROWS_IN_FULL_A_DAY = env.int("PORTAL_ROWS_IN_FULL_A_DAY", default=5000)
# Whoever sends it may read /metrics; empty: nobody.
METRICS_TOKEN = env("PORTAL_METRICS_TOKEN", default="")
# Notifications, see docs/notifications.md. Until a provider is set, messages are named in the log and go nowhere.
SMS_URL = env("PORTAL_SMS_URL", default="")
SMS_SECRET = env("PORTAL_SMS_SECRET", default="")
_email = env("PORTAL_EMAIL_URL", default="")
_console = "portal.core.notifications.providers.Console"
NOTIFICATION_PROVIDERS = {
    "sms": env("PORTAL_SMS_PROVIDER", default="portal.core.notifications.providers.Http" if SMS_URL else _console),
    "email": env("PORTAL_EMAIL_PROVIDER", default="portal.core.notifications.providers.Mail" if _email else _console),
}
# The text itself, for trying things out: it holds sign-in codes.
CONSOLE_SHOWS_TEXT = DEBUG or env.bool("PORTAL_DEMO", default=True)
# smtp+tls://user:password@host:587 becomes EMAIL_HOST and its sisters.
vars().update(env.email_url("PORTAL_EMAIL_URL") if _email else {})
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("PORTAL_EMAIL_FROM", default="portal@localhost")
QUIET_HOURS = env("PORTAL_QUIET_HOURS", default="22:00-07:00")
NOTIFICATION_DAYS = env.int("PORTAL_NOTIFICATION_DAYS", default=90)
# Where results of the hotline's cases go back to, see docs/channels.md. Empty: nowhere, they are handed over as a file.
HOTLINE_URL = env("PORTAL_HOTLINE_URL", default="")
HOTLINE_SECRET = env("PORTAL_HOTLINE_SECRET", default="")
HOTLINE_PROVIDER = env(
    "PORTAL_HOTLINE_PROVIDER", default=f"requests.hotline_delivery.{'Http' if HOTLINE_URL else 'Console'}"
)
# Lets webhooks and the SMS provider be reached by http:// and at addresses of the own network.
PRIVATE_ADDRESSES = env.bool("PORTAL_PRIVATE_ADDRESSES", default=False)

HISTORY_DAYS = env.int("PORTAL_HISTORY_DAYS", default=366)
# 社区 as a rule; a city whose streets dispatch sets "street".
HANDLING_LEVEL = env("PORTAL_HANDLING_LEVEL", default="community")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.core.logs.DiscreetFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # The development server names every address that it is asked for.
    "loggers": {"django.server": {"handlers": ["console"], "propagate": False}},
    "root": {"handlers": ["console"], "level": env("PORTAL_LOG_LEVEL", default="INFO")},
}
