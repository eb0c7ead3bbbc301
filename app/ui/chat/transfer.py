"""Conversations to files and from files, chosen in the list of conversations."""

from pathlib import Path

from PySide6.QtCore import QMarginsF, QObject, Signal
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument
from PySide6.QtWidgets import QFileDialog, QWidget

from app.services.chat_transfer import FORMATS, ExportFormat, ImportReport, Transfer
from app.ui.background import Background
from app.ui.chat.view_model import ChatViewModel
from app.ui.translate import tr

PDF = ".pdf"
MARGIN_MM = 20.0


class ChatTransfer(QObject):
    """Asks for a file, and writes or reads it in the background."""

    said = Signal(str, str)  # text and tone
    failed = Signal(object)

    def __init__(self, transfer: Transfer, chat: ChatViewModel, background: Background, parent: QWidget) -> None:
        super().__init__(parent)
        self._transfer = transfer
        self._chat = chat
        self._background = background
        self._window = parent

    def export(self, conversation_id: str, title: str) -> None:
        """Ask where to, and write a conversation there: the branch that is shown, if it is the one."""
        kinds = ";;".join(
            (
                tr("Markdown (*.md)"),
                tr("Word (*.docx)"),
                tr("PDF (*.pdf)"),
                tr("Web page (*.html)"),
                tr("JSON (*.json)"),
            )
        )
        proposed = "".join(letter if letter.isalnum() or letter in " -_" else " " for letter in title).strip()
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Export chat"), f"{proposed or 'chat'}.md", ";;".join(kinds)
        )
        if name:
            self.write(conversation_id, Path(name))

    def write(self, conversation_id: str, path: Path) -> None:
        """Write a conversation in the format of the file's name, Markdown if it has none."""
        shown = self._chat.turns and conversation_id == self._chat.current
        leaf = self._chat.turns[-1].message.id if shown else None
        as_pdf = path.suffix.lower() == PDF
        named: ExportFormat = next((form for form in FORMATS if path.suffix.lower() == f".{form}"), "md")
        form: ExportFormat = "html" if as_pdf else named

        def make() -> bytes:
            return self._transfer.export(conversation_id, form, leaf)

        def made(content: bytes) -> None:
            try:
                if as_pdf:
                    write_pdf(content.decode(), path)
                else:
                    path.write_bytes(content)
            except OSError as error:
                self.said.emit(tr("{path} could not be written: {reason}", path=path, reason=error.strerror), "bad")
            else:
                self.said.emit(tr("Written to {path}.", path=path), "good")

        self._background.call(make, made, self.failed.emit)

    def ask_for_import(self) -> None:
        """Ask for a file of another program, and take in what it holds."""
        kinds = tr("Exported chats (*.json *.jsonl)")
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Import chats"), filter=kinds)
        if name:
            self.take_in(Path(name))

    def take_in(self, path: Path) -> None:
        """Take in the conversations of a file."""

        def take() -> ImportReport:
            return self._transfer.keep(self._transfer.read(path))

        def taken(report: ImportReport) -> None:
            self._chat.listing.refresh()
            facts = {"n": report.conversations, "messages": report.messages, "known": report.known}
            if report.known:
                self.said.emit(
                    tr("{n} chats imported, {messages} messages; {known} were here already.", **facts), "good"
                )
            else:
                self.said.emit(tr("{n} chats imported, {messages} messages.", **facts), "good")

        self._background.call(take, taken, self.failed.emit)


def write_pdf(html: str, path: Path) -> None:
    """Write a page of HTML as PDF. Raises OSError where the file cannot be written."""
    path.open("wb").close()  # Qt says nothing of a file that it cannot write
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM), QPageLayout.Unit.Millimeter)
    document = QTextDocument()
    document.setHtml(html)
    document.print_(writer)
