"""What is left of a document in conversations once it is forgotten: nothing of its words."""

from pathlib import Path

from app.adapters.data_class_file import DataClassFile
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.domain.cancel import Cancel
from app.domain.chat import Citation, Message
from app.domain.library import Passage
from app.services.audit import Audit
from app.services.library import Library
from tests.fakes.passages import FakePassages
from tests.unit.services.conftest import make_forgetting
from tests.unit.services.test_library import LineParser

SECRET = "the kestrel flies at noon"


def test_the_words_leave_the_conversations_and_their_files(tmp_path: Path) -> None:
    forgetting, chats, memories = make_forgetting(tmp_path)
    passages = FakePassages()
    audit = Audit(SqliteLedger(tmp_path / "ledger.db", SystemClock()))
    library = Library(passages, LineParser(), audit, DataClassFile(tmp_path / "classes.json"), forgetting)
    (tmp_path / "a.txt").write_text(SECRET)
    list(library.add([tmp_path / "a.txt"], cancel=Cancel()))
    list(library.add([tmp_path / "a.txt"], collection="Copies", cancel=Cancel()))
    copy, document = library.documents("Copies")[0], library.documents("Documents")[0]
    place = (document.id, document.name, document.path, document.content_hash, 1, 0, len(SECRET))
    other = Passage(9, "b.txt", "/b.txt", "other", 1, 0, 5, "", "other words", 0.1, {})
    held = chats.create("Birds")
    chats.create("Nothing of it")
    question = Message(
        "q", held.id, None, "user", "When?", "", prompt=f"<<{SECRET}>> When?",
        passages=(Passage(*place, "", SECRET, 1.0, {}), other),
    )  # fmt: skip
    answer = Message("a", held.id, "q", "assistant", "At noon.", "", citations=(Citation(1, *place, SECRET),))
    chats.save(question)
    chats.save(answer)

    library.remove(copy.id)
    assert [m.prompt for m in chats.messages(held.id)] == [question.prompt, ""]  # the same content is still here

    library.remove(document.id)
    asked, answered = chats.messages(held.id)
    assert (asked.prompt, [passage.text for passage in asked.passages]) == ("", ["", "other words"])
    assert (answered.text, answered.citations[0].document, answered.citations[0].quote) == ("At noon.", "a.txt", "")
    assert memories.forgotten == [held.id]
    assert not any(SECRET.encode() in file.read_bytes() for file in tmp_path.glob("forgetting.db*"))
