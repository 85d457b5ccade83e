"""What must not be shown: passwords, keys and tokens, known by the name that holds them or by their own shape.

One rule for everything that leaves the program. A value is a secret when the *last words* of its name say so (``KAFKA_PASSWORD``,
``client.secret``, ``stripeApiKey``; not ``PASSWORD_RESET_TOPIC``), or when it looks like one wherever it stands (the password in a
URL, ``SharedAccessKey=…``, keys of well-known services). It is then shown as `MASK`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from eventlens.config.name_words import words_of

MASK = "•••"

_LAST = frozenset(
    ("password", "passwords", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "token", "tokens", "credential",
     "credentials", "creds", "apikey", "secretkey", "accesskey", "privatekey", "authkey", "authtoken", "signingkey", "encryptionkey",
     "sas", "sig", "signature")
)  # fmt: skip
_LAST_TWO = frozenset(
    ("api key", "access key", "private key", "secret key", "signing key", "encryption key", "shared key", "account key",
     "master key", "auth key", "license key", "key id")
)  # fmt: skip
_AFTER = frozenset(
    ("value", "base", "hex", "b", "old", "new", "primary", "secondary", "prod", "production", "dev", "staging", "test", "default")
)  # fmt: skip
"""Words behind the telling one that change nothing."""
_OF_CHANNELS = frozenset(("topics", "queues", "channels", "exchanges", "subjects", "streams", "events"))

_HOLE = r"(?![$<{%*•])"
"""What stands for a value is none."""
_SHAPES = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"[A-Za-z][\w+.-]{0,30}://[^/\s:@'\"`]{0,200}:(?!\d{1,5}/)" + _HOLE + r"([^\s'\"`]{1,200})@", 0),
        (r"\b((?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16})\b", 0),
        (r"\b(gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{40,})", 0),
        (r"\b(xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,})", 0),
        (r"\b((?:[sr]k|pk)_(?:live|test)_\w{10,}|whsec_\w{10,})", 0),
        (r"\b(AIza[\w-]{30,}|ya29\.[\w-]{20,})", 0),
        (r"\b(SG\.[\w-]{16,}\.[\w-]{16,})", 0),
        (r"\b(eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)", 0),
        (r"\bhooks\.slack\.com/(?:services|workflows)/([\w/-]+)", 0),
        (r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(.+)", re.DOTALL),
        (r"(?i)\b(?:bearer|basic)\s+" + _HOLE + r"(?=\S*\d)([\w.~+/=-]{12,})", 0),
    )
)
_NAME = r"(?<![\w.$-])([A-Za-z_$][\w.$-]{0,120})"
_QUOTED = r"\"((?:[^\"\\\n]|\\.){1,2000})\"|'((?:[^'\\\n]|\\.){1,2000})'|`([^`\n]{1,2000})`"
_PARAMETER = re.compile(_NAME + r"=" + _HOLE + r"([^\s&;,'\"`()\[\]{}]{1,2000})")
"""Of a URL or a connection string."""
_IN_CODE = re.compile(
    _NAME
    + r"[!?]?['\"\])]{0,3}\s{0,4}(?::[^=,;(){}'\"`\n]{1,60}=|\?\?=?|\|\|=?|[:=,]|\bor\b)\s{0,4}[brfu]{0,2}(?:"
    + _QUOTED
    + r")"
)
_IN_CONFIGURATION = re.compile(
    _NAME + r"['\"]?[ \t]{0,20}[:=][ \t]{0,20}(?:" + _QUOTED + r"|" + _HOLE + r"([^\s'\"`{\[#][^\n]{0,2000}))"
)


_REMEMBERED = 4096
"""Texts: the evidence of a site is masked anew at each keystroke, and is the same nearly always."""


def is_secret_name(name: str) -> bool:
    """Whether a variable, key or field of that name (``_``, ``-``, ``.`` or capitals between words) holds a secret."""
    *above, last = re.split(r"[./:]", name)
    if any(segment.lower() in _OF_CHANNELS for segment in above):
        return False
    words = words_of(last)
    while len(words) > 1 and (words[-1] in _AFTER or words[-1].isdigit()):
        words.pop()
    if not words:
        return False
    is_pass = words[-1] == "pass" and len(words) > 1
    is_pair = " ".join(words[-2:]) in _LAST_TWO and (words[-1] != "id" or "access" in words)
    return is_pass or is_pair or words[-1] in _LAST


@lru_cache(_REMEMBERED)
def masked(text: str) -> str:
    """A value or a name without what looks like a secret in it."""
    return _replaced(text, _spans(text))


@lru_cache(_REMEMBERED)
def masked_code(text: str) -> str:
    """An expression without secrets: also without what is written down as the value, or the fallback, of a secret name."""
    return _replaced(text, (*_spans(text), *_assigned(text, _IN_CODE)))


def masked_line(line: str, in_configuration: bool, name_beside: str = "") -> str:
    """A line of a file as it may be quoted; as long as it was, so that columns stay.

    ``name_beside`` is the name that a neighbouring line gives to a ``value:`` on this one.
    """
    spans = [*_spans(line), *_assigned(line, _IN_CODE)]
    if in_configuration:
        spans += _assigned(line, _IN_CONFIGURATION, name_beside)
    for start, end in spans:
        line = line[:start] + "•" * (end - start) + line[end:]
    return line


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for shape in _SHAPES:
        for found in shape.finditer(text):
            yield found.span(1)
    yield from _assigned(text, _PARAMETER)


def _assigned(text: str, pattern: re.Pattern[str], name_beside: str = "") -> Iterator[tuple[int, int]]:
    offset = 0
    while found := pattern.search(text, offset):
        group = next(number for number in range(2, (pattern.groups or 0) + 1) if found[number] is not None)
        name = name_beside if found[1] in ("value", "Value", "default") and name_beside else found[1]
        if is_secret_name(name) and not found[group].startswith(("$", "<", "{", "%", MASK)):
            yield found.span(group)
            offset = found.end()
        else:
            offset = found.end(1)  # what is given to another name may hold one itself


def _replaced(text: str, spans: Iterator[tuple[int, int]] | tuple[tuple[int, int], ...]) -> str:
    merged: list[list[int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1])
        else:
            merged.append([start, end])
    for start, end in reversed(merged):
        text = text[:start] + MASK + text[end:]
    return text
