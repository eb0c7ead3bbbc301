"""Judgements: a document, a template, and verdicts with the quotes that they rest on."""
