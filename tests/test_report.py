import xml.etree.ElementTree as ET

import pytest

from crossover import report
from crossover.claims import article, judge
from crossover.claims.evidence import of_cube
from synthetic import A, summary


@pytest.fixture(scope="module")
def claims() -> list[dict]:
    """Judged claims of every verdict: C3 false, C5 to C8 not decided, the others true."""
    whole, cut = of_cube(summary()), of_cube(summary(a=A[2:6]))
    false = of_cube(summary(output_variance=lambda h, a: 1 + 0 * a))
    pick = {"C3": false} | dict.fromkeys(("C5", "C6", "C8"), cut)
    return [judge.judge(name, {"made": pick.get(name, whole)}, {}) for name in article.CLAIMS]


def test_the_made_claims_have_every_verdict(claims):
    assert {claim["verdict"] for claim in claims} == set(report.COLOURS)


def test_every_claim_has_its_row_and_every_part_of_a_claim_of_several(claims):
    rows = report.rows(claims)
    assert all(len(row) == len(report.HEADER) for row in rows)
    assert [row[0] for row in rows if row[0]] == [claim["id"] for claim in claims]
    assert len(rows) == sum(len(claim["parts"]) + (len(claim["parts"]) > 1) for claim in claims)


def test_the_text_holds_ids_verdicts_and_scales_within_its_width(claims):
    text = report.as_text(claims, width=150)
    table = [line for line in text.splitlines() if line.startswith(("│", "┃"))]
    assert table
    assert all(len(line) <= 150 for line in table)
    for claim in claims:
        assert any(claim["id"] in line and claim["verdict"] in line for line in table), claim["id"]
    for scale in report.scales(claims):
        assert f"Scale: {scale}" in text


def test_the_scales_of_several_experiments_are_listed_each_once():
    evidence = {name: of_cube(summary(name=name)) for name in ("one", "two")}
    claims = [judge.judge("C5", evidence, {}), judge.judge("C6", {"two": evidence["two"]}, {})]
    assert [scale.split(" ")[0] for scale in report.scales(claims)] == ["one", "two"]


def test_a_claim_without_data_has_its_row_and_its_reason():
    row = report.rows([judge.judge("C12", {}, {"initial": "no files of fashion"})])[0]
    assert (row[0], *row[2:]) == ("C12", "– [–, –]", "–", "not decided", "not decided: no files of fashion")


def test_a_number_that_is_not_there_is_a_dash(claims):
    [c6] = [row for row in report.rows(claims) if row[0] == "C6"]
    assert c6[2:4] == ("– [–, –]", "–")


def test_a_gain_is_shown_with_its_sign_as_target(claims):
    rows = [row for row in report.rows(claims) if row[1].startswith("single minus ensemble")]
    assert len(rows) == 2
    assert {row[3] for row in rows} == {"> 0"}


def test_the_html_is_well_formed_and_holds_every_row(claims):
    parsed = ET.fromstring(f"<body>{report.as_html(claims)}</body>")
    cells = [[cell.text or "" for cell in row.iter("td")] for row in parsed.iter("tr")][1:]
    assert [tuple(row) for row in cells] == report.rows(claims)
    classes = {cell.get("class") for cell in parsed.iter("td")} - {None}
    assert classes == {"reproduced", "not-reproduced", "not-decided"}


def test_text_in_the_html_is_escaped(claims):
    marked = [claims[0] | {"statement": "<script>a & b</script>", "scale": "<b>"}]
    html = report.as_html(marked)
    assert "<script>" not in html
    assert "&lt;script&gt;a &amp; b" in html
    assert "<b>" not in html


def test_the_html_needs_no_network(claims):
    assert "http" not in report.as_html(claims)
    assert "src=" not in report.as_html(claims)
