"""`donjon serve` as other programs meet it: the official client, LangChain, and OpenAI's own description of the API."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import openai
import pytest

from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.composition import open_access
from app.domain.access import Scope
from tests.conftest import REPOSITORY
from tests.end2end.test_command_line import donjon, with_models

os.environ["LANGSMITH_TRACING"] = "false"

CHAT = "smollm2-135m"
EMBEDDER = "all-minilm-l6-v2"
QUESTION: Any = [{"role": "user", "content": "Name three animals of a farm."}]
DATA = os.environ.get("DONJON_DATA")
needs_description = pytest.mark.skipif(DATA is None, reason="DONJON_DATA names no folder with openai_api in it")


@dataclass(frozen=True)
class Served:
    """A running `donjon serve` and a token that opens everything."""

    home: Path
    base_url: str
    token: str
    process: "subprocess.Popen[str]"

    def client(self, **options: Any) -> openai.OpenAI:
        """The official client, which is told to check every reply against its own types."""
        strict = {"_strict_response_validation": True, "max_retries": 0, "timeout": 120}
        return openai.OpenAI(base_url=self.base_url, api_key=self.token, **(strict | options))


def start(home: Path) -> tuple["subprocess.Popen[str]", str]:
    """Start it on a free port; it says where it is once it listens."""
    command = [sys.executable, "-m", "app", "--home", str(home), "serve", "--port", "0", "--json"]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    said = ""
    while not said.rstrip().endswith("}"):
        line = process.stdout.readline()
        assert line, "it ended before it listened"
        said += line
    return process, str(json.loads(said)["base_url"])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[Served]:
    home = with_models(tmp_path_factory.mktemp("served") / "home", models_folder, max_tokens=16)
    note = home.parent / "note.md"
    note.write_text("# Keys\n\nThe porter keeps the spare keys in the green cabinet.\n")
    added = donjon(home, "library", "add", str(note), "--json")
    assert added.returncode == 0, added.stderr
    process, base_url = start(home)
    scopes = [option for scope in ("models", "chat", "embeddings", "library") for option in ("--scope", scope)]
    made = donjon(home, "serve", "token", "create", "tests", *scopes, "--json")
    yield Served(home, base_url, json.loads(made.stdout)["token"], process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not (home / "api" / "address.json").exists()


@cache
def description() -> Any:
    """OpenAI's description of its API, whose one word that JSON Schema lacks is put in JSON Schema's own."""

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(each) for each in node]
        if not isinstance(node, dict):
            return node
        each = {key: plain(value) for key, value in node.items() if key != "nullable"}
        return {"anyOf": [each, {"type": "null"}]} if node.get("nullable") is True else each

    path = Path(DATA or "") / "openai_api" / "openapi.json.gz"
    return plain(json.loads(gzip.decompress(path.read_bytes())))


def assert_fits(name: str, reply: object) -> None:
    """Whether a reply is what OpenAI's description says of it."""
    schema = {"$ref": f"#/components/schemas/{name}", **description()}
    jsonschema.Draft202012Validator(schema).validate(reply)


@needs_description
def test_replies_fit_the_description(served: Served) -> None:
    client = served.client()
    assert_fits("ListModelsResponse", json.loads(client.models.with_raw_response.list().text))
    assert_fits("Model", json.loads(client.models.with_raw_response.retrieve(CHAT).text))
    create = client.chat.completions.with_raw_response.create
    for logprobs in (True, False):
        whole = create(model=CHAT, messages=QUESTION, max_completion_tokens=4, logprobs=logprobs)
        assert_fits("CreateChatCompletionResponse", json.loads(whole.text))
        streamed = create(model=CHAT, messages=QUESTION, max_completion_tokens=4, logprobs=logprobs, stream=True)
        lines = [line for line in streamed.http_response.iter_lines() if line.startswith("data: {")]
        assert len(lines) >= 4
        for line in lines:
            assert_fits("CreateChatCompletionStreamResponse", json.loads(line.removeprefix("data: ")))
    plain = client.completions.with_raw_response.create(model=CHAT, prompt="Once upon a", max_tokens=4, logprobs=0)
    assert_fits("CreateCompletionResponse", json.loads(plain.text))
    vectors = client.embeddings.with_raw_response.create(model=EMBEDDER, input="x", encoding_format="float")
    assert_fits("CreateEmbeddingResponse", json.loads(vectors.text))
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="nobody", messages=QUESTION)
    assert_fits("ErrorResponse", caught.value.response.json())


@needs_description
def test_the_description_would_find_a_fault() -> None:
    with pytest.raises(jsonschema.ValidationError):
        assert_fits("ListModelsResponse", {"object": "list", "data": [{"id": 1}]})


def test_whole_or_in_pieces_it_is_the_same_answer(served: Served) -> None:
    create = served.client().chat.completions.create
    count = [{"role": "user", "content": "Count from one to ten thousand. Write every number on a line of its own."}]
    asked: Any = {"model": CHAT, "messages": count, "temperature": 0, "seed": 11, "max_tokens": 12}
    whole = create(**asked)
    assert whole.usage is not None
    assert whole.usage.completion_tokens == 12
    assert whole.choices[0].finish_reason == "length"
    pieces = list(create(**asked, stream=True, stream_options={"include_usage": True}))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert text.strip() == str(whole.choices[0].message.content).strip()
    assert pieces[-1].usage.prompt_tokens == whole.usage.prompt_tokens
    other = create(**{**asked, "seed": 12, "temperature": 1.8, "max_tokens": 16})
    assert other.choices[0].message.content != whole.choices[0].message.content


def test_a_stop_string_ends_the_answer_and_is_left_out(served: Served) -> None:
    create = served.client().chat.completions.create
    asked: Any = {"model": CHAT, "messages": QUESTION, "temperature": 0, "max_tokens": 16}
    text = str(create(**asked).choices[0].message.content)
    word = text.split()[2]
    stopped = create(**asked, stop=[word]).choices[0]
    assert stopped.finish_reason == "stop"
    assert str(stopped.message.content).strip() == text[: text.index(word)].strip()


def test_logprobs_are_of_the_tokens_of_the_text(served: Served) -> None:
    asked: Any = {"model": CHAT, "messages": QUESTION, "temperature": 0, "max_tokens": 6, "logprobs": True}
    choice = served.client().chat.completions.create(**asked).choices[0]
    assert choice.logprobs is not None
    tokens = choice.logprobs.content or []
    assert "".join(token.token for token in tokens).strip() == str(choice.message.content).strip()
    assert all(token.logprob <= 0 for token in tokens)


def test_a_text_is_gone_on_with_without_a_template(served: Served) -> None:
    answer = served.client().completions.create(model=CHAT, prompt="1, 2, 3, 4, 5,", temperature=0, max_tokens=3)
    assert "6" in answer.choices[0].text
    assert answer.usage is not None
    assert answer.usage.prompt_tokens < 20  # a template would add its own system prompt


def test_embeddings_are_near_for_near_meanings(served: Served) -> None:
    # The client asks for base64, which its own types do not know.
    client = served.client(_strict_response_validation=False)
    texts = ["a small dog", "a little puppy", "tax law of Norway"]
    near, same, far = (one.embedding for one in client.embeddings.create(model=EMBEDDER, input=texts).data)
    assert len(near) == 384
    assert dot(near, same) > dot(near, far) + 0.2


def test_a_text_that_would_be_cut_is_refused(served: Served) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        served.client().embeddings.create(model=EMBEDDER, input=["fine", "long " * 600])
    assert caught.value.code == "context_length_exceeded"


def test_a_collection_answers_with_its_places(served: Served) -> None:
    answer = served.client().chat.completions.create(
        model=CHAT,
        messages=[{"role": "user", "content": "Where are the spare keys?"}],
        extra_body={"donjon": {"collection": "Documents"}},
    )
    said: Any = answer.model_extra["donjon"] if answer.model_extra else {}
    assert said["passages_used"] >= 1
    assert isinstance(said["grounded"], bool)
    assert all(citation["document"] == "note.md" for citation in said["citations"])


def test_wrong_tokens_and_models_raise_the_clients_own_errors(served: Served) -> None:
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=served.base_url, api_key="wrong", max_retries=0).models.list()
    with pytest.raises(openai.NotFoundError) as caught:
        served.client().chat.completions.create(model="nobody", messages=QUESTION, stream=True)
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        served.client().chat.completions.create(model=EMBEDDER, messages=QUESTION)


def test_langchain_chats_streams_and_embeds(served: Served) -> None:
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings
    from pydantic import SecretStr

    key = SecretStr(served.token)
    chat = ChatOpenAI(model=CHAT, base_url=served.base_url, api_key=key, temperature=0, max_completion_tokens=8)
    answer = chat.invoke("Name three animals of a farm.")
    assert answer.content
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] == 8
    streamed = "".join(str(piece.content) for piece in chat.stream("Name three animals of a farm."))
    assert streamed.strip() == str(answer.content).strip()
    assert len(chat.batch(["One word for big?", "One word for small?"])) == 2
    embeddings = OpenAIEmbeddings(
        model=EMBEDDER, base_url=served.base_url, api_key=key, check_embedding_ctx_length=False
    )
    first, second = embeddings.embed_documents(["a small dog", "a little puppy"])
    assert dot(first, second) > 0.5
    assert len(embeddings.embed_query("a dog")) == 384


def test_ask_and_models_list_go_through_it(served: Served) -> None:
    asked = donjon(served.home, "ask", "Where are the spare keys?", "--json")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    told = {"answer", "model", "ran", "because", "citations", "grounded", "support", "withheld", "timing", "trace"}
    assert set(answer) == told
    assert answer["trace"]["passages_used"] >= 1
    listed = json.loads(donjon(served.home, "models", "list", "--json").stdout)
    assert CHAT in [model["id"] for model in listed["models"] if model["installed"]]


def test_a_revoked_token_is_refused_while_it_serves(served: Served) -> None:
    access = open_access(served.home)
    client = openai.OpenAI(base_url=served.base_url, api_key=access.create("short", [Scope.MODELS]), max_retries=0)
    assert client.models.list().data
    access.revoke("short")
    with pytest.raises(openai.AuthenticationError):
        client.models.list()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
def test_ctrl_c_ends_it_in_the_middle_of_an_answer(tmp_path: Path, models_folder: Path) -> None:
    home = with_models(tmp_path / "home", models_folder)
    process, base_url = start(home)
    token = open_access(home).create("x", [Scope.CHAT])
    client = openai.OpenAI(base_url=base_url, api_key=token, max_retries=0)
    stream = client.chat.completions.create(
        model=CHAT, messages=QUESTION, stream=True, max_tokens=4000, temperature=1.5
    )
    next(iter(stream))
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    *_, last = SqliteLedger(home / "ledger.db", SystemClock()).entries()
    assert json.loads(last.facts)["outcome"] == "cancelled"


def dot(first: list[float], second: list[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))
