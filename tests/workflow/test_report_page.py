"""Snakemake's own report of the tiny run, with the report card on its first page, and the explorer in it."""

import shutil
import subprocess

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=20000",
    "--dump-dom",
]


@pytest.fixture(scope="module")
def report(tiny):
    """The file of the report."""
    path = tiny.results / "report.html"
    tiny.snakemake("--report", str(path))
    return path


def test_the_report_holds_the_report_card_and_the_figures(report, tiny):
    text = report.read_text(encoding="utf-8")
    assert "Report card" in text
    for figure in ("fig1", "fig3", "fig4", "fig5"):
        assert f"{figure}.png" in text
    for claim in tiny.claims():
        assert claim["id"] in text


def test_the_report_opens_in_a_browser_and_shows_the_report_card(report, tiny, tmp_path):
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("chromium is not installed")
    command = [browser, *FLAGS, f"--user-data-dir={tmp_path}", report.resolve().as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    shown = done.stdout
    # shown, not merely carried: the page is built by a script from a text in which every quote is escaped
    assert '<div id="report-card">' in shown
    assert "<h2>Report card</h2>" in shown
    for claim in tiny.claims():
        assert f"<td>{claim['id']}</td>" in shown


def test_the_explorer_opens_inside_the_report(report, tiny, browser):
    page = browser.new_page()
    page.goto(report.resolve().as_uri())
    page.get_by_text("Explorer", exact=True).click()
    page.get_by_role("row", name="estimates and members").locator("a").first.click()
    explorer = page.frame_locator("iframe")
    points = {(job.h, a) for job in tiny.jobs for a in job.sqrt_h_alpha}
    marks = explorer.locator("g.points_0_marks path")
    marks.nth(len(points) - 1).wait_for()
    assert marks.count() == len(points)
    page.close()
