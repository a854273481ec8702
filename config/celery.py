"""The Celery application: `celery -A config.celery`. Tasks live in kyc/tasks.py, beat's timetable in settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("clearance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["kyc"])
