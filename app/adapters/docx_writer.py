"""Word documents, written as the plain WordprocessingML that they are: no library is needed to write one."""

import io
import zipfile
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from app.domain.paragraphs import Paragraph, ParagraphStyle

_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PART: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)  # the same text makes the same file
_STYLES: Final[dict[ParagraphStyle, tuple[str, str, str]]] = {  # id, paragraph and run properties
    "title": ("Title", '<w:spacing w:after="120"/>', '<w:b/><w:sz w:val="36"/>'),
    "heading": ("Heading1", '<w:keepNext/><w:spacing w:before="240" w:after="60"/><w:outlineLvl w:val="0"/>', "<w:b/>"),
    "body": ("Normal", '<w:spacing w:after="80"/>', ""),
    "quote": ("Quote", '<w:spacing w:after="80"/><w:ind w:left="480"/>', "<w:i/>"),
    "note": ("Note", '<w:spacing w:after="60"/>', '<w:color w:val="6A665D"/><w:sz w:val="19"/>'),
}
_TYPES: Final = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_PART}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_PART}.styles+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)
_LINKS: Final = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="r2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
_DOCUMENT_LINKS: Final = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)


class DocxWriter:
    """Implements `ports.document_writer.DocumentWriter`."""

    def write(self, title: str, paragraphs: Sequence[Paragraph]) -> bytes:
        """See the port."""
        body = "".join(_paragraph(style, text) for style, text in paragraphs)
        files = {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _LINKS,
            "word/_rels/document.xml.rels": _DOCUMENT_LINKS,
            "word/document.xml": f'{_XML}<w:document xmlns:w="{_WORD}"><w:body>{body}<w:sectPr/></w:body></w:document>',
            "word/styles.xml": _styles(),
            "docProps/core.xml": (
                f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
                f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{_text(title)}</dc:title></cp:coreProperties>'
            ),
        }
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in files.items():
                package.writestr(zipfile.ZipInfo(name, _WHEN), content.encode(), zipfile.ZIP_DEFLATED)
        return written.getvalue()


def _paragraph(style: ParagraphStyle, text: str) -> str:
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{_text(line)}</w:t>' for line in text.split("\n"))
    return f'<w:p><w:pPr><w:pStyle w:val="{_STYLES[style][0]}"/></w:pPr><w:r>{lines}</w:r></w:p>'


def _styles() -> str:
    styles = "".join(_style(*style) for style in _STYLES.values())
    return f'{_XML}<w:styles xmlns:w="{_WORD}">{styles}</w:styles>'


def _style(name: str, paragraph: str, run: str) -> str:
    default = ' w:default="1"' if name == "Normal" else ""
    called = "heading 1" if name == "Heading1" else name
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"{default}><w:name w:val="{called}"/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _text(text: str) -> str:
    """Text as XML may hold it: control characters are left out."""
    return escape("".join(one for one in text if one in "\t\n" or (one >= " " and one not in "\ufffe\uffff")))
