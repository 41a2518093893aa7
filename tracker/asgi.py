"""The ASGI application, for servers that want one; the tracker itself is served by WSGI."""

import os

from django.core.asgi import get_asgi_application

from tracker import database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
database.ensure()
application = get_asgi_application()
