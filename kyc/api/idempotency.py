"""`Idempotency-Key`: a POST that is sent twice is done once (draft-ietf-httpapi-idempotency-key-header).

The key's row and the work are one transaction: whoever comes second waits for the first and gets its answer. A
request that was refused leaves no row, so that it can be mended and sent again under the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiClient
from kyc.api.models import IdempotentAnswer
from kyc.errors import BadInput, KeyReused
from kyc.policy.api import IDEMPOTENCY_KEY_LIMIT, IDEMPOTENCY_LASTS

HEADER = "Idempotency-Key"
Handler = Callable[..., Response]


def once(handler: Handler) -> Handler:
    """For a view's `post`: the whole request is one transaction, and done once for each key of a client."""

    @wraps(handler)
    def guarded(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not key:
            with transaction.atomic():
                return handler(view, request, *args, **kwargs)
        if len(key) > IDEMPOTENCY_KEY_LIMIT:
            raise BadInput(f"An {HEADER} has at most {IDEMPOTENCY_KEY_LIMIT} characters.")
        digest = digest_of(request)
        client = request.user
        assert isinstance(client, ApiClient)
        with transaction.atomic():
            earlier = _claim(client, key, digest)
            if earlier is not None:
                return again(earlier, digest)
            response = handler(view, request, *args, **kwargs)
            mine = IdempotentAnswer.objects.filter(client=client, key=key)
            mine.update(status=response.status_code, body=plain(response.data))
            return response

    return guarded


def digest_of(request: Request) -> str:
    """Of what is asked: method, address, and the body as it came. A file counts by its bytes."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.FILES:
        for name in sorted(request.FILES):
            for chunk in request.FILES[name].chunks():
                digest.update(chunk)
            request.FILES[name].seek(0)
        for name in sorted(set(request.data) - set(request.FILES)):
            digest.update(f"{name}={request.data[name]}\n".encode())
    else:
        digest.update(repr(request.data).encode())
    return digest.hexdigest()


def _claim(client: ApiClient, key: str, digest: str) -> IdempotentAnswer | None:
    """None: the key is ours now. Otherwise the row of who had it first, whose transaction is over by then."""
    IdempotentAnswer.objects.filter(client=client, at__lt=timezone.now() - IDEMPOTENCY_LASTS).delete()
    try:
        with transaction.atomic():
            IdempotentAnswer.objects.create(client=client, key=key, request_sha256=digest)
        return None
    except IntegrityError:
        return IdempotentAnswer.objects.get(client=client, key=key)


def again(earlier: IdempotentAnswer, digest: str) -> Response:
    if earlier.request_sha256 != digest:
        raise KeyReused(key=earlier.key)
    return Response(earlier.body, status=earlier.status or 200, headers={"Idempotent-Replayed": "true"})


def plain(data: Any) -> Any:
    """Dates as text: what the JSON renderer would write."""
    if isinstance(data, dict):
        return {name: plain(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [plain(value) for value in data]
    return data if data is None or isinstance(data, (bool, int, float, str)) else str(data)
