"""Every setting an operator has, typed and checked; docs/operators.md lists them, and a test compares the two."""

import re
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from problems.networks import base_address

SHORTEST_KEY, FEWEST_LETTERS = 50, 10
UPLOADS = ("/imports/", "/api/v1/imports/")  # where a POST may be as long as MAX_IMPORT


class WrongSetting(SystemExit):
    """Ends the process with one sentence for each setting that is missing or wrong, and without a traceback."""


def _listed(value: object) -> object:
    return [part for part in re.split(r"[,\s]+", value) if part] if isinstance(value, str) else value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("it is not a plain origin")
    if parts.scheme == "http" and not loopback:
        raise ValueError("plain http is for this machine only")
    return value.rstrip("/")


def _database(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if value and (parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/")):
        raise ValueError("it names no PostgreSQL database")
    _ = urlsplit(value.get_secret_value()).port  # a ValueError where it is none
    return value


def _mail(value: SecretStr) -> SecretStr:
    if urlsplit(value.get_secret_value()).scheme not in {"smtp", "smtps", "smtp+starttls", "console"}:
        raise ValueError("its scheme is unknown")
    _ = urlsplit(value.get_secret_value()).port  # a ValueError where it is none
    return value


def _contact(value: str) -> str:
    if value and not re.fullmatch(r"[^@\s<>\"']+@[^@\s<>\"']+", value, re.ASCII):
        raise ValueError("it is no e-mail address")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}", value.lower()):
        raise ValueError("it is no host name")
    return value.lower()


def _network(value: str) -> str:
    return str(ip_network(value))


def _service(value: str, others: ValidationInfo) -> str:
    return "" if value == "off" else base_address(value, on_loopback=others.data.get("SOURCES_ON_LOOPBACK", False))


def _hard_to_guess(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if len(text) < SHORTEST_KEY or len(set(text)) < FEWEST_LETTERS:
        raise ValueError("it is too short or too plain")
    return value


type Listed[T] = Annotated[list[T], NoDecode, BeforeValidator(_listed)]
type Service = Annotated[str, AfterValidator(_service)]
type Secret = Annotated[SecretStr, AfterValidator(_hard_to_guess)]
type Count = Annotated[int, Field(ge=1)]
type Seconds = Annotated[float, Field(gt=0)]


class Environment(BaseSettings):
    """The environment variables that are read; each description completes the sentence "set it to ...", and serves as help."""

    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore", env_ignore_empty=True, frozen=True)

    SECRET_KEY: Secret = Field(description="50 or more random characters, for instance what `openssl rand -base64 48` prints")
    SECRET_KEY_FALLBACKS: Listed[Secret] = Field(
        default=[], description="earlier values of SECRET_KEY whose sessions and links stay good, separated by commas"
    )
    SITE_URL: Annotated[str, AfterValidator(_origin)] = Field(
        description="the address under which people reach the site, such as https://map.example.org"
    )
    CONTACT: Annotated[str, AfterValidator(_contact)] = Field(
        default="", description="the e-mail address at which people tell us of an error or a hole, shown to everybody; empty: none is shown"
    )
    REPORT_GUIDANCE: str = Field(
        default="", max_length=2000, description="a sentence on where people of this installation report harmful material, shown before the hotlines"
    )
    HARMFUL_HOSTS: Listed[Annotated[str, AfterValidator(_host)]] = Field(
        default=[], description="hosts, separated by commas, whose addresses are refused in every text, as addresses of hidden networks are"
    )
    LINK_HOSTS: Listed[Annotated[str, AfterValidator(_host)]] = Field(
        default=[], description="further hosts, separated by commas, whose addresses are links at once, beside those of scholarly publishing"
    )
    ALLOWED_HOSTS: Listed[str] = Field(
        default=[], description="further host names that are answered, separated by commas; the host of SITE_URL always is"
    )
    TRUSTED_PROXIES: Listed[Annotated[str, AfterValidator(_network)]] = Field(
        default=[],
        description="addresses or networks of the proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Request-ID count, separated by commas",
    )

    DATABASE_URL: Annotated[SecretStr, AfterValidator(_database)] = Field(
        default=SecretStr(""),
        description="postgresql://user:password@host:5432/name of a PostgreSQL 15 or newer; empty: one of our own under var/postgres",
    )
    MIGRATE_DATABASE_URL: Annotated[SecretStr, AfterValidator(_database)] = Field(
        default=SecretStr(""),
        description="the same database as DATABASE_URL by the role that owns the tables, for migrate, backup and restore; empty: there is one role",
    )
    DATABASE_POOL: Count = Field(default=10, description="the most connections that one process keeps; not fewer than WEB_THREADS")
    STATEMENT_TIMEOUT: Seconds = Field(default=10, description="seconds after which the database ends a statement")
    LOCK_TIMEOUT: Seconds = Field(default=3, description="seconds that a statement waits for a lock")
    IDLE_IN_TRANSACTION_TIMEOUT: Seconds = Field(default=30, description="seconds that a transaction may stand idle")

    MAIL_URL: Annotated[SecretStr, AfterValidator(_mail)] = Field(
        default=SecretStr("smtp://localhost:25"),
        description="smtp://, smtps:// or smtp+starttls://user:password@host:port; console: prints mail, for trying only",
    )
    MAIL_FROM: str = Field(default="", description="the sender of our mail; empty: noreply@ and the host of SITE_URL")

    SOURCES_ON_LOOPBACK: bool = Field(
        default=False, description="true or false: whether metadata services may stand on this machine, for tests and trying only"
    )
    ARXIV_BASE_URL: Service = Field(default="https://export.arxiv.org", description="the origin at which arXiv is asked; off: it is not asked")
    CROSSREF_BASE_URL: Service = Field(default="https://api.crossref.org", description="the origin at which Crossref is asked; off: it is not asked")
    DATACITE_BASE_URL: Service = Field(default="https://api.datacite.org", description="the origin at which DataCite is asked; off: it is not asked")
    OPENALEX_BASE_URL: Service = Field(default="https://api.openalex.org", description="the origin at which OpenAlex is asked; off: it is not asked")
    SOURCE_TIMEOUT: Seconds = Field(default=10, description="seconds in which a metadata service must have answered, further tries included")
    LOOKUP_CACHE_DAYS: Count = Field(default=30, description="days for which the answer of a metadata service is kept")

    WEB_HOST: str = Field(default="127.0.0.1", description="the address on which `python -m tracker.server` listens")
    PORT: Annotated[int, Field(ge=1, le=65535)] = Field(default=8000, description="the port on which `python -m tracker.server` listens")
    WEB_THREADS: Count = Field(default=8, description="the number of requests that are worked on at once")
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")

    STAFF_SECOND_FACTOR: bool = Field(
        default=True, description="true or false: whether curators must have a second factor before they can do anything else"
    )
    SIGN_UP: Literal["invitation", "open"] = Field(
        default="invitation", description="invitation or open: whether people need an invitation to get an account"
    )
    ORCID_CLIENT_ID: str = Field(default="", description="the client id of this installation at ORCID; empty: nobody logs in by ORCID")
    ORCID_CLIENT_SECRET: SecretStr = Field(default=SecretStr(""), description="the secret that belongs to ORCID_CLIENT_ID")
    GITHUB_CLIENT_ID: str = Field(default="", description="the client id of this installation at GitHub; empty: nobody logs in by GitHub")
    GITHUB_CLIENT_SECRET: SecretStr = Field(default=SecretStr(""), description="the secret that belongs to GITHUB_CLIENT_ID")
    SESSION_IDLE_DAYS: Count = Field(default=14, description="days without a visit after which a session ends")
    SESSION_DAYS: Count = Field(default=30, description="days after which a session ends in any case")
    STAFF_SESSION_HOURS: Count = Field(default=12, description="hours after which the session of a curator ends in any case")

    RATE_FACTOR: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=1, description="what all request rates are multiplied by; never sizes, never the guard of one account"
    )
    API_ANONYMOUS_RATE: Count = Field(default=120, description="requests a minute to the API from one address without a token")
    API_TOKEN_RATE: Count = Field(default=600, description="requests a minute to the API with one token or session")
    EXPORT_RATE: Count = Field(default=30, description="exports of papers an hour with one token or session, or from one address without")
    LOGIN_FAILURES: Count = Field(default=5, description="wrong passwords in five minutes for one account")
    LOGIN_RATE: Count = Field(default=30, description="log-ins a minute from one address")
    RESET_RATE: Count = Field(default=5, description="password resets an hour from one address")
    WRITES_A_MINUTE: Count = Field(default=60, description="submissions a minute that one person may make, change or hand in")
    WRITES_A_DAY: Count = Field(default=1000, description="the same a day")
    MAX_OPEN_SUBMISSIONS: Count = Field(default=200, description="submissions that one person may have open")
    IMPORTS_A_DAY: Count = Field(default=10, description="files a day that one person may import")
    SIGNUP_RATE: Count = Field(default=5, description="sign-ups an hour from one address")
    INVITE_RATE: Count = Field(default=20, description="invitations a day by one person")
    LOOKUP_RATE: Count = Field(default=30, description="look-ups a minute for which one person lets metadata services be asked")
    TEAM_INVITE_RATE: Count = Field(default=20, description="links a day by which people may join one team")
    CONTACT_RATE: Count = Field(default=20, description="messages a day that one person may write to teams")
    FLAG_RATE: Count = Field(default=5, description="flags an hour from one address, or by one account")

    MAX_REQUEST_LINE: Count = Field(default=8 * 1024, description="bytes of a request line")
    MAX_HEADERS: Count = Field(default=32 * 1024, description="bytes of all headers of a request")
    MAX_BODY: Count = Field(default=1024 * 1024, description="bytes of a request body")
    MAX_IMPORT: Annotated[int, Field(ge=1, le=20_000_000)] = Field(  # no format reads more
        default=20_000_000, description="bytes of a file of records"
    )
    MAX_JSON_DEPTH: Count = Field(default=32, description="levels of nesting in a JSON body")
    MAX_FORM_FIELDS: Count = Field(default=1000, description="fields of a form")
    MAX_SEARCH_LENGTH: Count = Field(default=300, description="characters of a search text")
    MAX_SEARCH_WORDS: Count = Field(default=20, description="words of a search text")
    MAX_FILTER_VALUES: Count = Field(default=200, description="values of one filter")
    MAX_PAGE_SIZE: Count = Field(default=200, description="rows of a page")
    BODY_TIMEOUT: Seconds = Field(default=30, description="seconds in which a request must have arrived")

    @field_validator("MIGRATE_DATABASE_URL")
    @classmethod
    def _is_another_role(cls, value: SecretStr, others: ValidationInfo) -> SecretStr:
        if value and "DATABASE_URL" in others.data:  # which is not there if it is wrong, and told of
            app = urlsplit(others.data["DATABASE_URL"].get_secret_value()).username
            if not app or app == urlsplit(value.get_secret_value()).username:
                raise ValueError("DATABASE_URL has to name another role")
        return value

    @property
    def tls(self) -> bool:
        """Whether people reach the site by https."""
        return self.SITE_URL.startswith("https:")

    @property
    def host(self) -> str:
        """Host name of SITE_URL, without the port."""
        return urlsplit(self.SITE_URL).hostname or ""


def read() -> Environment:
    """Return the settings of this process, or end it with a sentence for each fault."""
    try:
        return Environment()
    except ValidationError as error:
        faults = [_sentence(str(fault["loc"][0]), fault["type"], fault["msg"]) for fault in error.errors(include_input=False)]
        raise WrongSetting("\n".join(dict.fromkeys(faults))) from None


def _sentence(name: str, kind: str, message: str) -> str:
    advice = f"set the environment variable {name} to {Environment.model_fields[name].description}."
    if kind == "missing":
        return f"{name} is missing: {advice}"
    return f"{name} is wrong ({message.removeprefix('Value error, ').lower()}): {advice}"
