"""A browser that knows the contents of its drafts and checks them after each request."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from declarations.models import Declaration
from declarations.wizard.draft_storage import PREFIX
from declarations.wizard.session_store import SessionStore
from tests.support.builders import url_token

from .reading import HARMLESS, Page, differences, follows_period, lost_values

# Kind and draft.
Key = tuple[str, str]
Held = dict[Key, dict[str, Any]]
MOST_REDIRECTS = 5


class Browser:
    """A browser with cookies. `held` is the stored content of each draft, by step, after the last request.

    `receipts` has the tokens by filed draft, `closed` the drafts that the session lists as finished, `met` counts of
    what happened.

    Each act raises AssertionError if a promise is broken: an error page, a lost draft, a declaration filed without
    Confirm or not as displayed.
    """

    def __init__(self) -> None:
        self.client = Client()
        self.held: Held = {}
        self.receipts: dict[str, str] = {}
        self.closed: set[Key] = set()
        self.met: Counter[str] = Counter()
        self.filed = Declaration.objects.count()

    # -- requests ------------------------------------------------------------------------------------------------

    def get(self, url: str) -> Page:
        """Get a page, which must change no answer and file nothing."""
        page = self._request("get", url)
        now = self.stored_drafts()
        assert now == self.held, f"a GET of {url} changed {self.held} to {now}"
        assert Declaration.objects.count() == self.filed, f"a GET of {url} filed"
        return self._with_copy(page)

    def send(self, url: str, data: Mapping[str, str]) -> Page:
        """Post something that starts or drops drafts and must file nothing: the first page, buttons of a receipt."""
        page, held = self._request("post", url, data), self.held
        self.held = self.stored_drafts()
        gone = held.keys() - self.held.keys()
        assert not gone or url.endswith("/discard/"), f"{url} lost {gone}"
        assert all(self.held[key] == held[key] for key in held.keys() - gone), f"{url} changed a draft"
        self.closed |= gone
        assert Declaration.objects.count() == self.filed, f"{url} filed"
        return self._with_copy(page)

    def press(self, page: Page, typed: Mapping[str, str] = {}, **button: str) -> Page:
        """Post a step's page with its displayed values, changed by `typed`, with a button (default Next, Confirm)."""
        sent = {**page.fields, **typed, **button}
        after = self._request("post", page.url, sent)
        before, self.held = self.held, self.stored_drafts()
        self._look(page, sent, before, after, is_confirm=page.step == "overview" and not button)
        return self._with_copy(after)

    def expire(self, is_cookie_gone: bool) -> None:
        """Lose the session: the cookie, or the stored row."""
        if is_cookie_gone:
            self.client.cookies.clear()
        else:
            Session.objects.filter(session_key=self._session_key).delete()
        self.held, self.closed = {}, set()

    def _request(self, method: str, url: str, data: Mapping[str, str] | None = None) -> Page:
        self.met["requests"] += 1
        response = getattr(self.client, method)(url, data)
        for _hop in range(MOST_REDIRECTS):
            if response.status_code != 302:
                break
            url = response["Location"]
            assert url.startswith("/"), url
            assert not url.startswith("//"), url
            response = self.client.get(url)
        assert response.status_code in HARMLESS, f"{response.status_code} of {url}"
        assert response.status_code != 302, f"{url} leads round in a circle"
        return Page.from_response(url, response)

    @property
    def _session_key(self) -> str:
        cookie = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        return cookie.value if cookie else ""

    def stored_drafts(self) -> Held:
        found = SessionStore(self._session_key or None).load() if self._session_key else {}
        keys = {key: key.removeprefix(PREFIX).partition("-") for key in found if key.startswith(PREFIX)}
        return {(kind, draft): deepcopy(found[key]["step_data"]) for key, (kind, _dash, draft) in keys.items()}

    def _with_copy(self, page: Page) -> Page:
        if page.step:
            page.held = deepcopy(self.held.get(page.key))
        return page

    # -- promises ------------------------------------------------------------------------------------------------

    def _look(self, page: Page, sent: Mapping[str, str], before: Held, after: Page, *, is_confirm: bool) -> None:
        key = page.key
        declaration = Declaration.objects.filter(draft=UUID(key[1])).first()
        if key[1] in self.receipts:
            assert Declaration.objects.count() == self.filed, f"{page.url} filed again"
            assert url_token(after.url) == self.receipts[key[1]], f"{page.url} was filed and leads to {after.url}"
            self.met["sent again, led to the one receipt"] += 1
        elif declaration:
            assert is_confirm, f"{page.url} filed without Confirm"
            self._was_filed(declaration, page, sent, after)
        else:
            assert Declaration.objects.count() == self.filed, f"{page.url} filed another draft"
            self._is_kept(page, sent, before, after)
        self._others_are_kept(key, before, is_filed=key[1] in self.receipts)

    def _was_filed(self, declaration: Declaration, page: Page, sent: Mapping[str, str], after: Page) -> None:
        self.filed += 1
        self.met["filed as confirmed"] += 1
        assert Declaration.objects.count() == self.filed, f"{page.url} filed more than once"
        self.receipts[page.parts[2]] = url_token(after.url)
        self.closed.add(page.key)
        assert after.status == 200, after.url
        assert url_token(after.url) == declaration.receipt_token, after.url
        assert after.answer == page.answer or page.answer is None, (after.answer, page.answer)
        typed = {
            name.removeprefix("overview-"): unicodedata.normalize("NFC", value.strip())
            for name, value in sent.items()
            if name.startswith("overview-")
        }
        found = list(differences(declaration, page, typed))
        assert not found, "\n".join(found)

    def _is_kept(self, page: Page, sent: Mapping[str, str], before: Held, after: Page) -> None:
        """Assert that the draft's content is still there and that typed values are displayed again."""
        _language, kind, draft, step = page.parts
        if (kind, draft) not in self.held:
            is_closed = page.key in self.closed and after.status == 410
            assert is_closed, f"{page.url} lost its draft, and says {after.status} at {after.url}"
            return
        assert page.key not in self.closed, f"{page.url} brought a discarded draft back"
        self.met["restored from the copy in the page"] += page.key not in before
        had, has = before.get((kind, draft), page.held) or {}, self.held[kind, draft]
        changed = {slug for slug in {*had, *has} - {step} if had.get(slug) != has.get(slug)}
        assert not changed, f"{page.url} changed {changed}: {had} to {has}"
        if after.status == 400:
            button = next((f'name="{name}" value="{sent[name]}"' for name in ("language", "go") if name in sent), "")
            assert button, f"{page.url} as a browser sends it cannot be read"
            assert button not in page.text, f"{page.url} has a button that leads nowhere: {button}"
            return
        begun = self._begun_by(step, sent, before)
        again = after
        if begun or after.parts[1:] != page.parts[1:]:
            again = self.get(
                page.url if not begun else page.url.replace(f"/{kind}/{draft}/", "/{}/{}/".format(*begun))
            )
        if again.step == step:
            of_step = {name: value for name, value in sent.items() if name.startswith(f"{step}-")}
            typed = {name: value for name, value in of_step.items() if not follows_period(name, value, page, again)}
            found = list(lost_values(again, typed))
            assert not found, "\n".join(found)

    def _begun_by(self, step: str, sent: Mapping[str, str], before: Held) -> Key | None:
        """The draft that the first page started because another kind was chosen."""
        new = [key for key in self.held.keys() - before.keys() if key[0] == sent.get("start-kind")]
        return new[0] if step == "start" and new and sent.get("go") != "anew" else None

    def _others_are_kept(self, key: Key, before: Held, *, is_filed: bool) -> None:
        """Assert that no other draft changed, except a Modification replaced by a filed Cancellation."""
        for other, steps in before.items():
            if other == key or self.held.get(other) == steps:
                continue
            is_replaced = is_filed and other[0] == "modification" and key[0] == "cancellation"
            assert is_replaced, f"{other} changed from {steps} to {self.held.get(other)}"
            assert other not in self.held, other
            self.closed.add(other)
