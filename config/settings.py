"""Settings: one file, every value from the environment, bad values refused by name.

The embedded stack (stack/) sets the environment on a developer's machine; in production you do.
docs/runbook.md lists every variable with its unit and default.
"""

from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from kyc.identity.vendors.account import VendorAccount
from kyc.worlds import World

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()

# ------------------------------------------------------------------------------------------------ what this is
DEMO = env.bool("CLEARANCE_DEMO", default=False)  # demonstration logins and data; refused in production
DEBUG = env.bool("CLEARANCE_DEBUG", default=False)
DATA = Path(env.str("CLEARANCE_DATA", default=str(ROOT / "var"))).absolute()
SITE_NAME = env.str("CLEARANCE_SITE_NAME", default="Clearance")
PROVIDER_NAME = env.str("CLEARANCE_PROVIDER_NAME", default="Example Models")  # who sells the access
PORTAL_WORLD = World.TEST if DEMO else World.LIVE
BASE_URL = env.str("CLEARANCE_BASE_URL", default="http://localhost:8000").rstrip("/")

# ------------------------------------------------------------------------------------------------ secrets
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set; `python3 manage.py run` makes one for a demonstration")

# "key-id:base64 of 32 bytes", comma-separated; the first seals, the others still open. See kyc/vault.
MASTER_KEYS = env.str("CLEARANCE_MASTER_KEYS", default="")
AUDIT_SIGNING_KEY = env.str("CLEARANCE_AUDIT_SIGNING_KEY", default="")  # base64 of 32 bytes
GENERATED_KEYS = env.bool("CLEARANCE_GENERATED_KEYS", default=False)  # made by the stack: demonstration only

# ------------------------------------------------------------------------------------------------ web
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEMO else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = [
    "unfold",  # before django.contrib.admin: it replaces the templates
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",  # where one is signed in, and signing out elsewhere
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "kyc",
    "rest_framework",
]
MIDDLEWARE = [
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
    "kyc.portal.borders.BorderMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kyc.portal.context.portal",
            ],
            "libraries": {"console": "kyc.admin.tags", "portal": "kyc.portal.tags"},
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False

# Strict: nothing from outside, no inline script without the response's nonce.
CONTENT_SECURITY_POLICY: dict[str, dict[str, list[Any]]] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

# ------------------------------------------------------------------------------------------------ transport
# https everywhere but on the demonstration's loopback
_HTTPS = env.bool("CLEARANCE_HTTPS", default=not DEMO)
SECURE_SSL_REDIRECT = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("CLEARANCE_BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Whose word about the visitor's address is believed: CIDRs of the proxies in front, and the one header they set.
TRUSTED_PROXIES = env.list("CLEARANCE_TRUSTED_PROXIES", default=[])
CLIENT_ADDRESS_HEADER = env.str("CLEARANCE_CLIENT_ADDRESS_HEADER", default="X-Forwarded-For")
# In a demonstration a visitor on loopback is treated as coming from here. Refused outside it.
DEMO_VISITOR_ADDRESS = env.str("CLEARANCE_DEMO_VISITOR_ADDRESS", default="81.2.69.142" if DEMO else "")
GEOIP_DIR = Path(env.str("GEOIP_DIR", default=str(DATA / "geo")))
# where `manage.py install_face_match` puts the option that compares faces, and where it is looked for
FACE_MATCH = Path(env.str("CLEARANCE_FACE_MATCH", default=str(DATA / "face-match")))
# rules of a law or programme this installation falls under, by their names in kyc/policy/packs.py
POLICY_PACKS = env.list("CLEARANCE_POLICY_PACKS", default=[])

# ------------------------------------------------------------------------------------------------ the gate
# Each process of the gate remembers customers and asks the database this often what was changed (seconds).
GATE_CHECK_SECONDS = env.float("CLEARANCE_GATE_CHECK_SECONDS", default=0.5)
# Where the database cannot be asked, answers go on for so long, and then are refused: callers fail closed.
GATE_STALE_SECONDS = env.float("CLEARANCE_GATE_STALE_SECONDS", default=1.5)
# Allowances are written together after so long; a process that is killed loses at most these. 0: each at once.
GATE_WRITE_BEHIND_SECONDS = env.float("CLEARANCE_GATE_WRITE_BEHIND_SECONDS", default=0.25)

# ------------------------------------------------------------------------------------------------ lists, health
# Other addresses than the table's: a mirror, or one with the token that the publisher gave you ("eu=https://…").
# A list of several files names each: "us-sdn.alt=https://…".
LIST_ADDRESSES = env.dict("CLEARANCE_LIST_ADDRESSES", default={})
# Who bears it may read /metrics and /health. Without one they are closed, but on the demonstration's own machine.
METRICS_TOKEN = env.str("CLEARANCE_METRICS_TOKEN", default="")

# ------------------------------------------------------------------------------------------------ database
# Two roles: the owner migrates; the product's own role cannot rewrite the audit trail (docs/architecture.md).
# The stack sets CLEARANCE_AS_OWNER=1 for migrations and tests only.
DATABASES = {
    "default": env.db_url(
        "DATABASE_OWNER_URL" if env.bool("CLEARANCE_AS_OWNER", default=False) else "DATABASE_URL",
        default="postgres:///clearance",
    )
}
DATABASES["default"]["CONN_MAX_AGE"] = 60  # seconds
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("TEST", {"NAME": env.str("TEST_DATABASE", default="test_clearance")})
PRODUCT_ROLE = env.str("CLEARANCE_PRODUCT_ROLE", default="clearance")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ------------------------------------------------------------------------------------------------ Celery
CELERY_BROKER_URL = env.str("BROKER_URL", default="redis://localhost:6379/0")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True  # the row is the truth, the broker only a nudge
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "interactive"
CELERY_TASK_ROUTES = {
    "kyc.check_coverage": {"queue": "bulk"},
    # a queue of its own, taken from in turn with the bulk queue: what a list changed waits behind no thousand imports
    "kyc.rescreen": {"queue": "rescreening"},
    "kyc.rescreen_shard": {"queue": "rescreening"},
    # planning is a second's work, and must not wait behind the shards of another run
    "kyc.start_rescreening": {"queue": "interactive"},
    "kyc.resume_rescreening": {"queue": "interactive"},
    "kyc.plan_full_passes": {"queue": "interactive"},
    "kyc.run_import": {"queue": "bulk"},
    "kyc.evaluate_owners": {"queue": "bulk"},
    "kyc.refresh_lists": {"queue": "bulk"},
    "kyc.refresh_list": {"queue": "bulk"},
    "kyc.run_trial": {"queue": "bulk"},
    "kyc.run_self_test": {"queue": "bulk"},
}
CELERY_TASK_TIME_LIMIT = 600  # seconds
CELERY_TASK_SOFT_TIME_LIMIT = 540
# kombu looks for unacknowledged messages only every tenth interval unless told otherwise: a killed
# worker's message would otherwise wait 100 s beyond the visibility timeout.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 660,  # seconds; longer than the task time limit, or a slow task would run twice
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "seal the audit trail": {"task": "kyc.seal_audit", "schedule": 2.0},
    "find steps that were due and did not happen": {"task": "kyc.resume_journeys", "schedule": 15.0},
    # of its own: what fails or takes long among the others must not keep a new edition from being looked for
    "find re-screening that should go on and does not": {"task": "kyc.resume_rescreening", "schedule": 15.0},
    "plan the pass over everybody": {"task": "kyc.plan_full_passes", "schedule": 3600.0},
    "ask identity providers what is due": {"task": "kyc.ask_vendors", "schedule": 20.0},
    "read documents that wait": {"task": "kyc.resume_readings", "schedule": 30.0},
    "send letters that wait": {"task": "kyc.send_notices", "schedule": 20.0},
    "review what expired": {"task": "kyc.find_expired", "schedule": 3600.0},
    "prove that everybody was compared with what is in force": {"task": "kyc.check_coverage", "schedule": 3600.0},
    "let go of what is no longer needed": {"task": "kyc.let_go", "schedule": 3600.0},
    "watch the age of location data": {"task": "kyc.watch_location_data", "schedule": 3600.0},
    "refresh the lists": {"task": "kyc.refresh_lists", "schedule": 3600.0},
}
CACHE_URL = env.str("CACHE_URL", default=CELERY_BROKER_URL)
if CACHE_URL.startswith("amqp"):  # RabbitMQ carries messages and keeps nothing
    raise ImproperlyConfigured("CACHE_URL is not set; beside RabbitMQ it must name a Redis or Valkey (redis://…)")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}

# ------------------------------------------------------------------------------------------------ people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, and in no other
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO  # passkeys on http://localhost
MFA_TOTP_ISSUER = SITE_NAME
SOCIALACCOUNT_ENABLED = True
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
if env.str("OIDC_SERVER_URL", default=""):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "sso",
                "name": env.str("OIDC_NAME", default="Single sign-on"),
                "client_id": env.str("OIDC_CLIENT_ID"),
                "secret": env.str("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": env.str("OIDC_SERVER_URL")},
            }
        ]
    }
    # The button is a form that redirects there, and browsers hold a form's redirects to form-action.
    _OIDC = urlsplit(env.str("OIDC_SERVER_URL"))
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(f"{_OIDC.scheme}://{_OIDC.netloc}")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
STAFF_SECOND_FACTOR = env.bool("CLEARANCE_STAFF_SECOND_FACTOR", default=not DEMO)

# ------------------------------------------------------------------------------------------------ letters
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail://")
vars().update(EMAIL_CONFIG)
EMAIL_FILE_PATH = str(DATA / "mail")  # where the demonstration's letters lie
DEFAULT_FROM_EMAIL = env.str("CLEARANCE_FROM_EMAIL", default="Clearance <clearance@localhost>")
# where somebody who was refused at the door asks for a second look
APPEAL_URL = env.str("CLEARANCE_APPEAL_URL", default=f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1]}")

# ------------------------------------------------------------------------------------------------ API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["kyc.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["kyc.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "kyc.api.errors.present",
    "DEFAULT_PAGINATION_CLASS": "kyc.api.pages.Cursor",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "ENUM_NAME_OVERRIDES": {
        "CustomerKind": "kyc.api.shapes.CUSTOMER_KINDS",
        "AddressKind": "kyc.api.shapes.ADDRESS_KINDS",
        "ConsentKind": "kyc.api.shapes.CONSENT_KINDS",
        "IdentifierKind": "kyc.api.shapes.IDENTIFIER_KINDS",
        "DocumentKind": "kyc.api.customers.DOCUMENT_KINDS",
        "NameKind": "kyc.api.screenings.NAME_KINDS",
    },
    "TITLE": "Clearance",
    "DESCRIPTION": "Know your customer before you sell access to frontier models and compute.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# ------------------------------------------------------------------------------------------------ documents
CLAMAV_SOCKET = env.str("CLAMAV_SOCKET", default="")  # clamd's, a path or host:port; "" asks nobody (docs/identity.md)

# ------------------------------------------------------------------------------------------------ identity providers
# One account a world and provider: CLEARANCE_LIVE_STRIPE_KEY, CLEARANCE_TEST_STRIPE_KEY, … (docs/identity-vendors.md).
# Webhook secrets are comma-separated, the newest first: all hold, so that one can be changed without losing a message.
_VENDOR_URLS = {
    "stripe": "https://api.stripe.com",
    "persona": "https://api.withpersona.com",
    "sumsub": "https://api.sumsub.com",
}
IDENTITY_VENDORS: dict[str, dict[str, VendorAccount]] = {
    world.value: {
        vendor: VendorAccount(
            base_url=env.str(f"CLEARANCE_{world.upper()}_{vendor.upper()}_URL", default=url),
            key=env.str(f"CLEARANCE_{world.upper()}_{vendor.upper()}_KEY"),
            webhook_secrets=tuple(env.list(f"CLEARANCE_{world.upper()}_{vendor.upper()}_WEBHOOK_SECRETS", default=[])),
            flow=env.str(f"CLEARANCE_{world.upper()}_{vendor.upper()}_FLOW", default=""),
            second_key=env.str(f"CLEARANCE_{world.upper()}_{vendor.upper()}_SECOND_KEY", default=""),
        )
        for vendor, url in _VENDOR_URLS.items()
        if env.str(f"CLEARANCE_{world.upper()}_{vendor.upper()}_KEY", default="")
    }
    for world in World
}
# The button that leads to a provider's page is a form that redirects there, and browsers hold that to form-action.
_VENDOR_PAGES = {"stripe": "https://verify.stripe.com", "persona": "https://*.withpersona.com",
                 "sumsub": "https://*.sumsub.com"}  # fmt: skip
for _accounts in IDENTITY_VENDORS.values():
    for _vendor, _account in _accounts.items():
        _pages = [_VENDOR_PAGES[_vendor], *(f"http://{host}:*" for host in _account.link_hosts())]
        CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].extend(_pages)

# ------------------------------------------------------------------------------------------------ language, time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_TZ = True
TIME_ZONE = "UTC"

# ------------------------------------------------------------------------------------------------ logs
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}

# ------------------------------------------------------------------------------------------------ the console
UNFOLD = {
    "SITE_TITLE": "Clearance console",
    "SITE_HEADER": "Clearance",
    "SITE_SUBHEADER": "Compliance console",
    "SITE_URL": "/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
}
