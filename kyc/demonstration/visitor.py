"""Somebody at a browser: keeps cookies, follows redirects, fills in the forms that a page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

SECONDS = 30.0  # an answer that takes longer is a failure of the story
Value = str | Sequence[str]


class StoryBroke(Exception):
    """A step did not go as told; the message says what was expected and what came."""


@dataclass(slots=True)
class Form:
    """As the page shows it: where it is sent, and what stands in its fields before anybody types."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    offered: dict[str, list[str]] = field(default_factory=dict)  # what may be chosen or ticked, by field


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    status: int
    text: str
    forms: tuple[Form, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def says(self, *words: str) -> Page:
        """Itself, if all the words stand in it."""
        for word in words:
            if word not in self.text:
                raise StoryBroke(f"{self.path} ({self.status}) does not say “{word}”")
        return self

    def has_form(self, to: str) -> bool:
        return any(form.action.endswith(to) for form in self.forms)

    def form(self, *, to: str = "", having: str = "") -> Form:
        """The first form whose address ends in `to` and which has the field `having`."""
        for form in self.forms:
            asked = having in form.fields or having in form.files or having in form.offered
            if urlsplit(form.action).path.endswith(to) and (not having or asked):
                return form
        raise StoryBroke(f"{self.path} ({self.status}) has no form to “{to}” with a field “{having}”")

    def link(self, part: str) -> str:
        """The first link whose address holds `part`."""
        for address in self.links:
            if part in address:
                return address
        raise StoryBroke(f"{self.path} ({self.status}) has no link to “{part}”")


class Visitor:
    """One browser. A page that answers with an error is returned like any other when `status` expects it."""

    def __init__(self, home: str) -> None:
        self.home = home.rstrip("/")
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "clearance-demo"
        self._session.trust_env = False  # a proxy of the machine's is not for its own pages

    def open(self, address: str, *, status: int = 200) -> Page:
        return self._page(self._session.get(urljoin(self.home + "/", address), timeout=SECONDS), status)

    def send(
        self,
        page: Page,
        form: Form,
        typed: Mapping[str, Value],
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        status: int = 200,
    ) -> Page:
        """Fill in `typed` over what stands in the form, and send it as a browser would."""
        unknown = set(typed) - set(form.fields) - set(form.offered)
        if unknown:
            raise StoryBroke(f"{page.path} has no field {', '.join(sorted(unknown))}")
        data = form.fields | {name: [value] if isinstance(value, str) else list(value) for name, value in typed.items()}
        answer = self._session.post(
            urljoin(page.url, form.action or page.url),
            data=data,
            files=dict(files) if files else None,
            headers={"Referer": page.url},
            timeout=SECONDS,
        )
        return self._page(answer, status)

    def _page(self, answer: requests.Response, status: int) -> Page:
        answer.encoding = "utf-8"
        if answer.status_code != status:
            raise StoryBroke(f"{urlsplit(answer.url).path} answered {answer.status_code}, not {status}")
        reader = _Reader()
        reader.feed(answer.text)
        return Page(answer.url, answer.status_code, answer.text, tuple(reader.forms), tuple(reader.links))


class _Reader(HTMLParser):
    """The forms and links of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        seen = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in seen:
            self.links.append(seen["href"])
        elif tag == "form":
            self._form = Form(seen.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in seen:
            self._take(self._form, tag, seen, set(seen))

    def _take(self, form: Form, tag: str, seen: Mapping[str, str], flags: set[str]) -> None:
        name = seen.get("name", "")
        if tag == "select" and name:
            self._select = name
            form.offered.setdefault(name, [])
        elif tag == "option" and self._select:
            form.offered[self._select].append(seen.get("value", ""))
            if "selected" in flags:
                form.fields.setdefault(self._select, []).append(seen.get("value", ""))
        elif tag == "textarea" and name:
            self._area = name
            form.fields[name] = [""]
        elif tag == "button" and name:
            form.offered.setdefault(name, []).append(seen.get("value", ""))
        elif tag == "input" and name:
            kind = seen.get("type", "text")
            if kind == "file":
                form.files.add(name)
            elif kind in ("checkbox", "radio"):
                form.offered.setdefault(name, []).append(seen.get("value", "on"))
                if "checked" in flags:
                    form.fields.setdefault(name, []).append(seen.get("value", "on"))
            elif kind not in ("submit", "button", "image"):
                form.fields.setdefault(name, []).append(seen.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area:
            self._form.fields[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
