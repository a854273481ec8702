"""The numbers of the public API. Pure."""

from datetime import timedelta

# A caller who got no answer tries again within minutes; a day also covers a night's outage.
IDEMPOTENCY_LASTS = timedelta(hours=24)
IDEMPOTENCY_KEY_LIMIT = 80
