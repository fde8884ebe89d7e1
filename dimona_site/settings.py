"""Settings of every deployment, read from the environment. No default is unsafe.

Without DEBUG, a missing SECRET_KEY, ENCRYPTION_KEYS, HASH_KEY or ALLOWED_HOSTS stops the start with a sentence.
"""

import sqlite3
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from dimona_site.environment import (
    boolean,
    comma_separated,
    email_address,
    fernet_keys,
    folder,
    former_secrets,
    networks,
    rate_limit,
    required,
    secret,
    text,
    url_prefix,
    whole_number,
)

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = boolean("DEBUG")

SECRET_KEY = secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = former_secrets("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = comma_separated(required("ALLOWED_HOSTS", "host names, comma-separated", "localhost,127.0.0.1,[::1]"))
CSRF_TRUSTED_ORIGINS = comma_separated(text("CSRF_TRUSTED_ORIGINS"))

# Keys of stored personal data: the first encrypts, all decrypt (rotation). See declarations/encryption.py.
ENCRYPTION_KEYS = fernet_keys("ENCRYPTION_KEYS")
HASH_KEY = secret("HASH_KEY")

INSTALLED_APPS = [
    "declarations.admin.site.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "declarations.admin.site.apps.SignInsConfig",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_static",
    "formtools",
    "referentials",
    "declarations",
]

MIDDLEWARE = [
    # First, so that it sees every response, including those to errors.
    "dimona_site.request_log.RequestLog",
    "dimona_site.middleware.permissions_policy",
    "django.middleware.security.SecurityMiddleware",
    # Three lists of countries make a page of 48 kB; compressed, with Django's padding against BREACH, 8 kB.
    "django.middleware.gzip.GZipMiddleware",
    # In development, runserver serves the static files without collectstatic.
    *([] if DEBUG else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dimona_site.middleware.utf_8_only",
    "dimona_site.middleware.admin_networks_only",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "declarations.admin.site.idle.IdleSignOut",
    # Last, because it replaces the response by the lockout page.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "dimona_site.urls"
WSGI_APPLICATION = "dimona_site.wsgi.application"

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
                "declarations.wizard.pages.navigation",
            ],
        },
    },
]


SQLITE = "django.db.backends.sqlite3"


def sqlite_options() -> dict[str, Any]:
    """Options for SQLite: a single writer with a waiting queue, and WAL only if its corruption bug is fixed (3.51.3).

    Earlier versions use a journal that is truncated at each commit, so that it keeps nothing of what a command removes
    or re-encrypts.
    """
    journal = "WAL" if sqlite3.sqlite_version_info >= (3, 51, 3) else "TRUNCATE"
    pragmas = f"PRAGMA journal_mode={journal};PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
    return {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}


# Timeouts for a silent server: five seconds to connect, and some twenty to notice a broken network (libpq's defaults:
# never, and two hours). wsgi.py limits how long a statement may wait.
POSTGRESQL_OPTIONS = {
    "connect_timeout": 5, "tcp_user_timeout": 20_000,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2,
}  # fmt: skip


def database(url: str) -> dict[str, Any]:
    """The database at `url`; by default SQLite in the project's folder.

    Options after `?` are passed to psycopg. On SQLite the options of this file are the only ones.
    """
    if not url:
        return {"ENGINE": SQLITE, "NAME": BASE_DIR / "db.sqlite3", "OPTIONS": sqlite_options(), "CONN_MAX_AGE": None}
    if url.partition("://")[0] not in ("postgres", "postgresql", "sqlite"):
        raise ImproperlyConfigured("DATABASE_URL: write postgres://user:password@host:port/name or sqlite:///path.")
    try:
        config = environ.Env.db_url_config(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}.") from error
    if config["ENGINE"] == SQLITE:
        return config | {"OPTIONS": sqlite_options(), "CONN_MAX_AGE": None}
    options = {**POSTGRESQL_OPTIONS, **config.get("OPTIONS", {})}
    return {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True} | config | {"OPTIONS": options}


DATABASES = {"default": database(text("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# The sessions contain the drafts: encrypted, and merged when two tabs save at once.
SESSION_ENGINE = "declarations.wizard.session_store"
SESSION_COOKIE_AGE = 24 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if not DEBUG:
    # Browsers accept cookies with this prefix from this host alone, over TLS, so no other host can plant a session.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
CSRF_FAILURE_VIEW = "declarations.wizard.pages.csrf_failure"
DRAFT_COPY_MAX_AGE = 24 * 60 * 60

# Limits on attempts per client and over all clients (declarations/filing/throttling.py). A client's address is the
# PROXY_HOPS-th from the right in X-Forwarded-For.
BEHIND_PROXY = boolean("BEHIND_PROXY")
PROXY_HOPS = whole_number("PROXY_HOPS", default=1 if BEHIND_PROXY else 0)
LOOKUP_MISSES_PER_CLIENT = rate_limit("LOOKUP_MISSES_PER_CLIENT", "20/hour")
LOOKUP_MISSES_PER_EMPLOYER = rate_limit("LOOKUP_MISSES_PER_EMPLOYER", "100/hour")
LOOKUP_RESERVE = whole_number("LOOKUP_RESERVE", default=3)
PREVIEWS_PER_CLIENT = rate_limit("PREVIEWS_PER_CLIENT", "200/hour")
PREVIEWS_PER_WORKER_AND_CLIENT = rate_limit("PREVIEWS_PER_WORKER_AND_CLIENT", "20/hour")
PREVIEWS_PER_WORKER = rate_limit("PREVIEWS_PER_WORKER", "100/day")
# A hundred clerks behind one address, each with a declaration every three minutes; then refusals without a preview.
FILINGS_PER_CLIENT = rate_limit("FILINGS_PER_CLIENT", "2000/hour")
REFUSALS_PER_WORKER_AND_CLIENT = rate_limit("REFUSALS_PER_WORKER_AND_CLIENT", "10/hour")
REFUSALS_PER_WORKER = rate_limit("REFUSALS_PER_WORKER", "50/day")

# The networks that may open the administration and the metrics; others get 404.
ADMIN_PATH = url_prefix("ADMIN_PATH", "admin")
ADMIN_NETWORKS = networks("ADMIN_NETWORKS", "")
METRICS_NETWORKS = networks("METRICS_NETWORKS", "127.0.0.0/8,::1/128")
# The routes that have response times of their own, and the function that reads metrics from the database.
MEASURED_PAGES = ("home", "in", "out", "modification", "cancellation", "receipt")
METRICS_SOURCE = "declarations.admin.statistics.metrics.metrics"

# The official channel (declarations/confirmation/channels.py): the folder for e-Box and printing systems, and e-mail.
NOTIFICATION_SPOOL = folder("NOTIFICATION_SPOOL")
EMAIL_HOST = text("EMAIL_HOST")
EMAIL_USE_SSL = boolean("EMAIL_USE_SSL")
EMAIL_USE_TLS = boolean("EMAIL_USE_TLS", default=not EMAIL_USE_SSL)
EMAIL_PORT = whole_number("EMAIL_PORT", default=465 if EMAIL_USE_SSL else 587)
EMAIL_HOST_USER = text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = text("EMAIL_HOST_PASSWORD")
EMAIL_TIMEOUT = whole_number("EMAIL_TIMEOUT", default=30)
DEFAULT_FROM_EMAIL = email_address("DEFAULT_FROM_EMAIL", is_needed=bool(EMAIL_HOST))
if EMAIL_USE_SSL and EMAIL_USE_TLS:
    raise ImproperlyConfigured("EMAIL_USE_SSL and EMAIL_USE_TLS are both true: one of them is how the server speaks.")

# Staff (declarations/admin/site/): password and second factor, limits on failures per account and client, and the idle
# time after which staff are signed out.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
SIGN_IN_FAILURES_PER_CLIENT = rate_limit("SIGN_IN_FAILURES_PER_CLIENT", "50/hour")
STAFF_IDLE_SECONDS = whole_number("STAFF_IDLE_SECONDS", default=15 * 60)
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME = rate_limit("SIGN_IN_FAILURES", "5/hour")
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "declarations.admin.site.sign_in.hashed_client_address"
AXES_USERNAME_CALLABLE = "declarations.admin.site.sign_in.account_of"
AXES_LOCKOUT_CALLABLE = "declarations.admin.site.sign_in.lockout_page"
AXES_RESET_ON_SUCCESS = True
# Attempts during a lockout do not extend it, so the moment shown on the page stays true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "otp_token", "csrfmiddlewaretoken"]
AXES_VERBOSE = False
# The office's own read-only pages show these logs (declarations/admin/logs.py).
AXES_ENABLE_ADMIN = False

SECURE_SSL_REDIRECT = boolean("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # the browsers' preload list is the domain owner's decision
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
        "geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
        "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "web-share", "xr-spatial-tracking",
    )
)  # fmt: skip
X_FRAME_OPTIONS = "DENY"
# No form has a file field: an uploaded file is read and discarded.
FILE_UPLOAD_HANDLERS: list[str] = []
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": [NONE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("nl", "Nederlands"), ("fr", "Français"), ("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "dimona_site.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Brussels"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

RELEASE = "0.1.0"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "dimona_site.logs.JsonLines"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        # The development server's own lines contain whole addresses; dimona_site/request_log.py logs requests instead.
        "django.server": {"handlers": [], "level": "CRITICAL", "propagate": True},
        # These two log each step of each PDF.
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
