"""What the benchmark reckons with: its numbers, its reading of a page, its graphs."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from referentials.numbers import ssin
from tests.support.serving import http_browser, journey
from tests.support.serving.nginx import Nginx
from tests.support.serving.service import ROOT

from . import front, graphs, measuring, weight
from .__main__ import FIGURES, print_figure

PAGE = """<input name="elsewhere" value="1"><form id="step-form" method="post">
<input type="hidden" name="csrfmiddlewaretoken" value="a&amp;b"><input name="empty"><input type="date">
<input type="radio" name="one" value="x"><input type="radio" name="one" value="y" checked>
<input type="checkbox" name="off"><input type="checkbox" name="on" checked>
<select name="first"><option value="">-</option><option value="1">1</option></select>
<select name="chosen"><option value="1">1</option><option value="2" selected>2</option></select>
<button name="go" value="previous">Previous</button></form>"""


@pytest.mark.parametrize("rank", [0, 1, 996, 997, 123_456, 3_999_999])
def test_every_rank_has_an_ssin_of_its_own(rank: int):
    assert ssin.is_valid(journey.ssin(rank))
    assert journey.ssin(rank) != journey.ssin(rank + 1)


def test_a_form_is_sent_back_as_a_browser_sends_it():
    assert http_browser.fields_of(PAGE) == {
        "csrfmiddlewaretoken": "a&b",
        "empty": "",
        "one": "y",
        "on": "on",
        "first": "",
        "chosen": "2",
    }


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.5, 50), (0.99, 99), (0.991, 100), (1, 100)],
)
def test_percentile(share: float, expected: float):
    assert measuring.percentile([*range(100, 0, -1)], share) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([2.0, 1.0, 4.0], "2 (1–4)"), ([0.12345], "0.123"), ([1234.5, 12.34, 0.0], "12.3 (0–1234)")],
)
def test_a_figure_shows_its_median_and_range(values: list[float], expected: str):
    assert measuring.Figure("cost", values, "ms").spread == expected


def test_what_a_page_makes_a_browser_fetch():
    page = http_browser.Exchange(
        "GET", "/en/", {}, 200, "", '<a href="/no/"><link rel="icon" href="/i.svg"><script src="a.js" defer>', 0, 0
    )
    assert weight.resource_urls(page) == ["/i.svg", "/en/a.js"]
    assert [weight.is_ours(url) for url in ("/i.svg", "//other.example/i.svg", "https://other.example/")] == [
        True,
        False,
        False,
    ]


def test_graphs_are_an_image_with_each_value():
    image = graphs.render("Growth & more", {"list": [(1000, 5.0), (1_000_000, 6.5)]})
    said = [each.text for each in ElementTree.fromstring(image).iter("{http://www.w3.org/2000/svg}text")]
    assert said == ["Growth & more", "list", "5 ms", "1,000", "6.50 ms", "1,000,000"]


def test_the_readme_tells_every_figure():
    told = (ROOT / "benchmarks/README.md").read_text(encoding="utf-8")
    assert [name for name in FIGURES if f"`{name}`" not in told] == []


def walked(milliseconds: float, gunicorn: float, nginx: float) -> front.JourneyBatch:
    """Two journeys of one request, the second three times as long as the first."""
    said = [
        [http_browser.Exchange("GET", "/en/", {}, 200, "", "", 0, times * milliseconds / 1000)] for times in (1, 3)
    ]
    return front.JourneyBatch(said, gunicorn, nginx)


def test_what_nginx_costs():
    figures = front.figures([(walked(4, 200, 0), walked(5, 210, 10))], "SQLite")
    assert [(figure.name, figure.spread) for figure in figures] == [
        ("CPU of a declaration, nginx and gunicorn ÷ gunicorn alone, SQLite", "1.10"),
        ("  of gunicorn behind nginx ÷ alone", "1.05"),
        ("  of nginx", "5"),
        ("  of gunicorn alone", "100"),
        ("p50 of all requests, through nginx ÷ straight, SQLite", "1.25"),
        ("  p50 of  1 GET start", "1.25"),
        ("p99 of all requests, through nginx ÷ straight, SQLite", "1.25"),
        ("  p99 of  1 GET start", "1.25"),
    ]


def test_without_nginx_a_figure_says_so_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.setattr(front, "nginx_path", lambda: None)
    print_figure("front", measuring.Bench([], tmp_path))
    assert capsys.readouterr().out == "left out: nginx is not installed (Debian: apt-get install nginx-light)\n"


def test_nginx_gets_the_files_of_a_deployment_with_no_place_of_theirs(tmp_path: Path):
    Nginx(tmp_path, ROOT, tmp_path / "web.sock", https=8443, http=8080).configure()
    text = "".join(
        re.sub("#.*", "", path.read_text(encoding="utf-8")) for path in (tmp_path / "nginx").rglob("*.conf")
    )
    assert set(re.findall(r" listen ([^ ;]+)", text)) == {"127.0.0.1:8443", "127.0.0.1:8080"}
    assert "limit_req zone=dimona_requests burst=200 nodelay;" in text
    elsewhere = text.replace(str(tmp_path), "").replace(str(ROOT), "")
    assert set(re.findall(r"/(?:etc|opt|run|var)/[^\s;]+", elsewhere)) == {"/etc/nginx/mime.types"}
