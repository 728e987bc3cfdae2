"""The HTML report: what stands in it, that it loads nothing, and how it behaves in a browser."""

import html.parser
import json
import re
import shutil
from dataclasses import replace

import pytest

import stabcheck
from stabcheck.dynamic.report import Report, Step
from stabcheck.triage import Triage, render
from stabcheck.triage.page.ladder import HEIGHT, LEFT, TOP, WIDTH, ladder
from tests.triage.programs import SOFTMAX

PROGRAM = f"""\
'''A page of <script>alert(1)</script> & co.'''
import numpy as np
import stabcheck


def never_called(rate):
    return np.log(1 + rate)  # <b>bold</b>


{SOFTMAX}
"""


NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
        for source in ("import numpy as np", "def small(q):\n    return np.log(1 + q)")
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 4,
}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "program.py"
    path.write_text(PROGRAM)
    (path.parent / "broken.py").write_text("def (:\n")
    (path.parent / "notes.ipynb").write_text(json.dumps(NOTEBOOK))
    return stabcheck.triage(path.parent)


@pytest.fixture(scope="module")
def page(result):
    return render.html(result)


class _Reader(html.parser.HTMLParser):
    """Tags that are open, how many of each were seen, and the texts of `<mark>`."""

    def __init__(self):
        super().__init__()
        self.stack, self.seen, self.marks = [], {}, []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br", "input"):
            self.stack.append(tag)
        self.seen[tag] = self.seen.get(tag, 0) + 1

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "mark":
            self.marks.append(data)


class TestMarkup:
    def test_every_element_is_closed_and_no_text_becomes_one(self, page):
        reader = _Reader()
        reader.feed(page)
        assert reader.stack == []
        assert reader.seen["script"] == 1
        assert "<b>bold</b>" not in page
        assert "&lt;b&gt;bold&lt;/b&gt;" in page

    def test_it_loads_nothing(self, page):
        assert "default-src 'none'" in page
        assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(?!#)\w""", page)

    def test_it_shows_the_source_of_what_it_accuses(self, page):
        reader = _Reader()
        reader.feed(page)
        assert "np.exp(z) / np.sum(np.exp(z))" in reader.marks
        assert "np.log(1 + rate)" in reader.marks
        assert "np.log(1 + q)" in reader.marks  # in a cell of a notebook

    def test_it_shows_what_a_fix_changes(self, page):
        assert "+    return np.log1p(rate)" in page

    def test_what_could_not_be_done_is_there(self, page):
        assert "does not parse" in page

    def test_a_case_that_is_linked_is_there(self, page):
        targets = set(re.findall(r'id="([^"]+)"', page))
        links = re.findall(r'href="#([^"]+)"', page)
        assert links
        assert set(links) <= targets

    def test_the_same_triage_gives_the_same_page(self, result, page):
        assert render.html(result) == page

    def test_a_source_that_is_gone_is_left_out(self, result):
        gone = [
            replace(entry, finding=entry.finding and replace(entry.finding, path="gone.py", fix=None))
            for entry in result.entries
        ]
        assert "gone.py" in render.html(replace(result, entries=tuple(gone)))

    def test_nothing_to_say(self):
        assert "0 cases" in render.html(Triage(stabcheck.lint([]), (), (), ()))


def _report(*steps):
    return Report("case", "pass", (), tuple(steps))


class TestLadder:
    STEPS = (
        Step("float64", 1e-2, 1e-2, 1.0, 1.0, 1e-4, 1e-4),
        Step("float64", 1e-5, 1e-5, 1.0, 1.0, 1e-10, 1e-11),
        Step("float64", 1e-8, 1e-8, 1.0, 1.0, 1e-8, 1e-8),
        Step("float32", 1e-2, 1e-2, 1.0, 1.0, 0.0, 1e-4),
    )

    def test_a_point_for_each_step_inside_the_frame(self):
        points = ladder(_report(*self.STEPS)).findall("circle")
        steps = [point for point in points if point.find("title") is not None]
        assert len(steps) == len(self.STEPS)
        for point in steps:
            assert LEFT <= float(point.get("cx")) <= WIDTH
            assert TOP <= float(point.get("cy")) <= HEIGHT

    def test_smaller_steps_stand_further_left_and_smaller_errors_further_down(self):
        wide, best, _, _ = (p for p in ladder(_report(*self.STEPS)).findall("circle") if len(p))
        # drawn by step, the smallest first
        assert float(wide.get("cx")) < float(best.get("cx"))
        assert float(best.get("cy")) > float(wide.get("cy"))

    def test_the_sharpest_step_is_marked(self):
        sharp = [p for p in ladder(_report(*self.STEPS)).iter("circle") if "sharpest" in p.get("class")]
        assert [p.find("title").text.split(":")[0] for p in sharp] == [
            "float64, step 1.0e-05",
            "float32, step 1.0e-02",
        ]

    def test_what_is_not_finite_is_not_drawn(self):
        steps = [replace(step, error=float("nan")) for step in self.STEPS]
        assert ladder(_report(*steps)) is None


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = (
        shutil.which("chromium") or shutil.which("chromium-browser"),
        shutil.which("chromedriver"),
    )
    if chromium is None or driver is None:
        pytest.skip("no Chromium and ChromeDriver here (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for switch in ("headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking"):
        options.add_argument(f"--{switch}")
    options.add_argument("--disable-component-update")
    options.add_argument("--disable-sync")
    options.add_argument("--window-size=1300,1000")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    yield opened
    opened.quit()


class TestBrowser:
    """In headless Chromium."""

    @pytest.fixture(autouse=True)
    def _opened(self, browser, page, tmp_path):
        (tmp_path / "report.html").write_text(page, encoding="utf-8")
        browser.get((tmp_path / "report.html").as_uri())
        self.browser = browser

    def _column(self, number):
        cells = self.browser.find_elements("css selector", f"#ranked tbody tr td:nth-child({number})")
        return [cell.text for cell in cells if cell.is_displayed()]

    def _head(self, name):
        heads = self.browser.find_elements("css selector", "#ranked th button")
        return next(head for head in heads if head.text.split(" ")[0] == name)

    def test_nothing_is_requested_and_nothing_complains(self):
        requested = self.browser.execute_script("return performance.getEntriesByType('resource').length")
        assert requested == 0
        assert self.browser.get_log("browser") == []

    def test_a_click_on_a_head_sorts_and_a_second_turns_it(self):
        ranks = self._column(1)
        assert ranks == [str(rank) for rank in range(1, len(ranks) + 1)]
        self._head("where").click()
        rising = self._column(4)
        lines = [int(re.search(r":(\d+)", text)[1]) for text in rising]
        assert lines == sorted(lines)
        assert self._column(1) != ranks
        self._head("where").click()
        assert [text.split("\n")[0] for text in self._column(4)] == [
            text.split("\n")[0] for text in reversed(rising)
        ]
        self._head("#").click()
        assert self._column(1) == ranks

    def test_words_and_boxes_filter(self):
        rows = len(self._column(1))
        search = self.browser.find_element("id", "search")
        search.send_keys("scale-error")
        assert 0 < len(self._column(1)) < rows
        assert self.browser.find_element("id", "shown").text == f"{len(self._column(1))} of {rows}"
        search.clear()
        search.send_keys(" ")
        box = self.browser.find_element("css selector", "input[value=unreached]")
        box.click()
        assert "unreached" not in self._column(2)
        box.click()
        assert len(self._column(1)) == rows

    def test_a_link_opens_its_case_with_its_ladder(self):
        links = self.browser.find_elements("css selector", "#ranked a")
        link = next(link for link in links if link.text == "misses_n")
        link.click()
        case = self.browser.find_element("css selector", ".case:target")
        assert case.get_attribute("open") is not None
        drawing = case.find_element("css selector", "svg.ladder")
        assert drawing.is_displayed()
        frame = drawing.rect
        for text in drawing.find_elements("css selector", "text"):
            box = text.rect
            assert box["x"] >= frame["x"] - 1
            assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1

    def test_the_page_is_no_wider_than_its_window(self):
        for width in (1300, 700):
            self.browser.set_window_size(width, 900)
            wide = self.browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
            assert wide
        self.browser.set_window_size(1300, 1000)
