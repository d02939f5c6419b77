"""Settings: one file, the environment for what differs between machines."""

from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from ent.redis_urls import broker_url, cache_url

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()

ENT_HOME = Path(env.str("ENT_HOME", default=str(ROOT / ".ent")))
# A demonstration: invented people whose passwords are printed. Never with real data. `make demo` marks its folder.
ENT_DEMO = env.bool("ENT_DEMO", default=(ENT_HOME / "demonstration").exists())
# Where people reach the portal, for what is read away from it: slips and e-mails.
ENT_ORIGIN = env.str("ENT_ORIGIN", default="http://localhost:8000")
ENT_PRODUCT_NAME = env.str("ENT_PRODUCT_NAME", default="Mon ENT")

DEBUG = env.bool("DEBUG", default=False)
DEFAULT_KEY = "insecure-key-of-a-developer-refused-in-production"
SECRET_KEY = env.str("SECRET_KEY", default=DEFAULT_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "ent",
    "accounts",
    "establishments",
    "pedagogy",
    "citizen_services",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_prose_editor",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.saml",
    "allauth.mfa",
    "rules",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # before static files, which are answers too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.credentials.middleware.TokenMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.middleware.PresenceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.credentials.middleware.EndedSessionMiddleware",
    "accounts.credentials.middleware.RequireNewPasswordMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ent.portal.middleware.PortalMiddleware",
    "ent.tenancy.middleware.TenantScopeMiddleware",  # last: see its docstring
]

ROOT_URLCONF = "ent.urls"
WSGI_APPLICATION = "ent.wsgi.application"

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
                "ent.portal.context.portal",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "ent.portal.templatetags.administration",
                "ent.portal.templatetags.portal",
            ],
        },
    }
]
FORM_RENDERER = "ent.portal.forms.PortalRenderer"

# --- PostgreSQL -----------------------------------------------------------------------------------------------
# `default` is the application's role: neither owner nor superuser. `owner` migrates, and web processes lack it.
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://ent_app@/ent")}
if env.str("DATABASE_OWNER_URL", default=""):
    DATABASES["owner"] = env.db("DATABASE_OWNER_URL")
for _database in DATABASES.values():
    _database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
    _database["CONN_HEALTH_CHECKS"] = True
    # Behind a pooler that hands connections over between transactions.
    _database["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("ENT_POOLER", default=False)
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c lock_timeout=5s -c statement_timeout=30s"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who may touch what is read from the people's own rows: `ent` reaches up by this dotted string only.
ENT_REACH = "establishments.people.reach.reach_of"
# What sign-in by a provider asks of the schools, likewise.
ENT_SCHOOLS_OF = "establishments.people.reach.schools_of"
ENT_PROVIDER_SERVES = "establishments.people.providers.serves"
ENT_PROVIDER_SCHOOLS = "establishments.people.providers.search_served"
ENT_UNKNOWN_PERSON = "establishments.support.case_actions.open_case_for_unknown"
# What to tell somebody who has signed in and may enter nowhere, likewise.
ENT_WHY_NOWHERE = "establishments.doors.closed.why_closed"
# Asked once the scope is open: the first that answers stands in for the page.
ENT_GATES = ["accounts.second_factor.gate.ask_for_second_factor"]
# What proves to be somebody in a school, beside the code of a slip: likewise.
ENT_PROOF = "establishments.people.proofs.proof_of"

# --- The directory's feeds ------------------------------------------------------------------------------------
# How long whoever a feed no longer gives comes back as they were, if it gives them again.
ENT_FEED_GRACE_DAYS = env.int("ENT_FEED_GRACE_DAYS", default=30)
# A run that would suspend more than this share of a school's people, in percent, waits for somebody's agreement:
# a bad night must not empty a school. So few may always leave.
ENT_FEED_LEAVERS_SHARE = env.int("ENT_FEED_LEAVERS_SHARE", default=15)
ENT_FEED_LEAVERS_ALWAYS = env.int("ENT_FEED_LEAVERS_ALWAYS", default=10)
# Days between two deltas of a feed; a longer gap is a delta that is missing.
ENT_FEED_DELTA_EVERY = env.int("ENT_FEED_DELTA_EVERY", default=1)

# --- Redis ----------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": cache_url(REDIS_URL, db=1)}}
CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# An hour is Redis's visibility timeout: a task must end well before, or it would be given out twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_keepalive": True}
CELERY_TASK_TIME_LIMIT = 25 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 20 * 60
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Europe/Paris"
CELERY_BEAT_SCHEDULE_FILENAME = str(ENT_HOME / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "providers": {"task": "accounts.federation.tasks.refresh_metadata", "schedule": crontab(hour=3, minute=40)},
    "expired sessions": {
        "task": "accounts.sign_in.tasks.forget_expired_sessions",
        "schedule": crontab(hour=3, minute=10),
    },
    "orphan files": {"task": "establishments.files.tasks.sweep_all", "schedule": crontab(hour=3, minute=30)},
    "directory": {"task": "establishments.directory.tasks.end_all_grace", "schedule": crontab(hour=4, minute=20)},
    "imports": {"task": "establishments.imports.tasks.sweep", "schedule": 300},  # seconds
    "emergency": {"task": "establishments.emergency.tasks.sweep_resets", "schedule": 300},
    "openings": {"task": "establishments.territory.tasks.open_schools", "schedule": crontab(minute=1)},
    "notifications": {"task": "accounts.notifications.tasks.sweep_all", "schedule": 300},
    "slips": {"task": "establishments.slips.tasks.sweep_all", "schedule": 600},  # seconds
}

# --- E-mail ---------------------------------------------------------------------------------------------------
# smtp+tls://user:password@host:587; without it, messages are files that nobody sends.
EMAIL_FILE_PATH = str(ENT_HOME / "mail")
if env.str("EMAIL_URL", default=""):
    globals().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("ENT_MAIL_FROM", default="ne-pas-repondre@localhost")

# --- People and sessions --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "accounts.sessions.backend.SessionBackend",
]
PASSWORD_HASHERS = [
    "accounts.credentials.hashers.PortalArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.credentials.validators.NotAllDigitsValidator"},
    {"NAME": "accounts.credentials.validators.FrenchCommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.sign_in.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
SOCIALACCOUNT_ADAPTER = "accounts.federation.adapter.SocialAccountAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
# Files in PEM: with them, what we send to identity providers is signed, and what they encrypt can be read.
ENT_SAML_KEY = env.str("ENT_SAML_KEY", default="")
ENT_SAML_CERTIFICATE = env.str("ENT_SAML_CERTIFICATE", default="")
# Metadata are fetched from public addresses, unless the region's providers stand in the State's private network.
ENT_PRIVATE_PROVIDERS = env.bool("ENT_PRIVATE_PROVIDERS", default=False)
ACCOUNT_PREVENT_ENUMERATION = True
# A school goes out through one address: the limit by account stops an attacker, the one by address is wide.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "5/5m/key,20/h/key,120/m/ip",
    "one_time_code": "20/5m/key,300/m/ip",
    "recover": "5/h/key,120/m/ip",
    "recovery_link": "120/m/ip",
    "own_password": "10/5m/user",
    "address_link": "5/h/user",
    "agenda_feed": "120/h/key,600/m/ip",
}
PASSWORD_RESET_TIMEOUT = 2 * 3600  # of the link that is mailed

# How many proxies of ours stand before the application: the address of who asks is what the first of them adds to
# X-Forwarded-For. What stands before it in that header was written by whoever sent the request.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("ENT_TRUSTED_PROXIES", default=0)

ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60

# Second factors. A demonstration asks nobody for one: its printed password must be enough.
ENT_NEEDS_SECOND_FACTOR = "establishments.people.reach.needs_second_factor"
ENT_REQUIRE_SECOND_FACTOR = env.bool("ENT_REQUIRE_SECOND_FACTOR", default=not ENT_DEMO)
# What a SAML provider says when it asked for two proofs itself: such a sign-in needs no other here.
ENT_STRONG_AUTHN_CONTEXTS = frozenset(env.list("ENT_STRONG_AUTHN_CONTEXTS", default=["https://refeds.org/profile/mfa"]))
MFA_ADAPTER = "accounts.second_factor.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # no address is needed here, and none proves anything
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # 30 seconds early or late; a code serves once whatever the clock says
MFA_FORMS = {
    "authenticate": "accounts.second_factor.forms.AuthenticateForm",
    "reauthenticate": "accounts.second_factor.forms.ReauthenticateForm",
    "activate_totp": "accounts.second_factor.forms.ActivateForm",
    "add_webauthn": "accounts.second_factor.forms.AddKeyForm",
    "authenticate_webauthn": "accounts.second_factor.forms.AuthenticateKeyForm",
    "reauthenticate_webauthn": "accounts.second_factor.forms.ReauthenticateKeyForm",
}

SESSION_ENGINE = "accounts.sessions.store"
# Unused, a session lasts so long; a shorter time for whoever needs a second factor.
SESSION_COOKIE_AGE = 12 * 3600
ENT_SHORT_SESSION = 30 * 60
INSECURE_COOKIES = env.bool("ENT_INSECURE_COOKIES", default=False)  # plain HTTP on loopback
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_COOKIES
SESSION_COOKIE_NAME = "ent_session" if INSECURE_COOKIES else "__Host-ent_session"
CSRF_COOKIE_NAME = "ent_csrf" if INSECURE_COOKIES else "__Host-ent_csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# --- Security -------------------------------------------------------------------------------------------------
SECURE_HSTS_SECONDS = 0 if INSECURE_COOKIES else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SSL_REDIRECT = not INSECURE_COOKIES
SECURE_REDIRECT_EXEMPT = [r"^sante/$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 10**6  # two million letters with accents are refused by their form, in words
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- The page -------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("Français"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/Paris"

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(ENT_HOME / "static"))
STATICFILES_DIRS = [ROOT / "static"]
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(ENT_HOME / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "establishments.files.handlers.CappedUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- The API --------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.credentials.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "ent.portal.parsers.BoundedJSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "ent.portal.pagination.PortalPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would describe it a second time
    "EXCEPTION_HANDLER": "ent.portal.problems.problem_details",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=365), "TOKEN_LIMIT_PER_USER": 20, "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Portail des établissements",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    # Each has its own kinds: clients' classes are named after them.
    "ENUM_NAME_OVERRIDES": {
        "EstablishmentKind": "establishments.territory.models.Establishment.Kind",
        "GroupKind": "establishments.people.models.Group.Kind",
        "CaseKind": "establishments.support.models.Case.Kind",
        "ResourceKind": "pedagogy.courses.models.Resource.Kind",
        "CaseLevel": "establishments.support.models.Case.Level",
        "MasteryLevel": "pedagogy.homework.models.Level",
        "Role": "establishments.people.models.Role",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
