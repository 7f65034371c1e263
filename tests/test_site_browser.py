"""The site in a real browser: every page opens, nothing leaves the machine, everybody can read it.

Pages are served from this machine, and a request for any other host is refused and counted.
"""

import functools
import http.server
import re
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest

ROOT = Path(__file__).resolve().parents[1]

LOOKED_AT = (
    "index.html",
    "notebooks/index.html",
    "notebooks/00_start_here.html",
    "notebooks/03_label_functions.html",
    "notebooks/07_ocnet_benchmark.html",
    "api/evaluation.html",
    "howto/database.html",
    "about/glossary.html",
    "about/bibliography.html",
    "play/index.html",
    "teaching/index.html",
)
"""The kinds of pages there are, for axe to look at; the first three on a phone too."""


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    """The site, built once."""
    folder = tmp_path_factory.mktemp("site") / "site"
    made = subprocess.run([sys.executable, ROOT / "site" / "build.py", folder], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-4000:]
    return folder


@pytest.fixture(scope="module")
def pages(site):
    """Every page of the site, by its path."""
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html") if "_static" not in path.parts)


@pytest.fixture(scope="module")
def address(site):
    """Where the site is served."""

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


class Watched:
    """A window of the browser that notes what goes wrong in it, and reaches this machine alone."""

    def __init__(self, browser, address: str, **options) -> None:
        self.faults: list[str] = []
        self.address = address
        self.context = browser.new_context(**options)
        self.context.route(re.compile(rf"^(?!{re.escape(address)}|data:|blob:)"), self._refuse)
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._answered)

    def _refuse(self, route) -> None:
        self.faults.append(f"{self.page.url}: asks for {route.request.url}")
        route.abort()

    def _heard(self, message) -> None:
        if message.type == "error":
            self.faults.append(f"{self.page.url}: {message.text}")

    def _answered(self, response) -> None:
        if response.status >= 400:
            self.faults.append(f"{self.page.url}: {response.status} for {response.url}")

    def open(self, path: str) -> None:
        self.page.goto(self.address + path, wait_until="load")


@pytest.fixture
def window(browser, address):
    """Makes windows; at the test's end none of them has seen a fault."""
    made = []

    def make(**options) -> Watched:
        made.append(Watched(browser, address, **options))
        return made[-1]

    yield make
    faults = [fault for one in made for fault in one.faults]
    for one in made:
        one.context.close()
    assert faults == []


LINKS = """() => ({
    ids: [...document.querySelectorAll('[id], a[name]')].map(e => e.id || e.name),
    links: [...document.querySelectorAll('a[href], iframe[src]')]
        .map(e => e.getAttribute('href') || e.getAttribute('src')),
    unnamed: [...document.images].filter(e => !e.hasAttribute('alt')).map(e => e.src),
    empty: [...document.images].filter(e => e.loading !== 'lazy' && e.naturalWidth === 0).map(e => e.src),
})"""


def test_every_page_opens_without_a_fault_and_no_link_is_dead(window, pages, site, address):
    seen, ids = {}, {}
    one = window()
    for path in pages:
        one.open(path)
        found = one.page.evaluate(LINKS)
        seen[path], ids[path] = found["links"], set(found["ids"])
        assert found["unnamed"] == [], f"{path}: images without words"
        assert found["empty"] == [], f"{path}: images that do not show"
    dead = []
    for path, links in seen.items():
        for link in links:
            goal, anchor = urldefrag(urljoin(address + path, link))
            if not goal.startswith(address):
                if not re.match(r"https?://|mailto:", goal):
                    dead.append(f"{path}: {link}")
                continue
            goal = unquote(goal.removeprefix(address).partition("?")[0]) or "index.html"
            if not (site / goal).is_file() or (anchor and goal in ids and unquote(anchor) not in ids[goal]):
                dead.append(f"{path}: {link}")
    assert dead == []


def test_it_is_read_from_a_folder_too(browser, site):
    """No server: the pages and the search work from a memory stick."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    assert page.get_by_role("heading", level=1).inner_text().startswith("Micro-expressions")
    page.goto((site / "search.html").as_uri() + "?q=SW-Max")
    page.wait_for_selector("#search-results li a")
    context.close()


def test_search_finds_sw_max(window):
    one = window()
    one.open("search.html?q=SW-Max")
    one.page.wait_for_selector("#search-results ul.search li a")
    one.page.wait_for_function("/^Search Results/.test(document.querySelector('#search-results').innerText)")
    said = one.page.locator("#search-results").inner_text()
    assert "Glossary" in said
    assert "Which label teaches a network where the apex is?" in said


def test_a_phone_need_not_move_the_page_sideways(window, pages):
    one = window(viewport={"width": 400, "height": 800})
    wide = []
    for path in pages:
        one.open(path)
        width = one.page.evaluate("document.scrollingElement.scrollWidth")
        wide += [f"{path}: {width} pixels"] if width > 400 else []
    assert wide == []


@pytest.mark.parametrize(
    ("width", "scheme", "looked_at", "rules"),
    [
        (1280, "light", LOOKED_AT, None),
        (1280, "dark", LOOKED_AT, ["color-contrast"]),  # the other rules know no colour
        (400, "light", LOOKED_AT[:3], None),
    ],
    ids=["screen", "dark", "phone"],
)
def test_axe_finds_no_serious_fault(window, pages, width, scheme, looked_at, rules):
    from axe_playwright_python.sync_playwright import Axe

    # Preloaded, imports of style sheets are asked for at the wrong place, and not found.
    options = {"resultTypes": ["violations"], "preload": False} | (
        {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    )
    one, faults = window(viewport={"width": width, "height": 900}, color_scheme=scheme), []
    for path in sorted(set(looked_at) & set(pages)):
        one.open(path)
        for found in Axe().run(one.page, options=options).response["violations"]:
            if found["impact"] in ("serious", "critical"):
                where = [node["target"] for node in found["nodes"]][:3]
                faults.append(f"{path}: {found['id']} ({len(found['nodes'])}): {found['help']}: {where}")
    assert faults == []


def test_dark_is_dark(window):
    one = window(color_scheme="dark")
    one.open("index.html")
    colours = one.page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    dark, light = (sum(map(int, re.findall(r"\d+", colour)[:3])) / 3 for colour in colours)
    assert dark < 60
    assert light > 180
