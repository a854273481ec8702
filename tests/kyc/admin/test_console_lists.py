"""A list manager brings an edition by hand, or sends a worker to its source."""

from __future__ import annotations

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

import kyc.watchlists
from accounts.roles import Role
from kyc import dispatch
from kyc.watchlists.models import Edition

SAMPLE = Path(kyc.watchlists.__file__).parent / "sample" / "sample.jsonl"


def bring(client, content: bytes, code: str = "sample"):
    file = SimpleUploadedFile("edition.jsonl", content, content_type="application/json")
    return client.post(reverse("console:list_load", args=[code]), {"main": file}, follow=True)


class AnEditionBroughtByHand:
    def test_is_read_and_waits_until_somebody_puts_it_in_force(self, signed_in, house):
        answer = bring(signed_in(Role.LIST_MANAGER), SAMPLE.read_bytes())
        assert answer.status_code == 200
        edition = Edition.objects.get(watchlist__code="sample", origin="edition.jsonl")
        assert edition.entry_count == len(SAMPLE.read_bytes().splitlines()) - 1  # the first line is the head
        assert edition.activated_at is None
        assert answer.redirect_chain[-1][0] == reverse("console:edition", args=[edition.public_id])

    def test_that_cannot_be_read_is_refused_with_the_reason_and_nothing_is_kept(self, signed_in, house):
        before = Edition.objects.count()
        answer = bring(signed_in(Role.LIST_MANAGER), b"not a list")
        assert answer.status_code == 400
        assert Edition.objects.count() == before

    def test_that_is_too_large_for_a_page_names_the_command(self, signed_in, house, monkeypatch):
        monkeypatch.setattr("kyc.admin.watch.MOST_UPLOADED_BYTES", 10)
        answer = bring(signed_in(Role.LIST_MANAGER), SAMPLE.read_bytes())
        assert answer.status_code == 400
        assert "refresh_lists --file" in answer.content.decode()

    def test_without_its_file_is_refused(self, signed_in, house):
        answer = signed_in(Role.LIST_MANAGER).post(reverse("console:list_load", args=["sample"]))
        assert answer.status_code == 400


class AskingTheSource:
    def test_sends_a_worker(self, signed_in, house, monkeypatch, django_capture_on_commit_callbacks):
        sent: list[tuple[str, dict[str, object]]] = []
        monkeypatch.setattr(dispatch, "_send", lambda task, arguments: sent.append((task, dict(arguments))))
        with django_capture_on_commit_callbacks(execute=True):
            answer = signed_in(Role.LIST_MANAGER).post(reverse("console:list_ask", args=["us-csl"]))
        assert answer.status_code == 302
        assert sent == [("kyc.refresh_list", {"source": "us-csl"})]

    def test_is_refused_for_a_list_without_an_address(self, signed_in, house):
        answer = signed_in(Role.LIST_MANAGER).post(reverse("console:list_ask", args=["sample"]))
        assert answer.status_code == 400
        assert "bring the file" in answer.content.decode()
