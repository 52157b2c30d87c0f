"""Every setting, in one plain file. What differs between places comes from the environment (docs/deploy.md)."""

from importlib.util import find_spec
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from governance.env import (
    env_address,
    env_bool,
    env_database,
    env_fernet_keys,
    env_int,
    env_issuer,
    env_list,
    env_networks,
    env_pairs,
    env_str,
)

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where we are -----------------------------------------------------------------------------------------
# A variable that somebody forgot must not open the door: without it this is production.
GEZHI_ENV = env_str("GEZHI_ENV", "production", choices=("production", "demo", "test", "development"))
PRODUCTION = GEZHI_ENV == "production"
DEBUG = env_bool("DEBUG", False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("Production does not start with DEBUG on.")

# Only development and tests may run on what everybody knows.
_KNOWN_SECRET = "known-to-everybody-development-only"
_KNOWN_FIELD_KEY = "ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQtISE="
_MAY_BE_KNOWN = GEZHI_ENV in {"development", "test"}
SECRET_KEY = env_str("SECRET_KEY", _KNOWN_SECRET if _MAY_BE_KNOWN else None)
if PRODUCTION and len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY is too short for production: at least 32 characters.")
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
# Fernet keys for personal data, newest first; older ones stay readable until everything is rewritten.
FIELD_KEYS = env_fernet_keys("FIELD_KEYS", (_KNOWN_FIELD_KEY,) if _MAY_BE_KNOWN else ())
if PRODUCTION and (SECRET_KEY == _KNOWN_SECRET or _KNOWN_FIELD_KEY in FIELD_KEYS):
    raise ImproperlyConfigured("SECRET_KEY or FIELD_KEYS is the one for development, which everybody knows.")

BASE_URL = env_str("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env_list(
    "ALLOWED_HOSTS", () if PRODUCTION else ("127.0.0.1", "localhost", "[::1]", "testserver")
)
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set.")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
_HTTPS = BASE_URL.startswith("https://")
# How many reverse proxies stand before us: decides whose word on the client's address is believed.
PROXY_COUNT = env_int("PROXY_COUNT", 0)
if PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- the house --------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "mptt",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    # ours, from the cellar up
    "trail",
    "accounts",
    "calendars",
    "grids",
    "notices",
    "issues",
    "volunteers",
    "desk",
    "open311",
    "demo",
    "governance",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LanguageOfUser",
    "governance.foreign_words.MarkChinese",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.WholeAgain",
    "accounts.middleware.FirstPassword",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "trail.middleware.KeptForms",
    "trail.middleware.NoText",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "trail.middleware.BusyDatabase",
]

CSRF_FAILURE_VIEW = "trail.kept_forms.untrusted"

ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.text_size",
                "notices.context.unread",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- memory: PostgreSQL alone -----------------------------------------------------------------------------
# Plans are kept per connection (trail/statements.py): off behind a pooler that shares connections.
PREPARE_STATEMENTS = env_bool("PREPARE_STATEMENTS", True)
_DATABASE = env_database("DATABASE_URL", None if PRODUCTION else "postgresql://gezhi@127.0.0.1:5432/gezhi")
DATABASES = {
    "default": _DATABASE
    | {
        # Opening a connection for each request costs two thirds of the throughput (docs/performance.md).
        "CONN_MAX_AGE": env_int("CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "gezhi",
            "options": "-c statement_timeout={}s -c lock_timeout={}s -c idle_in_transaction_session_timeout=60s".format(
                env_int("STATEMENT_TIMEOUT", 30), env_int("LOCK_TIMEOUT", 10)
            ),
        }
        | _DATABASE["OPTIONS"],
        "TEST": {
            "NAME": env_str("GEZHI_TEST_DB", "test_gezhi"),
            "TEMPLATE": env_str("GEZHI_TEST_TEMPLATE", "") or None,
        },
    }
}
EMBEDDED_SERVERS = env_bool("EMBEDDED_SERVERS", False)
if PRODUCTION and EMBEDDED_SERVERS:
    raise ImproperlyConfigured("Production does not start on embedded servers.")

# --- hints: Celery over a Redis-protocol broker ---------------------------------------------------------------
REDIS_URL = env_str("REDIS_URL", None if PRODUCTION else "redis://127.0.0.1:6379/0")
# Off where nobody listens (tests, imports): the loops find the work by themselves a second later.
NUDGE = env_bool("NUDGE", GEZHI_ENV != "test")
# Touched by a worker after each task, by a beat after each tick; its age is the process's own heartbeat.
HEARTBEAT_FILE = env_str("HEARTBEAT_FILE", "")
# Each process has its own: nothing that must hold in all of them is kept here (counts are rows, trail.Tally).
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- webhooks: other people's machines ------------------------------------------------------------------------
# Networks of one's own house that webhooks may reach; every other private address is refused (notices/addresses.py).
WEBHOOK_PRIVATE_NETWORKS = env_networks(
    "WEBHOOK_PRIVATE_NETWORKS", () if PRODUCTION else ("127.0.0.0/8", "::1/128")
)

# --- text messages: the gateway of one's own house (notices/text_messages.py); without an address there are none ------
SMS_URL = env_str("SMS_URL", "")
SMS_TOKEN = env_str("SMS_TOKEN", "")
if SMS_URL:
    env_address("SMS_URL", plain=not PRODUCTION)

# --- people -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "grids.backends.PostBackend"]
# Single sign-on: the identity provider of one's own house, by OpenID Connect. Without an issuer it is off.
OIDC_ISSUER = env_issuer("OIDC_ISSUER", https=PRODUCTION)
OIDC_CLIENT_ID = env_str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env_str("OIDC_CLIENT_SECRET", "")
OIDC_SCOPE = env_str("OIDC_SCOPE", "") or "openid profile"
# What the provider says of a person that is the sign-in name here. Nobody may be able to change it by themselves.
OIDC_CLAIM = env_str("OIDC_CLAIM", "") or "preferred_username"
if len({bool(OIDC_ISSUER), bool(OIDC_CLIENT_ID), bool(OIDC_CLIENT_SECRET)}) > 1:
    raise ImproperlyConfigured(
        "Set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET together, or none of them."
    )
if OIDC_ISSUER and "openid" not in OIDC_SCOPE.split():
    raise ImproperlyConfigured("OIDC_SCOPE must contain openid.")
if OIDC_ISSUER and find_spec("authlib") is None:
    raise ImproperlyConfigured("OIDC_ISSUER needs the extra: pip install -r requirements/sso.txt.")
if OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("accounts.backends.ProviderBackend")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "desk:today"
LOGOUT_REDIRECT_URL = "accounts:login"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
# Ten wrong passwords for one name from one address: a pause, not a lock for ever.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_IPWARE_PROXY_COUNT = PROXY_COUNT or None
AXES_VERBOSE = False
# Who signed in when from where is asked by nobody here, so it is not kept.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_ENABLED = GEZHI_ENV != "test"

# --- language and time --------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- files ------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env_str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# Photos. Never served by path: only by a view that asks visible_to.
MEDIA_ROOT = Path(env_str("MEDIA_ROOT", str(BASE_DIR / ".media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": {
            "production": "whitenoise.storage.CompressedManifestStaticFilesStorage",
            # The same names without the minute that compressing takes.
            "demo": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
        }.get(GEZHI_ENV, "django.contrib.staticfiles.storage.StaticFilesStorage")
    },
}
WHITENOISE_USE_FINDERS = GEZHI_ENV in {"development", "test"}
# Looked up when asked for: a list of them all is made for every client, and tests make thousands.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_PERMISSIONS = 0o600

# --- what a browser may load: our own host and nothing else ---------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# Unfold's admin needs Alpine (eval) and inline styles; nothing else gets them (accounts/middleware.py).
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}

# --- REST -------------------------------------------------------------------------------------------------
# Requests a minute of one token (or person signed in), and of one address without any; 0 is no limit. A system of the
# city that sends one by one stays far below; several thousand a minute come as a batch. Many share one address.
API_REQUESTS_PER_MINUTE = env_int("API_REQUESTS_PER_MINUTE", 3_000)
ANONYMOUS_REQUESTS_PER_MINUTE = env_int("ANONYMOUS_REQUESTS_PER_MINUTE", 600)
# The longest that a token of a service account may work. Whoever set it up is gone some day: once a year somebody has
# to say that the system is still there and still needs what it may do.
SERVICE_TOKEN_DAYS = env_int("SERVICE_TOKEN_DAYS", 366, least=1)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "accounts.api.throttling.WithinLimit",
        "rest_framework.permissions.IsAuthenticated",
        "accounts.api.scopes.HasScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttling.RequestLimit"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "trail.api.parsers.JSONParser",
        "trail.api.parsers.MultiPartParser",
    ],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "trail.api.schema.Schema",
    "EXCEPTION_HANDLER": "trail.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Token", "TOKEN_TTL": None, "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "格治 Gezhi",
    "DESCRIPTION": "Grid governance of a city district: units, issues, the whistle-and-report workflow. "
    "What refusals are called: [problems](/api/docs/problems/).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    # Words of a table stay where they are used: "kind" means something else in each place.
    "POSTPROCESSING_HOOKS": ["trail.api.schema.without_marks", "trail.api.examples.with_examples"],
}

# --- Open311 ----------------------------------------------------------------------------------------------
# What a jurisdiction is called besides its code: its website (kuancheng.gov.cn=220103), comma separated.
OPEN311_JURISDICTIONS = env_pairs("OPEN311_JURISDICTIONS")
# Code of the district that is meant where nobody names one and there are several; empty: it must be named.
OPEN311_DEFAULT = env_str("OPEN311_DEFAULT", "")
OPEN311_CONTACT = env_str("OPEN311_CONTACT", "")

# --- staff admin ------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": _("Gezhi"),
    "SITE_HEADER": _("Gezhi"),
    "SITE_SUBHEADER": _("Grid governance"),
    "SITE_SYMBOL": "account_tree",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "governance.assets.icon"}],
    "STYLES": ["governance.assets.staff_css"],
    "SCRIPTS": ["governance.assets.staff_js", "governance.assets.staff_keys_js"],
    "SHOW_LANGUAGES": True,
    # The blue of the phone pages.
    "COLORS": {
        "primary": {
            "50": "#f0f6fb",
            "100": "#e4eef7",
            "200": "#c6dcef",
            "300": "#9cc4e8",
            "400": "#6aa8dd",
            "500": "#4a95d2",
            "600": "#1a66a6",
            "700": "#0f4c81",
            "800": "#0d4069",
            "900": "#0b3555",
            "950": "#06263f",
        }
    },
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ACCOUNT": {
        "navigation": [
            {"title": _("My password"), "link": reverse_lazy("accounts:password")},
            {"title": _("API tokens"), "link": reverse_lazy("accounts:tokens")},
        ]
    },
    "DASHBOARD_CALLBACK": "desk.dashboard.admin_dashboard",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "desk.dashboard.admin_navigation",
    },
}

# --- logs: one JSON line each, no personal data ---------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "trail.logs.json_formatter"}},
    "filters": {"secrets": {"()": "trail.logs.NoSecretPaths"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}, "axes": {"level": "WARNING"}},
}
