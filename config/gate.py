"""Settings of a process that is the gate and nothing else: no sessions, no pages, no middleware.

`DJANGO_SETTINGS_MODULE=config.gate granian … config.wsgi:application` answers under /api/v1/access/ what the web
server answers there, from the same environment. CLEARANCE_GATE_PORT makes `manage.py run` start one.
"""

from config.settings import *  # noqa: F403
from config.settings import DATABASES

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "accounts",
    "kyc",
]
MIDDLEWARE = []
TEMPLATES = []
ROOT_URLCONF = "config.gate_urls"
# A database that does not answer is not waited for: callers give up after a quarter of a second anyway.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 2)
