"""What a text looks like: patterns that are bounded and linear, so that any text can be shown to them.

Each detector gives a share of belief from 0 to 1 and says what it rests on. They count signs, not words of one language
alone: where a sign is a word, English and German are known.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from app.domain.guard import find_sensitive
from app.domain.texts import Text

Kind = Literal[
    "secret", "stack_trace", "log", "suspicious_mail", "email", "transcript", "incident", "contract", "ticket", "table",
    "code", "url",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MOST: Final = 16_000  # characters that are looked at: the rest of a text rarely says what kind it is
MOST_LINES: Final = 400
SURE: Final = 0.5  # belief from which a detector's word counts


@dataclass(frozen=True, slots=True)
class Detection:
    """One kind that a text may be of, how far that is believed, and why."""

    kind: Kind
    belief: float
    because: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A text as detectors see it: its beginning, and that line by line."""

    text: str
    lines: tuple[str, ...]

    def share(self, pattern: re.Pattern[str]) -> float:
        """Of the lines that are not empty, the share that matches."""
        return sum(bool(pattern.match(line)) for line in self.lines) / len(self.lines) if self.lines else 0.0

    def count(self, pattern: re.Pattern[str]) -> int:
        """How often a pattern is found."""
        return sum(1 for _ in pattern.finditer(self.text))

    def distinct(self, pattern: re.Pattern[str]) -> int:
        """How many different things a pattern finds."""
        return len({match.group().casefold() for match in pattern.finditer(self.text)})


def detect(untrusted_text: str) -> tuple[Detection, ...]:
    """The kinds that the text may be of, the most believed first."""
    beginning = untrusted_text[:MOST]
    lines = tuple(line for line in beginning.splitlines()[:MOST_LINES] if line.strip())
    looked = Looked(beginning, lines)
    found = (Detection(kind, *_DETECTORS[kind](looked)) for kind in KINDS)
    return tuple(sorted((one for one in found if one.belief > 0), key=lambda one: -one.belief))


def _words(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def _signs(looked: Looked, pattern: re.Pattern[str], enough: int) -> float:
    """How many of `enough` different signs there are."""
    return min(1.0, looked.distinct(pattern) / enough)


def _listed(names: Sequence[str]) -> Text:
    """Several texts, with commas between them."""
    template = ", ".join(f"{{name{number}}}" for number in range(len(names)))
    return Text(template, **{f"name{number}": Text(name) for number, name in enumerate(names)})


def _secret(looked: Looked) -> tuple[float, str]:
    kinds = dict.fromkeys(finding.kind for finding in find_sensitive(looked.text) if finding.rail == "secret")
    assigned = _ASSIGNED_SECRET.search(looked.text)
    if not kinds and _TOKEN.search(looked.text):
        return 0.9, Text("something like an access token")
    if kinds:
        return 1.0, _listed(list(kinds))
    return (0.9, Text("a password or key")) if assigned else (0.0, "")


_ASSIGNED_SECRET: Final = re.compile(
    r"(?i)\b(?:[a-z0-9]{0,20}[_-]?)?(?:password|passwd|passwort|kennwort|secret|api[_-]?key|access[_-]?key|"
    r"auth[_-]?token)"
    r"[\"']?\s{0,3}(?:=|:|=>)\s{0,3}[\"']?(?=[^\s\"'<>{}()$%]{0,64}\d)[^\s\"'<>{}()$%,;]{8,64}"
)

_TOKEN: Final = re.compile(  # a maker's short mark, and a long run that no word is like
    r"(?<![\w/.=-])[A-Za-z][A-Za-z0-9]{1,9}[_-](?=\w{0,60}\d)(?=[a-z0-9_-]{0,60}[A-Z])[\w-]{24,400}(?![\w/-])"
)

_FRAME: Final = re.compile(
    r'\s*(?:File "[^"]{1,300}", line \d+|at [\w$.<>/\[\] ]{1,200}\(|at [\w$.:/\\-]{1,200}:\d+|#\d{1,3} {1,4}0x|'
    r"goroutine \d"
    r"|from [^\s:]{1,200}:\d+:in |Caused by: |\.\.\. \d{1,4} more)"
)
_THROWN: Final = re.compile(
    r"^(?:Traceback \(most recent call last\):|(?:Exception in thread |Uncaught )?[\w.$]{1,120}(?:Error|Exception)\b"
    r"|panic: |Unhandled exception)",
    re.MULTILINE,
)


def _stack_trace(looked: Looked) -> tuple[float, str]:
    frames = sum(bool(_FRAME.match(line)) for line in looked.lines)
    thrown = _THROWN.search(looked.text)
    if frames and thrown:
        return 0.97, Text("an error and the calls that led to it")
    return (0.75, Text("a list of calls")) if frames >= 3 else (0.0, "")


_STAMP: Final = re.compile(
    r"[\[(]?(?:\d{4}[-/]\d\d[-/]\d\d[T ,]?\d\d:\d\d|\d{4}-\d\d-\d\dT|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|"
    r"Nov|Dec)"
    r" {1,2}\d{1,2} \d\d:\d\d:\d\d|\d\d/\w{3}/\d{4}:\d\d|\d\d:\d\d:\d\d[.,]\d|[\d.]{7,15} - - \[)"
)
_STAMP_WITHIN: Final = re.compile(r"[\w.\[\]:/-]{1,40} \[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_LEVEL: Final = re.compile(r".{0,80}\b(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b")


def _log(looked: Looked) -> tuple[float, str]:
    stamped, levelled = looked.share(_STAMP), looked.share(_LEVEL)
    if len(looked.lines) < 3:
        return (0.6, Text("a time and a level")) if looked.lines and stamped and levelled else (0.0, "")
    stamped = max(stamped, looked.share(_STAMP_WITHIN))
    belief = min(0.95, stamped * 1.2 + levelled * 0.3)
    return (belief, Text("lines with times")) if stamped >= 0.4 else (0.0, "")


_HEADER: Final = re.compile(
    r"(?:From|To|Cc|Bcc|Subject|Sent|Date|Reply-To|Received|Message-ID|Von|An|Betreff|Gesendet|Datum)\s{0,3}:\s",
    re.IGNORECASE,
)
_WROTE: Final = re.compile(
    r"(?:On .{5,120} wrote:|Am .{5,120} schrieb .{1,80}:|-{3,}\s?Original Message)", re.IGNORECASE
)
_GREETING: Final = re.compile(
    r"\s*(?:dear|hi|hello|hey|good (?:morning|afternoon)|hallo|liebe[rs]?|sehr geehrte[rs]?|guten (?:tag|"
    r"morgen))\b.{0,60}[,!:]?\s*$",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"\s*(?:(?:best|kind|warm)? ?regards|best wishes|sincerely|cheers|thanks(?: in advance)?|many thanks|yours"
    r"|(?:viele|beste|freundliche|liebe)n? grüße?n?|mit freundlichen grüßen)\b.{0,30}$",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"\s*\w{0,12}>(?!>> )")
_SIGNED: Final = re.compile(r"\s*(?:--\s*$|_{5,}\s*$|-{1,2} ?[A-Z]\w{1,20}\s*$)")


def _email(looked: Looked) -> tuple[float, str]:
    headers = len({match.group().casefold() for line in looked.lines[:60] if (match := _HEADER.match(line))})
    quoted = looked.share(_QUOTED)
    greeting = any(_GREETING.match(line) for line in looked.lines[:4])
    closing = any(_CLOSING.match(line) for line in looked.lines[-12:])
    wrote = any(_WROTE.match(line) for line in looked.lines)
    if headers >= 2:
        return min(0.96, 0.6 + 0.12 * headers), Text("a mail's sender and subject")
    if greeting and closing:
        return 0.8, Text("a greeting and a closing")
    signed = any(_SIGNED.match(line) for line in looked.lines[2:])
    belief = (
        0.4 * greeting + 0.25 * closing + 0.45 * wrote + (0.45 if quoted > 0.08 else 0) + 0.2 * headers + 0.3 * signed
    )
    return min(0.9, belief), Text("the form of a letter")


_LURE: Final = _words(
    r"verify your (?:account|identity)|confirm your (?:account|identity|password|details)|account (?:has been|"
    r"will be|is) "
    r"(?:suspended|locked|limited|closed)|click (?:here|below|the link|on the link)|act now|urgent(?:ly)?|"
    r"immediately|"
    r"password (?:expires|has expired|will expire)|gift ?cards?|wire transfer|bank (?:account|details)|lottery|"
    r"winner|"
    r"you (?:have|were) (?:won|selected|chosen)|claim your|limited time|risk[- ]free|100% (?:free|guaranteed)|"
    r"guarantee[d]?|"
    r"free (?:trial|offer|gift|report|money)|no obligation|unsubscribe|remove(?:d)? from (?:our|this|"
    r"the) (?:mailing )?list|"
    r"to be removed|opt[- ]out|million (?:us )?dollars|\$\d[\d,.]{2,}|next of kin|"
    r"confidential(?:ity)? (?:business|transaction)|"
    r"strictly confidential|order now|buy now|call now|lowest (?:price|rate)s?|credit (?:card|repair)|mortgage|"
    r"refinanc\w{1,6}|"
    r"viagra|enlarge\w{0,6}|weight ?loss|lose weight|earn (?:money|\$)|make money|work (?:from|at) home|income|"
    r"investment|"
    r"financial freedom|special offer|dear (?:customer|friend|sir or madam|user|homeowner)|this is not spam|"
    r"(?:ihr|das) konto (?:wurde|wird|ist) (?:gesperrt|eingeschränkt)|bestätigen sie (?:ihr|ihre)|"
    r"klicken sie (?:hier|auf)|"
    r"dringend|sofort|gewonnen|überweis\w{1,6}"
)
_LINKED_ADDRESS: Final = re.compile(
    r"https?://(?:\d{1,3}\.){3}\d{1,3}|https?://[^\s/@]{1,100}@|https?://[^\s/]{0,80}xn--"
)
_SHOUTED: Final = re.compile(r"\b[A-Z]{4,20}(?: [A-Z]{2,20}){2,12}\b|!{2,8}|\${2,8}")


def _suspicious_mail(looked: Looked) -> tuple[float, str]:
    lures = looked.distinct(_LURE)
    signs = lures + 2 * bool(_LINKED_ADDRESS.search(looked.text)) + min(2, looked.count(_SHOUTED))
    mail = _email(looked)[0]
    if signs < 3 or (lures < 2 and mail < 0.5):
        return 0.0, ""
    return min(0.98, 0.45 + 0.1 * signs), Text("it presses, promises or wants something")


_SPEAKER: Final = re.compile(
    r"\s*(?:\[?\(?\d{1,2}:\d\d(?::\d\d)?\)?\]?\s{0,3})?(?:#[\w ]{1,30}#|"
    r"[A-ZÄÖÜ][\w.'’-]{0,24}(?: [A-ZÄÖÜ][\w.'’-]{0,24}){0,3}"
    r"|agent|customer|user|speaker ?\w{1,3})\s?(?:\(.{1,20}\))?:\s"
)
_NAME: Final = re.compile(r"[^:]{0,12}?[^\W\d][^:]{0,40}:")


def _transcript(looked: Looked) -> tuple[float, str]:
    turns = [line for line in looked.lines if _SPEAKER.match(line)]
    speakers = {match.group().strip().casefold() for line in turns if (match := _NAME.search(line))}
    share = len(turns) / len(looked.lines) if looked.lines else 0.0
    if len(turns) < 3 or not 2 <= len(speakers) <= max(2, len(turns) * 0.7):
        return 0.0, ""
    return min(0.95, 0.35 + 0.6 * share), Text("{n} people who speak in turn", n=len(speakers))


_OUTAGE: Final = _words(
    r"outages?|downtime|incidents?|post-?mortems?|root cause|unavailab\w{1,6}|degraded|went down|took down|"
    r"taken down|"
    r"sev[- ]?[0-4]|p[01] incident|fail(?:ed)? ?over|rolled back|rollback|restored|mitigat\w{2,5}|cascading|"
    r"outage|crashed|"
    r"crash(?:es|ing)?|out of memory|overload\w{0,3}|offline|data loss|lost data|latency|error rate|time ?line|"
    r"on-?call|"
    r"disruption|inaccessible|not reachable|brought down|bad config\w{0,9}|misconfigur\w{2,6}|power (?:failure|"
    r"outage|loss)|"
    r"failures?|failed|disruptions?|leak(?:ed|age|s)?|attackers?|deleted|truncat\w{1,3}|inconsistent|"
    r"shut(?:ting)? down|"
    r"health[- ]checks?|panic\w{0,3}|corrupt\w{0,4}|stopped working|exhaust\w{2,4}|bug|switched over|expired|"
    r"störung\w{0,3}|ausfall\w{0,3}|ursache|wiederhergestellt|nicht erreichbar"
)
_CAUSE: Final = _words(r"caused|due to|because|resulted in|leading to|led to|triggered|after a|verursacht\w{0,2}|wegen")
_SYSTEM: Final = _words(
    r"servers?|service|services|databases?|network|traffic|data ?cent(?:er|re)s?|clusters?|deploy\w{0,6}|release|"
    r"config\w{0,9}|requests?|customers?|users?|nodes?|replicas?|dns|cache|backups?|site|production|systems?"
)


def _incident(looked: Looked) -> tuple[float, str]:
    outage = looked.distinct(_OUTAGE)
    cause, system = bool(_CAUSE.search(looked.text)), min(3, looked.distinct(_SYSTEM))
    if not outage:
        return 0.0, ""
    crowd = min(1.0, 1200 / max(1200, len(looked.text)))  # in a long text such words come together by chance
    belief = (0.3 * min(outage, 3) + 0.15 * cause + 0.08 * system) * (0.5 + 0.5 * crowd)
    return min(0.93, belief), Text("something that failed, and why")


_CLAUSE: Final = _words(
    r"hereby|hereinafter|whereas|hereto|thereof|notwithstanding|indemnif\w{1,8}|governing law|force majeure|"
    r"confidential "
    r"information|intellectual property|termination|liabilit(?:y|ies)|warrant(?:y|ies)|the parties|party|agreement|"
    r"effective date|shall not|shall be|jurisdiction|breach|in witness whereof|licen[sc]or|lessee|lessor|"
    r"vertrag\w{0,6}|vertragspartei\w{0,2}|haftung\w{0,9}|kündigung\w{0,6}|gerichtsstand|gewährleistung|im folgenden"
)
_NUMBERED: Final = re.compile(
    r"\s*(?:§ ?\d|(?:article|section|clause|artikel|ziffer) \d|\d{1,2}\.\d{0,2}\.?\s+[A-Z])", re.IGNORECASE
)


def _contract(looked: Looked) -> tuple[float, str]:
    clauses, numbered = _signs(looked, _CLAUSE, 7), min(1.0, looked.share(_NUMBERED) * 4)
    belief = 0.8 * clauses + 0.2 * numbered
    return (min(0.95, belief), Text("clauses between parties")) if looked.distinct(_CLAUSE) >= 3 else (0.0, "")


_FIELD: Final = re.compile(
    r"\s*[\"']?(?:ticket|case|number|priority|urgency|impact|severity|status|category|assignee|assigned to|"
    r"assignment group|"
    r"reporter|reported by|short description|description|steps to reproduce|expected|actual|component|resolution|"
    r"environment|"
    r"priorität|dringlichkeit|kategorie|beschreibung|zugewiesen an|gemeldet von)[\"']?\s{0,2}[:=]",
    re.IGNORECASE,
)
_TICKET_NUMBER: Final = re.compile(
    r"\b(?:INC|REQ|CHG|TICKET|CASE|SR|BUG|HELP|SUP)[-_ #]?\d{3,9}\b|\b[A-Z]{2,8}-\d{1,6}\b"
)
_COMPLAINT: Final = _words(
    r"unable to|cannot|unexpected\w{0,2}|invalid|wrong|not (?:loading|showing|receiving|able|found|responding)|"
    r"keeps?|while|can't|can not|could not|couldn't|does ?n[o']t work|not working|is not|fail(?:s|ed|ing|"
    r"ure)?|error\w{0,1}|"
    r"bug|issues?|reported|reports|user(?:s)? (?:is|are|reported|reports)|timeouts?|times out|time-out|slow|stuck|"
    r"freez\w{1,4}|"
    r"crash\w{0,3}|missing|incorrect\w{0,2}|denied|permission|log ?in|access|password|reset|refund|delivery|invoice|"
    r"encountered|experienc\w{1,4}|problem|prevent(?:s|ing|ed)|halting|delay\w{0,3}|malfunction\w{0,3}|displaying|"
    r"funktioniert nicht|geht nicht|fehler\w{0,8}|kann nicht|problem\w{0,2}"
)


def _ticket(looked: Looked) -> tuple[float, str]:
    fields = len({match.group().casefold() for line in looked.lines if (match := _FIELD.match(line))})
    number = bool(_TICKET_NUMBER.search(looked.text[:600]))
    if fields >= 2:
        return min(0.95, 0.55 + 0.1 * fields + 0.1 * number), Text("a ticket's fields")
    short = len(looked.text) < 900 and len(looked.lines) <= 8
    complaints = looked.distinct(_COMPLAINT)
    belief = (0.2 * min(complaints, 4) if short else 0.0) + 0.35 * number * bool(complaints)
    return (min(0.85, belief), Text("somebody for whom something does not work")) if complaints else (0.0, "")


_DELIMITERS: Final = ("\t", ";", "|", ",")


def _table(looked: Looked) -> tuple[float, str]:
    lines = looked.lines[:60]
    if len(lines) < 2:
        return 0.0, ""
    best = max((_columns(lines, mark) for mark in _DELIMITERS), default=(0.0, 0))
    return (best[0], Text("{n} columns", n=best[1])) if best[0] else (0.0, "")


def _columns(lines: Sequence[str], mark: str) -> tuple[float, int]:
    """How far the lines agree on a number of columns, and which; commas stand in prose, too."""
    counts = [line.count(mark) for line in lines]
    usual = max(set(counts), key=counts.count)
    agree = sum(count == usual for count in counts) / len(counts)
    if not usual or agree < (0.8 if mark == "," else 0.6) or (mark == "," and usual < 2):
        return 0.0, 0
    prose = sum(line.rstrip().endswith((".", "?", "!", ";", "{", ")", ":")) for line in lines) / len(lines)
    return (0.0, 0) if mark in ",;" and prose > 0.4 else (min(0.95, 0.45 + 0.5 * agree), usual + 1)


_CODE_LINE: Final = re.compile(
    r"\s*(?:def \w{1,60}\(|class \w{1,60}[(:{ ]|import [\w.{*]|from [\w.]{1,60} import |function \w{0,60}\(|"
    r"(?:const|let|var) \w{1,60} ?="
    r"|(?:public|private|protected|static|final) [\w<>\[\] ]{1,60}|#include [<\"]|return\b.{0,80};?$|"
    r"if ?\(.{1,80}\) ?\{?|for ?\(|while ?\("
    r"|(?:if|for|while|elif|with|try|except)\b.{0,80}:$|SELECT .{1,80}|INSERT INTO |UPDATE \w{1,40} SET|"
    r"\}\s*(?:else|catch)?|@\w{1,40}"
    r"|(?:fn|func|impl|package|using|namespace) \w|#!/|\$ \w|[\w.\[\]]{1,60} [+*/-]?= .{1,100}|>>> |"
    r"\w{1,60}\([^)]{0,80}\);?$|//|/\*|<\?php|</?\w{1,20}[ >])"
)
_MARKS: Final = re.compile(r"[{};]\s*$|\)\s*[:{]\s*$|->|=>|::|==|!=|\+=|&&|\|\||\w\(\)")


def _code(looked: Looked) -> tuple[float, str]:
    if len(looked.lines) < 2:
        return 0.0, ""
    coded = looked.share(_CODE_LINE)
    marked = sum(bool(_MARKS.search(line)) for line in looked.lines) / len(looked.lines)
    signs = sum(bool(_CODE_LINE.match(line)) for line in looked.lines)
    defined = any(re.match(r"\s*(?:def|class|function|fn|func|public|#include)\b", line) for line in looked.lines)
    belief = coded + 0.6 * marked + 0.35 * defined
    return (min(0.95, belief), Text("lines of a program")) if signs >= 2 else (0.0, "")


_URL: Final = re.compile(r"https?://[^\s<>\"]{3,2000}|www\.[^\s<>\"]{3,2000}")


def _url(looked: Looked) -> tuple[float, str]:
    covered = sum(len(match.group()) for match in _URL.finditer(looked.text))
    share = covered / max(1, len(looked.text.strip()))
    return (0.9, Text("a link")) if share > 0.6 else (0.0, "")


_DETECTORS: Final[dict[Kind, Callable[[Looked], tuple[float, str]]]] = {
    "secret": _secret,
    "stack_trace": _stack_trace,
    "log": _log,
    "suspicious_mail": _suspicious_mail,
    "email": _email,
    "transcript": _transcript,
    "incident": _incident,
    "contract": _contract,
    "ticket": _ticket,
    "table": _table,
    "code": _code,
    "url": _url,
}


def redact(text: str) -> str:
    """The text with everything that is, or looks like, a secret or a personal number replaced by what it was."""
    spans = [(one.start, one.end, one.kind) for one in find_sensitive(text)]
    for pattern in (_ASSIGNED_SECRET, _TOKEN):
        spans += [(match.start(), match.end(), "secret") for match in pattern.finditer(text)]
    pieces, at = [], 0
    for start, end, kind in sorted(spans):
        if start >= at:
            pieces += [text[at:start], f"[{kind} removed]"]
            at = _end_of_key(text, end) if kind == "private key" else end
    return "".join((*pieces, text[at:]))


def _end_of_key(text: str, start: int) -> int:
    """Where the key ends whose first line ends at `start`; one that does not end goes to the end of the text."""
    ends = text.find("-----END", start)
    line = text.find("\n", ends)
    return len(text) if ends < 0 or line < 0 else line


def best_of(detections: Iterable[Detection]) -> Detection | None:
    """The kind that counts; a secret always does, and a mail that wants something comes before any mail."""
    believed = {one.kind: one for one in detections if one.belief >= SURE}
    for kind in ("secret", "stack_trace", "suspicious_mail"):
        if kind in believed:
            return believed[kind]
    return max(believed.values(), key=lambda one: one.belief, default=None)
