"""The settings of the tests and of the type checker: those of production, with rates that no test reaches by accident."""

import os

os.environ.update(
    {
        "SECRET_KEY": "for tests: 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
        "SITE_URL": "http://localhost",
        "ALLOWED_HOSTS": "testserver,127.0.0.1",
        "RATE_FACTOR": "1000",
        "STAFF_SECOND_FACTOR": "false",
        "LOG_LEVEL": "ERROR",
        **dict.fromkeys(("ARXIV_BASE_URL", "CROSSREF_BASE_URL", "DATACITE_BASE_URL", "OPENALEX_BASE_URL"), "off"),  # a test that asks one plays it
        "STATEMENT_TIMEOUT": "60",  # a busy machine is no fault
        "LOCK_TIMEOUT": "30",
    }
)

os.environ.pop("MIGRATE_DATABASE_URL", None)  # tests have one role, but for those that make another

from tracker.settings import *  # noqa: F403 - it reads the environment made above

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one is slow on purpose
DATABASES["default"]["TEST"] = {"NAME": f"test_tracker_{os.environ.get('TEST_RUN', '')}"}  # noqa: F405 - as above
