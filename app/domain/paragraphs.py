"""A document in the making: paragraphs in the few styles that reports need."""

from typing import Literal

ParagraphStyle = Literal["title", "heading", "body", "quote", "note"]
Paragraph = tuple[ParagraphStyle, str]
