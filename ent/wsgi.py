import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ent.settings")
application = get_wsgi_application()

# Plain HTTP on loopback is a developer's or a bench's; anything else is somebody's school.
if not settings.INSECURE_COOKIES and (settings.DEBUG or settings.SECRET_KEY == settings.DEFAULT_KEY):
    raise ImproperlyConfigured("Refusing to serve with DEBUG or without a SECRET_KEY of its own.")
