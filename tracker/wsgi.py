"""The WSGI application, for granian and any other server."""

import os

from django.core.wsgi import get_wsgi_application

from tracker import database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
database.ensure()
application = get_wsgi_application()
