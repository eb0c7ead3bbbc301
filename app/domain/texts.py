"""English for people that can still be said in their language: a text remembers the template it was made from."""

from collections.abc import Callable, Mapping


class Text(str):
    """A template with its facts put in; reads as English, and is translated by what it was made of."""

    __slots__ = ("facts", "template")

    template: str
    facts: dict[str, object]

    def __new__(cls, template: str, /, **facts: object) -> "Text":
        """A fact that is missing shows as a question mark rather than hiding what is said behind an error."""
        text = super().__new__(cls, template.format_map(_Facts(facts)) if facts or "{" in template else template)
        text.template = template
        text.facts = facts
        return text


Say = Callable[[Text], str]


def say_in(words: Mapping[str, str]) -> Say:
    """Says texts in another language: `words` has its template for each of English."""

    def say(text: Text) -> str:
        return Text(words.get(text.template, text.template), **text.facts)

    return say


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
