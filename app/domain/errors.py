"""What can go wrong, as codes: only codes and plain values cross a process wall.

Kinds and what they mean to a caller (the command line maps them to exit codes):

    AppError(code, **facts)
      MISTAKE      the person can put it right themselves       (exit 2)
      REFUSED      a guard, a policy or the ledger said no      (exit 3)
      UNAVAILABLE  a model, a worker or a file cannot be had    (exit 4)
      BUG          ours                                         (exit 1)
    Cancelled      the person stopped it; never shown as an error
"""

from enum import Enum, StrEnum
from typing import Final


class Kind(Enum):
    """Who has to act on an error."""

    MISTAKE = "mistake"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    BUG = "bug"


class ErrorCode(StrEnum):
    """Every error Donjon can report; each has a text in `error_texts`."""

    # the person's own
    EMPTY_QUESTION = "empty_question"
    FILE_NOT_FOUND = "file_not_found"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_DOCUMENT = "unknown_document"
    UNKNOWN_CONVERSATION = "unknown_conversation"
    UNKNOWN_PROJECT = "unknown_project"
    PROJECT_UNNAMED = "project_unnamed"
    INSTRUCTIONS_TOO_LONG = "instructions_too_long"
    UNKNOWN_COLLECTION = "unknown_collection"
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105  a name, not a secret
    TOKEN_EXISTS = "token_exists"  # noqa: S105
    TOKEN_NAME_UNFIT = "token_name_unfit"  # noqa: S105
    CONTEXT_OVERFLOW = "context_overflow"
    EMBEDDING_TOO_LONG = "embedding_too_long"
    HOME_NOT_WRITABLE = "home_not_writable"
    SETTINGS_INVALID = "settings_invalid"
    CATALOGUE_INVALID = "catalogue_invalid"
    FOLDER_NOT_EMPTY = "folder_not_empty"
    KEY_INVALID = "key_invalid"
    UNKNOWN_DATA_CLASS = "unknown_data_class"
    ADAPTER_UNKNOWN = "adapter_unknown"
    ADAPTERS_NEED_DEVICE = "adapters_need_device"
    QUERY_INVALID = "query_invalid"
    CHATS_UNREADABLE = "chats_unreadable"
    UNKNOWN_FOLDER = "unknown_folder"
    FOLDERS_NOT_WATCHED = "folders_not_watched"
    GATEWAY_NOT_CONFIGURED = "gateway_not_configured"
    GATEWAY_MISCONFIGURED = "gateway_misconfigured"
    GATEWAY_SIGN_IN = "gateway_sign_in"
    GATEWAY_FORBIDDEN = "gateway_forbidden"
    GATEWAY_UNKNOWN_MODEL = "gateway_unknown_model"
    TEAM_NOT_CONFIGURED = "team_not_configured"
    TEAM_MISCONFIGURED = "team_misconfigured"
    TEAM_LOCAL_ONLY = "team_local_only"
    TEAM_SIGN_IN = "team_sign_in"
    TEAM_PASSWORD_MISSING = "team_password_missing"  # noqa: S105  a name, not a secret
    TEAM_FORBIDDEN = "team_forbidden"
    TEAM_NAME_TAKEN = "team_name_taken"
    TEAM_COLLECTION_UNKNOWN = "team_collection_unknown"
    TEAM_EXTRA_MISSING = "team_extra_missing"
    SCHEMA_UNSUPPORTED = "schema_unsupported"
    TEXT_TOO_LONG = "text_too_long"
    QUESTIONS_INVALID = "questions_invalid"
    NO_QUESTIONS = "no_questions"
    UNKNOWN_QUESTION = "unknown_question"
    UNKNOWN_EXPERIMENT = "unknown_experiment"
    UNKNOWN_VARIANT = "unknown_variant"
    EXPERIMENT_INVALID = "experiment_invalid"
    EXPERIMENT_CHANGED = "experiment_changed"
    TEMPLATE_INVALID = "template_invalid"
    UNKNOWN_TEMPLATE = "unknown_template"
    UNKNOWN_CASE = "unknown_case"
    UNKNOWN_BATCH = "unknown_batch"
    VALUE_UNFIT = "value_unfit"
    FILE_NOT_WRITABLE = "file_not_writable"
    PLAYBOOK_INVALID = "playbook_invalid"
    UNKNOWN_PLAYBOOK = "unknown_playbook"
    UNKNOWN_PLAYBOOK_RUN = "unknown_playbook_run"
    PLAYBOOK_ANSWER_UNFIT = "playbook_answer_unfit"
    UNKNOWN_PROMPT = "unknown_prompt"
    PROMPT_INVALID = "prompt_invalid"
    PROMPT_VALUES = "prompt_values"
    PROMPT_READ_ONLY = "prompt_read_only"
    # refused
    LEDGER_UNWRITABLE = "ledger_unwritable"
    GATEWAY_NOT_ALLOWED = "gateway_not_allowed"
    GATEWAY_CANNOT = "gateway_cannot"
    EGRESS_BLOCKED = "egress_blocked"
    BUNDLE_INVALID = "bundle_invalid"
    BUNDLE_UNTRUSTED = "bundle_untrusted"
    # not to be had
    HOME_IN_USE = "home_in_use"
    API_PORT_TAKEN = "api_port_taken"
    API_UNREACHABLE = "api_unreachable"
    MODEL_NOT_INSTALLED = "model_not_installed"
    MODEL_BUSY = "model_busy"
    MODEL_INVALID = "model_invalid"
    MODEL_NO_CHAT_TEMPLATE = "model_no_chat_template"
    MODEL_TEMPLATE_FAILED = "model_template_failed"
    MODEL_SHARED = "model_shared"
    MODEL_DOES_NOT_FIT = "model_does_not_fit"
    MODEL_LOAD_FAILED = "model_load_failed"
    MODEL_QUARANTINED = "model_quarantined"
    ADAPTER_INVALID = "adapter_invalid"
    ANSWER_INVALID = "answer_invalid"
    ANSWER_INCOMPLETE = "answer_incomplete"
    ONLY_THOUGHT = "only_thought"
    EMBEDDER_MISSING = "embedder_missing"
    WORKER_DIED = "worker_died"
    WORKER_SILENT = "worker_silent"
    WORKER_PROTOCOL = "worker_protocol"
    DOWNLOAD_FAILED = "download_failed"
    HASH_MISMATCH = "hash_mismatch"
    DISK_FULL = "disk_full"
    LIBRARY_NEWER = "library_newer"
    LIBRARY_DAMAGED = "library_damaged"
    CHATS_NEWER = "chats_newer"
    GATEWAY_UNREACHABLE = "gateway_unreachable"
    GATEWAY_UNTRUSTED = "gateway_untrusted"
    GATEWAY_SILENT = "gateway_silent"
    GATEWAY_BUSY = "gateway_busy"
    GATEWAY_FAILED = "gateway_failed"
    GATEWAY_REFUSED = "gateway_refused"
    GATEWAY_PROTOCOL = "gateway_protocol"
    GATEWAY_BROKE_OFF = "gateway_broke_off"
    GATEWAY_PAUSED = "gateway_paused"
    TEAM_UNREACHABLE = "team_unreachable"
    TEAM_UNTRUSTED = "team_untrusted"
    TEAM_NOT_SET_UP = "team_not_set_up"
    TEAM_OLDER = "team_older"
    TEAM_NEWER = "team_newer"
    TEAM_EMBEDDER_DIFFERS = "team_embedder_differs"
    KEYRING_MISSING = "keyring_missing"
    KEYRING_LOCKED = "keyring_locked"
    VAULT_LOCKED = "vault_locked"
    VAULT_WRONG_PASSPHRASE = "vault_wrong_passphrase"  # noqa: S105  a name, not a secret
    VAULT_DAMAGED = "vault_damaged"
    VAULT_PASSPHRASE_UNFIT = "vault_passphrase_unfit"  # noqa: S105  as above
    # why a document is not in the library
    PARSE_UNSUPPORTED = "parse_unsupported"
    PARSE_UNREADABLE = "parse_unreadable"
    PARSE_ENCRYPTED = "parse_encrypted"
    PARSE_BROKEN = "parse_broken"
    PARSE_EMPTY = "parse_empty"
    PARSE_NO_TEXT = "parse_no_text"
    PARSE_TOO_LARGE = "parse_too_large"
    PARSE_TIMEOUT = "parse_timeout"
    PARSE_CRASHED = "parse_crashed"
    # ours
    INTERNAL = "internal"


_MISTAKES: Final = frozenset(
    {
        ErrorCode.EMPTY_QUESTION,
        ErrorCode.FILE_NOT_FOUND,
        ErrorCode.UNKNOWN_MODEL,
        ErrorCode.UNKNOWN_DOCUMENT,
        ErrorCode.UNKNOWN_CONVERSATION,
        ErrorCode.UNKNOWN_PROJECT,
        ErrorCode.PROJECT_UNNAMED,
        ErrorCode.INSTRUCTIONS_TOO_LONG,
        ErrorCode.UNKNOWN_COLLECTION,
        ErrorCode.UNKNOWN_TOKEN,
        ErrorCode.TOKEN_EXISTS,
        ErrorCode.TOKEN_NAME_UNFIT,
        ErrorCode.CONTEXT_OVERFLOW,
        ErrorCode.EMBEDDING_TOO_LONG,
        ErrorCode.HOME_NOT_WRITABLE,
        ErrorCode.SETTINGS_INVALID,
        ErrorCode.CATALOGUE_INVALID,
        ErrorCode.FOLDER_NOT_EMPTY,
        ErrorCode.KEY_INVALID,
        ErrorCode.UNKNOWN_DATA_CLASS,
        ErrorCode.ADAPTER_UNKNOWN,
        ErrorCode.ADAPTERS_NEED_DEVICE,
        ErrorCode.QUERY_INVALID,
        ErrorCode.CHATS_UNREADABLE,
        ErrorCode.UNKNOWN_FOLDER,
        ErrorCode.GATEWAY_NOT_CONFIGURED,
        ErrorCode.GATEWAY_MISCONFIGURED,
        ErrorCode.GATEWAY_SIGN_IN,
        ErrorCode.GATEWAY_FORBIDDEN,
        ErrorCode.GATEWAY_UNKNOWN_MODEL,
        ErrorCode.TEAM_NOT_CONFIGURED,
        ErrorCode.TEAM_MISCONFIGURED,
        ErrorCode.TEAM_LOCAL_ONLY,
        ErrorCode.TEAM_SIGN_IN,
        ErrorCode.TEAM_PASSWORD_MISSING,
        ErrorCode.TEAM_FORBIDDEN,
        ErrorCode.TEAM_NAME_TAKEN,
        ErrorCode.TEAM_COLLECTION_UNKNOWN,
        ErrorCode.TEAM_EXTRA_MISSING,
        ErrorCode.VAULT_LOCKED,
        ErrorCode.VAULT_WRONG_PASSPHRASE,
        ErrorCode.VAULT_DAMAGED,
        ErrorCode.VAULT_PASSPHRASE_UNFIT,
        ErrorCode.SCHEMA_UNSUPPORTED,
        ErrorCode.TEXT_TOO_LONG,
        ErrorCode.QUESTIONS_INVALID,
        ErrorCode.NO_QUESTIONS,
        ErrorCode.UNKNOWN_QUESTION,
        ErrorCode.UNKNOWN_EXPERIMENT,
        ErrorCode.UNKNOWN_VARIANT,
        ErrorCode.EXPERIMENT_INVALID,
        ErrorCode.EXPERIMENT_CHANGED,
        ErrorCode.TEMPLATE_INVALID,
        ErrorCode.UNKNOWN_TEMPLATE,
        ErrorCode.UNKNOWN_CASE,
        ErrorCode.UNKNOWN_BATCH,
        ErrorCode.VALUE_UNFIT,
        ErrorCode.FILE_NOT_WRITABLE,
        ErrorCode.PLAYBOOK_INVALID,
        ErrorCode.UNKNOWN_PLAYBOOK,
        ErrorCode.UNKNOWN_PLAYBOOK_RUN,
        ErrorCode.PLAYBOOK_ANSWER_UNFIT,
        ErrorCode.UNKNOWN_PROMPT,
        ErrorCode.PROMPT_INVALID,
        ErrorCode.PROMPT_VALUES,
        ErrorCode.PROMPT_READ_ONLY,
    }
)
_REFUSALS: Final = frozenset(
    {
        ErrorCode.LEDGER_UNWRITABLE,
        ErrorCode.GATEWAY_NOT_ALLOWED,
        ErrorCode.EGRESS_BLOCKED,
        ErrorCode.BUNDLE_INVALID,
        ErrorCode.BUNDLE_UNTRUSTED,
    }
)

Fact = str | int | float


class AppError(Exception):
    """An expected failure: a code and the plain facts its text needs."""

    def __init__(self, code: ErrorCode, **facts: Fact) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    @property
    def kind(self) -> Kind:
        """Who has to act on it."""
        if self.code is ErrorCode.INTERNAL:
            return Kind.BUG
        if self.code in _MISTAKES:
            return Kind.MISTAKE
        return Kind.REFUSED if self.code in _REFUSALS else Kind.UNAVAILABLE

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code.value}({facts})"


class Cancelled(Exception):
    """The work was stopped on request."""
