"""Exports: valid, said to be an AI's, and harmless to what opens them."""

import csv
import io
import json
from dataclasses import replace

import jsonschema
from markdown_it import MarkdownIt

from app.domain.judge import Case, Evidence, Review, Value, Verdict, Version, answer_schema
from app.domain.judge_export import Judgement, as_csv, as_json_text, as_markdown, as_object, as_paragraphs
from app.domain.judge_lines import find
from app.domain.judge_templates import read_template
from tests.fakes.judge import FOUND, TEMPLATES, judged

TEMPLATE = read_template((TEMPLATES / "incident.toml").read_text("utf-8"), "incident", "shipped")
CASE = Case(7, "post-mortem.txt", "/documents/post-mortem.txt", "0" * 64, "incident", "Incident", 1, "2026-11-23")
EVIL = (
    '=HYPERLINK("http://evil.example") <script>alert(1)</script> [click](http://evil.example) ![](http://evil.example)'
)


def judgement(**values: Value) -> Judgement:
    verdicts = []
    for field in TEMPLATE.fields:
        value, quotes = FOUND[field.key]
        places = tuple(place for quote in quotes if (place := find(judged(), quote)) is not None)
        verdicts.append(Verdict(field.key, values.get(field.key, value), places, agree=3))
    version = Version(2, TEMPLATE, tuple(verdicts), "Qwen", "device", runs=5, made_at="2026-11-23T10:00:00Z")
    return Judgement(CASE, version, {})


def test_json_fits_the_schema_of_its_template() -> None:
    said = json.loads(as_json_text([judgement(data_lost=None, follow_ups=())]))
    fields = {key: {"value": one["value"], "evidence": one["evidence"]} for key, one in said["fields"].items()}
    jsonschema.validate(fields, answer_schema(TEMPLATE))
    assert said["fields"]["impact"]["evidence"][0]["quote"] == "Roughly one in nine checkout attempts (11 %) failed"
    assert len(json.loads(as_json_text([judgement(), judgement()]))) == 2


def test_every_format_says_that_an_ai_wrote_it_and_what_has_no_evidence() -> None:
    one = judgement()
    paragraphs = "\n".join(text for _, text in as_paragraphs(one))
    for text in (as_markdown(one), paragraphs, as_csv([one]), as_json_text([one])):
        assert "Written by an AI, Qwen" in text
    for text in (as_markdown(one), paragraphs, as_csv([one])):
        assert "no evidence" in text  # nobody said that no data was lost
    assert "3 of 5 runs agree" in paragraphs


def test_a_correction_takes_the_place_of_a_verdict() -> None:
    review = Review(1, "severity", "minor", "corrected")
    one = replace(judgement(), reviews={"severity": review})
    assert as_object(one)["fields"]["severity"]["value"] == "minor"  # type: ignore[index,call-overload]
    assert ("note", "corrected by a person; 3 of 5 runs agree") in as_paragraphs(one)


def test_text_of_others_is_no_markup() -> None:
    one = judgement(summary=EVIL)
    rendered = MarkdownIt("commonmark").render(as_markdown(one))
    assert "<script" not in rendered
    assert "href" not in rendered
    assert "<img" not in rendered
    assert "evil.example" in rendered


def test_a_cell_is_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(as_csv([judgement(summary=EVIL)]))))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert rows[0][0] == "Document"
    assert len(rows[0]) == len(rows[1]) == 1 + 2 * len(TEMPLATE.fields) + 2


def test_a_quote_says_its_page() -> None:
    place = Evidence(0, 8, 2, "Checkout")
    verdict = Verdict("summary", "It broke.", (place,))
    version = replace(judgement().version, verdicts=(verdict,))
    one = Judgement(CASE, version, {}, "sheet", ("Costs", "Plan"))
    assert ("quote", "Checkout (sheet Plan)") in as_paragraphs(one)
