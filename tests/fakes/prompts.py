"""Prompts that are short enough to read in a failing test."""

from app.domain.prompting import Prompts

PROMPTS = Prompts(
    system="You are careful.",
    grounded_question="{passages}\n\nQuestion: {question}",
    structured_question="{question}\n\nJSON: {schema}",
    shorter="Be brief.",
    longer="Be thorough.",
    instructed="Mind: {instructions}",
)
