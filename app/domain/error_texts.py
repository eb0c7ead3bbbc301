"""What each error says to a person: what happened and why, and the one thing to do.

English; `ui/translate.py` translates. Facts of the error stand in braces.
"""

from dataclasses import dataclass
from typing import Final

from app.domain.errors import AppError, ErrorCode
from app.domain.texts import Text


@dataclass(frozen=True, slots=True)
class Explanation:
    """An error in a person's words."""

    what: Text
    advice: Text


TEXTS: Final[dict[ErrorCode, tuple[str, str]]] = {
    ErrorCode.EMPTY_QUESTION: ("There is no question.", "Type what you want to know."),
    ErrorCode.FILE_NOT_FOUND: ("There is no file or folder at {path}.", "Check the path."),
    ErrorCode.UNKNOWN_MODEL: (
        "No model is called “{model}”.",
        "See the names with `donjon models list`, or import a GGUF file.",
    ),
    ErrorCode.UNKNOWN_DOCUMENT: (
        "The library has no document {document}.",
        "See what it holds with `donjon library list`.",
    ),
    ErrorCode.UNKNOWN_CONVERSATION: ("That conversation is no longer here.", "Choose another from the list."),
    ErrorCode.UNKNOWN_PROJECT: (
        "There is no project “{project}”.",
        "Choose another; `donjon chats projects` lists them.",
    ),
    ErrorCode.PROJECT_UNNAMED: ("A project needs a name.", "Give it one."),
    ErrorCode.INSTRUCTIONS_TOO_LONG: (
        "The instructions have {length} characters; the model can mind {most} at most.",
        "Shorten them, or put what they hold into a document of the project.",
    ),
    ErrorCode.UNKNOWN_COLLECTION: (
        "The library has no documents in a collection called “{collection}”.",
        "See the names with `donjon library list`, or add documents to it.",
    ),
    ErrorCode.UNKNOWN_TOKEN: (
        "No token is called “{name}”.",
        "See the names with `donjon serve token list`.",
    ),
    ErrorCode.TOKEN_EXISTS: (
        "There is a token called “{name}” already.",
        "Take another name, or revoke that one first: `donjon serve token revoke {name}`.",
    ),
    ErrorCode.TOKEN_NAME_UNFIT: (
        "“{name}” cannot be the name of a token.",
        "Use up to 40 lower-case letters, digits and hyphens, for instance: notes-app.",
    ),
    ErrorCode.CONTEXT_OVERFLOW: (
        "This conversation is too long for the model: it needs {needed} tokens, {available} fit.",
        "Start a new conversation, or shorten the question. Nothing was cut off or sent.",
    ),
    ErrorCode.EMBEDDING_TOO_LONG: (
        "Text number {number} is too long for the embedding model: it has {needed} tokens, {available} fit.",
        "Split it. Nothing was cut off.",
    ),
    ErrorCode.HOME_NOT_WRITABLE: (
        "Donjon cannot write to its folder {path}: {reason}.",
        "Choose another folder with --home, or give yourself the right to write there.",
    ),
    ErrorCode.SETTINGS_INVALID: (
        "The settings file {path} has a value that does not fit: {reason}.",
        "Correct that line, or delete it to get the default back.",
    ),
    ErrorCode.CATALOGUE_INVALID: (
        "The catalogue of models {path} cannot be used: {reason}.",
        "Correct the file, or take it out of the folder; models of other catalogues can be fetched meanwhile.",
    ),
    ErrorCode.UNKNOWN_PROMPT: (
        "There is no prompt “{prompt}”.",
        "See the prompts and their versions with `donjon prompts list`.",
    ),
    ErrorCode.PROMPT_INVALID: (
        "The prompt {path} cannot be used: {reason}.",
        "Correct it; `donjon prompts check FILE` says whether it can be used then.",
    ),
    ErrorCode.PROMPT_VALUES: (
        "The prompt “{prompt}” cannot be filled in: {reason}.",
        "Give it what it asks for; `donjon prompts show {prompt}` lists that.",
    ),
    ErrorCode.PROMPT_READ_ONLY: (
        "The prompt “{prompt}” is not your own, so it cannot be removed.",
        "Change it instead: your version of it is kept as a prompt of yours.",
    ),
    ErrorCode.FOLDER_NOT_EMPTY: ("{path} is there already and not empty.", "Name a folder that is new."),
    ErrorCode.KEY_INVALID: (
        "{path} is not a key that bundles can be signed with: {reason}.",
        "Name an Ed25519 private key in PEM form, without a passphrase; or leave --key out, and one is made.",
    ),
    ErrorCode.BUNDLE_INVALID: (
        "The bundle {path} is refused: {reason}. Nothing was installed.",
        "Copy it again from where it was made. If it stays so, tell whoever made it: it may have been tampered with.",
    ),
    ErrorCode.BUNDLE_UNTRUSTED: (
        "The bundle {path} is signed with the key {key}, which this machine does not trust. Nothing was installed.",
        "Ask whoever made it for their key by another way. If it is this one, import with --trust KEY, or add it "
        "to models.trusted_keys in the settings.",
    ),
    ErrorCode.SCHEMA_UNSUPPORTED: (
        "Answers cannot be held to this JSON Schema: at {pointer}, {reason}.",
        "Say it in another way: the README lists what is understood.",
    ),
    ErrorCode.TEXT_TOO_LONG: (
        "A text is too long for “{model}”: it has {needed} tokens, {available} fit.",
        "Split it into shorter ones. Nothing was cut off.",
    ),
    ErrorCode.ANSWER_INVALID: (
        "What “{model}” wrote does not fit the JSON Schema: at “{pointer}”, it {reason}.",
        "Ask again, or choose a larger model.",
    ),
    ErrorCode.ONLY_THOUGHT: (
        "“{model}” spent all {tokens} tokens of its answer on thinking, and said nothing.",
        "Allow a longer answer (model.max_tokens), or let it answer without thinking first (model.thinks).",
    ),
    ErrorCode.ANSWER_INCOMPLETE: (
        "“{model}” reached the limit of {tokens} tokens before its JSON was complete.",
        "Raise the longest answer in the settings, or bound the schema's arrays and texts.",
    ),
    ErrorCode.LEDGER_UNWRITABLE: (
        "The ledger cannot be written ({reason}), so nothing was generated.",
        "Free disk space or repair the right to write to {path}; then ask again.",
    ),
    ErrorCode.HOME_IN_USE: (
        "Donjon is already running on this folder: {role}, process {pid}, since {since}.",
        "Use that one, close it, or choose another folder with --home.",
    ),
    ErrorCode.API_PORT_TAKEN: (
        "The local API cannot listen on port {port}: another program has it.",
        "Choose another with --port, or --port 0 for any that is free.",
    ),
    ErrorCode.API_UNREACHABLE: (
        "Donjon runs on this folder, but its local API does not answer ({reason}).",
        "Try again; if it stays so, close the Donjon that runs and start it anew.",
    ),
    ErrorCode.MODEL_NOT_INSTALLED: (
        "The model “{model}” is not on this machine.",
        "Download it on the Models page, or with `donjon models get {model}`.",
    ),
    ErrorCode.MODEL_BUSY: (
        "“{model}” is being fetched already, by another window or program.",
        "Wait for that one to finish.",
    ),
    ErrorCode.MODEL_INVALID: (
        "{path} is not a model file that can be used: {reason}.",
        "Fetch the model again, or ask whoever gave you the file for an intact GGUF.",
    ),
    ErrorCode.MODEL_NO_CHAT_TEMPLATE: (
        "“{model}” is a base model: it has no chat template, so it cannot hold a conversation.",
        "Choose an instruct or chat version of it.",
    ),
    ErrorCode.MODEL_TEMPLATE_FAILED: (
        "The chat template inside “{model}” cannot be used: {reason}.",
        "Choose another model; this file is faulty or unsafe.",
    ),
    ErrorCode.MODEL_SHARED: (
        "The model “{model}” is in the folder that all users of this machine read.",
        "Ask whoever keeps that folder to remove it.",
    ),
    ErrorCode.MODEL_DOES_NOT_FIT: (
        "“{model}” needs {needed} of memory, and {free} can be had.",
        "Choose a smaller model (`donjon models fit` says which ones fit), or close other programs.",
    ),
    ErrorCode.MODEL_LOAD_FAILED: (
        "“{model}” could not be loaded: {reason}.",
        "Close other programs to free memory, choose a smaller model, or set a smaller context.",
    ),
    ErrorCode.MODEL_QUARANTINED: (
        "“{model}” has crashed its process {faults} times and is not tried again by itself.",
        "Choose another model, or fetch it anew: that lifts the quarantine.",
    ),
    ErrorCode.ADAPTER_INVALID: (
        "The LoRA adapter {path} cannot be used: {reason}.",
        "Choose the model that it was made for, or leave the adapter away.",
    ),
    ErrorCode.EMBEDDER_MISSING: (
        "The model that finds passages by meaning is not on this machine.",
        "Download it on the Models page, or with `donjon models get all-minilm-l6-v2`.",
    ),
    ErrorCode.WORKER_DIED: (
        "The {worker} process ended unexpectedly (exit code {exit}).",
        "Try again: it starts anew by itself. What was written so far is kept.",
    ),
    ErrorCode.WORKER_SILENT: (
        "The {worker} process no longer answers and was ended.",
        "Try again: it starts anew by itself.",
    ),
    ErrorCode.WORKER_PROTOCOL: (
        "The {worker} process sent something that is not understood ({detail}), and was ended.",
        "Try again; if it happens again, reinstall Donjon: its parts may be of different versions.",
    ),
    ErrorCode.DOWNLOAD_FAILED: (
        "“{model}” could not be fetched: {reason}.",
        "Check the connection, and the mirror, proxy or package index that this machine is set to use; then try again: "
        "it goes on where it stopped.",
    ),
    ErrorCode.HASH_MISMATCH: (
        "What was fetched for “{model}” is not the file it should be (SHA-256 {found}, expected {expected}).",
        "It was deleted. Try again; if it stays so, tell your administrator: the source may have been tampered with.",
    ),
    ErrorCode.DISK_FULL: (
        "“{model}” needs {needed_mb} MB, {free_mb} MB are free on this disk.",
        "Free some space and try again.",
    ),
    ErrorCode.LIBRARY_NEWER: (
        "The library was written by a newer Donjon (format {found}, this one knows {known}).",
        "Update Donjon. Nothing was changed.",
    ),
    ErrorCode.LIBRARY_DAMAGED: (
        "The library's database is damaged: {reason}.",
        "Restore a backup of {path}, or move it away and add your documents again.",
    ),
    ErrorCode.CHATS_NEWER: (
        "{path} was written by a newer Donjon (format {found}, this one knows {known}).",
        "Update Donjon. Nothing was changed.",
    ),
    ErrorCode.PARSE_UNSUPPORTED: (
        "{path} is in a format that Donjon does not read.",
        "Save it in a newer format, such as PDF, DOCX, PPTX or XLSX, or as plain text.",
    ),
    ErrorCode.PARSE_UNREADABLE: (
        "{path} cannot be opened: {reason}.",
        "Check that it is there and that you may read it.",
    ),
    ErrorCode.PARSE_ENCRYPTED: (
        "{path} is protected with a password.",
        "Save a copy without password and add that.",
    ),
    ErrorCode.PARSE_BROKEN: ("{path} is damaged: {reason}.", "Open it in its own program and save it again."),
    ErrorCode.PARSE_EMPTY: ("{path} is empty.", "Nothing to do, unless it should not be."),
    ErrorCode.PARSE_NO_TEXT: (
        "{path} has no text, only pictures of it ({pages} pages).",
        "Text recognition is the setting library.ocr and needs the extra “ocr”. If it is on, it has found nothing.",
    ),
    ErrorCode.PARSE_TOO_LARGE: ("{path} is too large: {reason}.", "Split it and add the parts."),
    ErrorCode.PARSE_TIMEOUT: (
        "{path} was given up after {seconds} s of reading.",
        "Split it, or save it anew.",
    ),
    ErrorCode.PARSE_CRASHED: (
        "{path} made its reader fail ({reason}). Nothing else was affected.",
        "Open it in its own program and save it again.",
    ),
    ErrorCode.UNKNOWN_DATA_CLASS: ("“{data_class}” is no class of data.", "Use one of {known}."),
    ErrorCode.QUESTIONS_INVALID: (
        "{place} cannot be used: {reason}.",
        "Put it right and try again. Nothing was taken over.",
    ),
    ErrorCode.NO_QUESTIONS: (
        "There is no question whose documents are in the library.",
        "Add some with `donjon library experiment questions add`, or on the Lab page.",
    ),
    ErrorCode.UNKNOWN_QUESTION: (
        "No question has the number {question}.",
        "`donjon library experiment questions list` lists them.",
    ),
    ErrorCode.PLAYBOOK_INVALID: (
        "The playbook {path} cannot be used: line {line}: {reason}.",
        "Correct the file, or ask whoever wrote it; `donjon playbook check FILE` lists all that is wrong with it.",
    ),
    ErrorCode.UNKNOWN_PLAYBOOK: (
        "No playbook is called “{playbook}”.",
        "See the names with `donjon playbook list`.",
    ),
    ErrorCode.UNKNOWN_PLAYBOOK_RUN: (
        "Run {run} of a playbook is no longer here.",
        "Start the playbook anew.",
    ),
    ErrorCode.PLAYBOOK_ANSWER_UNFIT: (
        "The step “{step}” cannot have that answer.",
        "Choose one of its options, or write up to {longest} characters.",
    ),
    ErrorCode.UNKNOWN_EXPERIMENT: (
        "No experiment has the number {experiment}.",
        "`donjon library experiment list` lists them.",
    ),
    ErrorCode.UNKNOWN_VARIANT: (
        "Experiment {experiment} has no variant {variant}.",
        "`donjon library experiment show {experiment}` lists them.",
    ),
    ErrorCode.EXPERIMENT_INVALID: (
        "This cannot be tried: {reason}.",
        "Choose other values.",
    ),
    ErrorCode.TEMPLATE_INVALID: (
        "The template “{template}” does not fit, at line {line}: {reason}.",
        "Put that line right; the file is used as soon as it fits.",
    ),
    ErrorCode.UNKNOWN_TEMPLATE: (
        "There is no template “{template}” of your own or any other.",
        "See their names with `donjon judge`.",
    ),
    ErrorCode.UNKNOWN_CASE: ("Judgement {case} is no longer here.", "Choose another, or judge the document again."),
    ErrorCode.UNKNOWN_BATCH: ("The table {table} is no longer here.", "Choose another, or judge the folder again."),
    ErrorCode.FILE_NOT_WRITABLE: (
        "{path} could not be written: {reason}.",
        "Choose another place or name for the file.",
    ),
    ErrorCode.VALUE_UNFIT: (
        "“{value}” does not fit the field “{field}”: {reason}.",
        "Type another value, or leave it empty if the document does not say.",
    ),
    ErrorCode.EXPERIMENT_CHANGED: (
        "Questions of experiment {experiment} were changed or removed since, so it cannot go on.",
        "Start a new one. What was measured before is kept.",
    ),
    ErrorCode.UNKNOWN_FOLDER: (
        "No watched folder has the number {folder}.",
        "`donjon library folders` lists them.",
    ),
    ErrorCode.FOLDERS_NOT_WATCHED: (
        "The system does not tell of changes in your folders: {reason}.",
        "They are looked at every ten minutes instead. On Linux fs.inotify.max_user_watches may be too low.",
    ),
    ErrorCode.ADAPTER_UNKNOWN: (
        "There is no adapter “{adapter}” here.",
        "`donjon models list` shows those that are; write ID, or ID=0.5 for half of its effect. One that was removed "
        "may still stand in models.adapters in the settings.",
    ),
    ErrorCode.ADAPTERS_NEED_DEVICE: (
        "Adapters change models of this device, and “{model}” would answer at the gateway.",
        "Ask a model of this device, or ask without adapters.",
    ),
    ErrorCode.QUERY_INVALID: (
        "“{part}” in the search is not a date.",
        "Write it as 2026-01-31, 2026-01 or 2026: after:2026-01-31.",
    ),
    ErrorCode.CHATS_UNREADABLE: (
        "No conversation was imported: in {where}, {reason}.",
        "Choose the conversations.json of ChatGPT, an export of Open WebUI, the folder of a thread of Jan, or a JSON "
        "export of Donjon.",
    ),
    ErrorCode.GATEWAY_NOT_CONFIGURED: (
        "No gateway is set up, so there is no model beyond this device.",
        "Set gateway.url and gateway.models in the settings if your company runs one.",
    ),
    ErrorCode.GATEWAY_MISCONFIGURED: (
        "The gateway's settings cannot be used: {reason}.",
        "Correct gateway.url, gateway.proxy or network.extra_ca in the settings.",
    ),
    ErrorCode.GATEWAY_SIGN_IN: (
        "The gateway {host} does not accept the key, or got none (HTTP {status}).",
        "Store the key you were given with `donjon gateway set-key`.",
    ),
    ErrorCode.GATEWAY_FORBIDDEN: (
        "The gateway {host} does not let you use {model}: {words}",
        "Choose another model, or ask whoever runs the gateway for access.",
    ),
    ErrorCode.GATEWAY_UNKNOWN_MODEL: (
        "The gateway {host} has no model “{model}” at this address.",
        "Check gateway.url, which ends in /v1 with most gateways, and gateway.models.",
    ),
    ErrorCode.GATEWAY_NOT_ALLOWED: (
        "This does not go to the gateway, because {because}.",
        "Use a model on this device: the page Models and `donjon models list` name them.",
    ),
    ErrorCode.GATEWAY_CANNOT: (
        "The gateway's model {model} cannot {what}.",
        "Use a model on this device: the page Models and `donjon models list` name them.",
    ),
    ErrorCode.EGRESS_BLOCKED: (
        "This does not go to the gateway: it contains {kinds}.",
        "Take that out, or use a model on this device. Who has to send it can do so on the command line, with "
        "--send-anyway.",
    ),
    ErrorCode.GATEWAY_UNREACHABLE: (
        "The gateway {host} cannot be reached: {reason}.",
        "Check the network and gateway.url, or use a model on this device.",
    ),
    ErrorCode.GATEWAY_UNTRUSTED: (
        "The gateway {host} shows a certificate that this machine does not trust, so nothing was sent.",
        "If your company has its own authority, name its file in network.extra_ca. The check cannot be switched off.",
    ),
    ErrorCode.GATEWAY_SILENT: (
        "The gateway {host} did not answer in time.",
        "Try again later, or use a model on this device.",
    ),
    ErrorCode.GATEWAY_BUSY: (
        "The gateway {host} has too much to do, or you have used up your share; it asks to wait {seconds} s.",
        "Try again then, or use a model on this device.",
    ),
    ErrorCode.GATEWAY_FAILED: (
        "The gateway {host} has a problem of its own ({reason}). {words}",
        "Try again later, or use a model on this device.",
    ),
    ErrorCode.GATEWAY_REFUSED: (
        "The gateway {host} refuses the request (HTTP {status}). {words}",
        "Choose another model, or ask whoever runs the gateway.",
    ),
    ErrorCode.GATEWAY_PROTOCOL: (
        "What answers at {host} is not a gateway as Donjon knows them: {reason}.",
        "Check gateway.url; a sign-in or a block page may stand in between.",
    ),
    ErrorCode.GATEWAY_BROKE_OFF: (
        "The answer of {model} broke off: {reason}. What was written so far is kept.",
        "Ask it to continue, or ask again.",
    ),
    ErrorCode.GATEWAY_PAUSED: (
        "The gateway {host} has failed several times in a row, so it is left alone for {seconds} s.",
        "Try again then, or use a model on this device.",
    ),
    ErrorCode.TEAM_NOT_CONFIGURED: (
        "No team library is set up.",
        "Set team.url and team.ca in the settings if your company runs one.",
    ),
    ErrorCode.TEAM_LOCAL_ONLY: (
        "The team library is closed: this Donjon is set to stay on this device (gateway.local_only).",
        "Turn gateway.local_only off if questions may go to the team's server.",
    ),
    ErrorCode.TEAM_MISCONFIGURED: (
        "The team library's settings cannot be used: {reason}.",
        "Correct team.url and team.ca in the settings.",
    ),
    ErrorCode.TEAM_SIGN_IN: (
        "The team library at {host} does not let you in: {reason}",
        "Store the password you were given with `donjon team sign-in`, or ask its administrator.",
    ),
    ErrorCode.TEAM_PASSWORD_MISSING: (
        "There is no password for the team library at {host} in the keyring.",
        "Store the one you were given with `donjon team sign-in`.",
    ),
    ErrorCode.TEAM_FORBIDDEN: (
        "The team library at {host} does not allow this: {reason}",
        "Ask its administrator to admit you, or to let you add.",
    ),
    ErrorCode.TEAM_NAME_TAKEN: (
        "The server has a role “{person}” already that Donjon did not make.",
        "Choose another name for the person, or have the role removed.",
    ),
    ErrorCode.TEAM_COLLECTION_UNKNOWN: (
        "There is no collection “{collection}” on the team's server to which you may add.",
        "`donjon team status` lists those you see; an administrator makes new ones.",
    ),
    ErrorCode.TEAM_EXTRA_MISSING: (
        "A team library needs the package psycopg, which is not installed.",
        "Install Donjon with its extra “team”.",
    ),
    ErrorCode.TEAM_UNREACHABLE: (
        "The team library at {host} cannot be reached ({reason}). This device's documents are there as ever.",
        "Check the network, or your company's VPN, and try again.",
    ),
    ErrorCode.TEAM_UNTRUSTED: (
        "The team library at {host} does not prove that it is the right server, so nothing was sent: {reason}",
        "Name your company's certificate authority in team.ca. The check cannot be switched off.",
    ),
    ErrorCode.TEAM_NOT_SET_UP: (
        "At {host} there is no team library yet.",
        "An administrator makes one with `donjon team init`.",
    ),
    ErrorCode.TEAM_OLDER: (
        "The team library at {host} has version {found}, and this Donjon needs {known}.",
        "An administrator brings it up to date with `donjon team init`; until then use an older Donjon.",
    ),
    ErrorCode.TEAM_NEWER: (
        "The team library at {host} has version {found}, and this Donjon knows {known}.",
        "Update Donjon.",
    ),
    ErrorCode.TEAM_EMBEDDER_DIFFERS: (
        "The team library at {host} was made with the embedder {theirs}, and this device has {ours}.",
        "Install the team's embedder; vectors of different ones cannot be compared.",
    ),
    ErrorCode.KEYRING_MISSING: (
        "This machine has no keyring, and Donjon writes no key into a file, so the key was not stored.",
        "Set up the system's keyring, or store it under a passphrase: `donjon gateway set-key --vault`. For one"
        " session, DONJON_GATEWAY_KEY in the environment gives it.",
    ),
    ErrorCode.KEYRING_LOCKED: (
        "The system's keyring does not open: {reason}.",
        "Unlock it, and try again.",
    ),
    ErrorCode.VAULT_LOCKED: (
        "The gateway's key lies in the vault, which needs its passphrase.",
        "Unlock it in the settings, or start Donjon with its passphrase in the environment: DONJON_VAULT_PASSPHRASE.",
    ),
    ErrorCode.VAULT_WRONG_PASSPHRASE: (
        "The passphrase does not open the vault with the gateway's key.",
        "Give the right one; if it is lost, forget the key (`donjon gateway set-key`, empty) and store it again.",
    ),
    ErrorCode.VAULT_PASSPHRASE_UNFIT: (
        "The passphrase was not taken, and no key was stored: {reason}.",
        "Choose another one: several words in a row are easy to keep in mind.",
    ),
    ErrorCode.VAULT_DAMAGED: (
        "The vault with the gateway's key cannot be read: {path}: {reason}.",
        "Forget the key (`donjon gateway set-key`, empty) and store it again.",
    ),
    ErrorCode.INTERNAL: (
        "Something in Donjon itself went wrong: {error}.",
        "Try again; if it stays so, report it with the file donjon.log of Donjon's folder.",
    ),
}


def explain(error: AppError) -> Explanation:
    """The error in a person's words."""
    what, advice = TEXTS[error.code]
    return Explanation(Text(what, **error.facts), Text(advice, **error.facts))


def say_left_out(error: AppError) -> Text:
    """That an answer or a list is of this device's documents alone, and why."""
    explanation = explain(error)
    only = "Only this device's documents were looked at. {what} {advice}"
    return Text(only, what=explanation.what, advice=explanation.advice)
