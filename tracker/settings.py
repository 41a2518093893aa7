"""Django's settings, made of the environment that `tracker.environment` has read and checked."""

from datetime import timedelta
from email.utils import formataddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
from django.utils.csp import CSP

from tracker import database, environment, log

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = environment.read()

# -- the installation --
SECRET_KEY = ENV.SECRET_KEY.get_secret_value()
SECRET_KEY_FALLBACKS = [key.get_secret_value() for key in ENV.SECRET_KEY_FALLBACKS]
SITE_URL = ENV.SITE_URL
CONTACT = ENV.CONTACT
REPORT_GUIDANCE, HARMFUL_HOSTS, LINK_HOSTS = ENV.REPORT_GUIDANCE, ENV.HARMFUL_HOSTS, ENV.LINK_HOSTS
ALLOWED_HOSTS = [ENV.host, *ENV.ALLOWED_HOSTS]
TRUSTED_PROXIES = ENV.TRUSTED_PROXIES
ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False

INSTALLED_APPS = [
    "problems",  # before the others: its templates win
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
]

MIDDLEWARE = [
    "problems.middleware.TrustedProxies",
    "problems.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "problems.middleware.AnswerHeaders",
    "problems.middleware.Gate",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "problems.middleware.RestrictedReads",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "problems.middleware.SessionLimits",
    "problems.middleware.SecondFactor",
    "problems.middleware.StashedForms",
    "problems.middleware.ErrorPages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", BASE_DIR / "var" / "vendor"],  # the latter for its icons
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "problems.context.agenda",
            ],
        },
    }
]

# -- database --
_session = {
    "statement_timeout": f"{ENV.STATEMENT_TIMEOUT * 1000:.0f}",
    "lock_timeout": f"{ENV.LOCK_TIMEOUT * 1000:.0f}",
    "idle_in_transaction_session_timeout": f"{ENV.IDLE_IN_TRANSACTION_TIMEOUT * 1000:.0f}",
    "jit": "off",  # compiling costs short queries more than it saves
}


def _connection(url: str, options: dict[str, Any]) -> dict[str, Any]:
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))  # sslmode and the like go on to libpq
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": asked.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": asked | options,
    }


DATABASES = {
    "default": _connection(
        ENV.DATABASE_URL.get_secret_value() or database.url(role=database.APP),
        {
            "options": " ".join(f"-c {name}={value}" for name, value in _session.items()),
            "pool": {"min_size": 1, "max_size": ENV.DATABASE_POOL, "timeout": 5},
        },
    )
}
_owner = ENV.MIGRATE_DATABASE_URL.get_secret_value() or ("" if ENV.DATABASE_URL else database.url())
OWNER_DATABASE = _connection(_owner, {}) if _owner else None  # see problems.services.roles; None: one role does all
POSTGRES_TOOLS = database.tools()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {  # counts of attempts and requests: room for so many that nobody pushes out another's
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 200_000}}
}

# -- static files --
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "var" / "vendor" / "static"]  # letters and scripts of others, installed by `make vendor`, never committed
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing is ever stored
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["woff2", "png", "ico", "map", "gz", "br"]  # packed already, or for developers only

# -- security --
SECURE_CSP: dict[str, list[Any]] = {
    "default-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_SSL_REDIRECT = ENV.tls
SECURE_SSL_HOST = urlsplit(ENV.SITE_URL).netloc  # never the host that a request claims
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # asked by the machine itself, by plain http
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if ENV.tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENV.tls
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_prefix = "__Host-" if ENV.tls else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_prefix}session", f"{_prefix}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.tls
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "problems.views.errors.csrf_failure"
SESSION_COOKIE_AGE = int(timedelta(days=ENV.SESSION_IDLE_DAYS).total_seconds())
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # not a further cookie
SESSION_LONGEST = timedelta(days=ENV.SESSION_DAYS)
STAFF_SESSION_LONGEST = timedelta(hours=ENV.STAFF_SESSION_HOURS)
STAFF_SECOND_FACTOR = ENV.STAFF_SECOND_FACTOR

# -- limits --
MAX_REQUEST_LINE, MAX_HEADERS, MAX_BODY = ENV.MAX_REQUEST_LINE, ENV.MAX_HEADERS, ENV.MAX_BODY
MAX_IMPORT, UPLOADS = ENV.MAX_IMPORT, environment.UPLOADS
MAX_JSON_DEPTH = ENV.MAX_JSON_DEPTH
MAX_SEARCH_LENGTH, MAX_SEARCH_WORDS = ENV.MAX_SEARCH_LENGTH, ENV.MAX_SEARCH_WORDS
MAX_FILTER_VALUES, MAX_PAGE_SIZE = ENV.MAX_FILTER_VALUES, ENV.MAX_PAGE_SIZE
MAX_OPEN_SUBMISSIONS = ENV.MAX_OPEN_SUBMISSIONS
WRITES_A_MINUTE, WRITES_A_DAY = ENV.WRITES_A_MINUTE * ENV.RATE_FACTOR, ENV.WRITES_A_DAY * ENV.RATE_FACTOR
IMPORTS_A_DAY = ENV.IMPORTS_A_DAY * ENV.RATE_FACTOR
LOOKUP_RATE = ENV.LOOKUP_RATE * ENV.RATE_FACTOR
DATA_UPLOAD_MAX_MEMORY_SIZE = ENV.MAX_BODY
DATA_UPLOAD_MAX_NUMBER_FIELDS = ENV.MAX_FORM_FIELDS
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["problems.views.uploading.NoFile"]  # the page of imports has another for itself; nothing is ever stored as a file

# -- accounts --
AUTH_USER_MODEL = "problems.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["email", "display_name"]}},
]
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=1).total_seconds())
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
SIGN_UP, INVITE_RATE = ENV.SIGN_UP, ENV.INVITE_RATE
TEAM_INVITE_RATE, CONTACT_RATE = ENV.TEAM_INVITE_RATE, ENV.CONTACT_RATE
FLAG_RATE = ENV.FLAG_RATE * ENV.RATE_FACTOR
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if ENV.tls else "http"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER, MFA_ADAPTER = "problems.accounts.adapter.AccountAdapter", "problems.accounts.adapter.SecondFactorAdapter"
_sign_in = {"orcid": (ENV.ORCID_CLIENT_ID, ENV.ORCID_CLIENT_SECRET), "github": (ENV.GITHUB_CLIENT_ID, ENV.GITHUB_CLIENT_SECRET)}
SIGN_IN_BY = {name: (client, secret.get_secret_value()) for name, (client, secret) in _sign_in.items() if client and secret}
_sign_in_at = {"orcid": "https://orcid.org", "github": "https://github.com"}
SECURE_CSP["form-action"] += [_sign_in_at[name] for name in SIGN_IN_BY]  # a button leads there by way of a redirect, which browsers count in
SOCIALACCOUNT_ADAPTER = "problems.accounts.providers.ProviderAdapter"
SOCIALACCOUNT_QUERY_EMAIL = SOCIALACCOUNT_STORE_TOKENS = SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True  # a session that was left open connects nothing
SOCIALACCOUNT_FORMS = {"disconnect": "problems.forms.accounts.DisconnectForm"}
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
ACCOUNT_FORMS = {
    "signup": "problems.forms.accounts.SignUpForm",
    "login": "problems.forms.accounts.LoginForm",
    "reauthenticate": "problems.forms.accounts.ReauthenticateForm",
    "reset_password": "problems.forms.accounts.ResetPasswordForm",
    "reset_password_from_key": "problems.forms.accounts.ResetPasswordKeyForm",
    "change_password": "problems.forms.accounts.ChangePasswordForm",
    "set_password": "problems.forms.accounts.SetPasswordForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENV.tls
MFA_FORMS = {
    "authenticate": "problems.forms.accounts.AuthenticateForm",
    "reauthenticate": "problems.forms.accounts.ReauthenticateCodeForm",
    "activate_totp": "problems.forms.accounts.ActivateAppForm",
    "deactivate_totp": "problems.forms.accounts.DeactivateAppForm",
    "generate_recovery_codes": "problems.forms.accounts.RecoveryCodesForm",
    "add_webauthn": "problems.forms.accounts.AddKeyForm",
    "edit_webauthn": "problems.forms.accounts.EditKeyForm",
    "authenticate_webauthn": "problems.forms.accounts.AuthenticateKeyForm",
    "reauthenticate_webauthn": "problems.forms.accounts.ReauthenticateKeyForm",
}
ACCOUNT_RATE_LIMITS = {
    "login": f"{ENV.LOGIN_RATE * ENV.RATE_FACTOR}/m/ip",
    "login_failed": f"{ENV.LOGIN_RATE * ENV.RATE_FACTOR}/m/ip,{ENV.LOGIN_FAILURES}/5m/key",
    "reset_password": f"{ENV.RESET_RATE * ENV.RATE_FACTOR}/h/ip,{ENV.RESET_RATE}/h/key",
    "signup": f"{ENV.SIGNUP_RATE * ENV.RATE_FACTOR}/h/ip",
}

# -- mail --
_mail = urlsplit(ENV.MAIL_URL.get_secret_value())
MAILERS = {
    "default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if _mail.scheme == "console"
    else {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": _mail.hostname or "localhost",
            "port": _mail.port or {"smtp": 25, "smtps": 465, "smtp+starttls": 587}[_mail.scheme],
            "username": unquote(_mail.username or ""),
            "password": unquote(_mail.password or ""),
            "use_ssl": _mail.scheme == "smtps",
            "use_tls": _mail.scheme == "smtp+starttls",
            "timeout": 10,
        },
    }
}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.MAIL_FROM or formataddr(("Open Problems Tracker", f"noreply@{ENV.host}"))

# -- metadata services, by the names of their modules in problems/sources; an empty address: it is not asked --
SOURCES = {"arxiv": ENV.ARXIV_BASE_URL, "crossref": ENV.CROSSREF_BASE_URL, "datacite": ENV.DATACITE_BASE_URL, "openalex": ENV.OPENALEX_BASE_URL}
SOURCES_ON_LOOPBACK, SOURCE_TIMEOUT, LOOKUP_CACHE_DAYS = ENV.SOURCES_ON_LOOPBACK, ENV.SOURCE_TIMEOUT, ENV.LOOKUP_CACHE_DAYS

# -- API --
EXPORT_RATE = ENV.EXPORT_RATE * ENV.RATE_FACTOR  # an hour
API_RATES = {"anonymous": f"{ENV.API_ANONYMOUS_RATE * ENV.RATE_FACTOR}/min", "token": f"{ENV.API_TOKEN_RATE * ENV.RATE_FACTOR}/min"}
REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_RENDERER_CLASSES": ["problems.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "problems.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_SCHEMA_CLASS": "problems.api.schema.ViewSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle", "problems.api.authentication.TokenRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": API_RATES["anonymous"], "user": API_RATES["token"]},
    "EXCEPTION_HANDLER": "problems.api.errors.problem_response",
    "NUM_PROXIES": 0,  # TrustedProxies has settled the address
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter like any other: unknown
}
SPECTACULAR_SETTINGS: dict[str, object] = {
    "TITLE": "Open Problems Tracker",
    "DESCRIPTION": "The map of open problems, its papers and tags: to read, and with a token to write. Guide, with examples: docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # the codebook says it better
    "LICENSE": {"name": "Texts and tags: CC BY 4.0", "identifier": "CC-BY-4.0"},
    "SERVERS": [{"url": SITE_URL}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "State": "problems.choices.State",
        "Section": "problems.choices.Section",
        "Relation": "problems.choices.Relation",
        "Basis": "problems.choices.Basis",
        "ReviewStatus": "problems.choices.ReviewStatus",
        "PaperType": "problems.choices.PaperType",
        "Material": "problems.choices.Material",
        "Modality": "problems.choices.Modality",
        "ImportState": "problems.choices.ImportState",
        "RowOutcome": "problems.choices.RowOutcome",
        "Visibility": "problems.choices.Visibility",
        "Advisory": "problems.choices.Advisory",
        "Topic": "problems.choices.Topic",
        "BulkAct": "problems.choices.BulkAct",
        "Audience": "problems.choices.Audience",
        "Subject": "problems.choices.Subject",
        "Pace": "problems.choices.Pace",
        "SubmissionKind": "problems.choices.SubmissionKind",
        "SubmissionState": "problems.choices.SubmissionState",
        "EventKind": "problems.choices.EventKind",
        "LookupState": "problems.choices.LookupState",
        "OpinionState": "problems.choices.OpinionState",
        "Part": "problems.choices.Part",
        "Verdict": "problems.choices.Verdict",
        "Reason": "problems.choices.Reason",
        "FlagReason": "problems.choices.FlagReason",
        "FlagState": "problems.choices.FlagState",
        "ChangeKind": "problems.choices.ChangeKind",
        "ChangeState": "problems.choices.ChangeState",
    },
}

# -- log: one JSON object a line, without query strings, addresses or names --
_shared: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                log.without_paths,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                log.without_values,
                log.without_addresses,
                structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": [*_shared, structlog.stdlib.add_logger_name],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": ENV.LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": ENV.LOG_LEVEL, "propagate": True},
        "django.request": {"level": "ERROR"},  # what a client got wrong is a line of RequestLog already
        "django.server": {"handlers": [], "propagate": True},
        "httpx": {"level": "WARNING"},  # it would log what people look for
        "httpcore": {"level": "WARNING"},
    },
}
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
