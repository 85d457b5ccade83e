"""English verbs as names of messages have them: what is past, what is a command, and what may as well be a noun."""

from __future__ import annotations

_PAIRS = """
accept accepted, acknowledge acknowledged, activate activated, add added, adjust adjusted, allocate allocated, amend amended, announce announced,
append appended, apply applied, assign assigned, attach attached, authenticate authenticated, authorise authorised, authorize authorized,
begin began, buy bought, calculate calculated, cancel cancelled, choose chosen, close closed, collect collected, compensate compensated,
complete completed, compute computed, configure configured, confirm confirmed, connect connected, convert converted, create created,
deactivate deactivated, deallocate deallocated, delete deleted, deliver delivered, deny denied, deploy deployed, detach detached,
detect detected, disable disabled, disconnect disconnected, dismiss dismissed, edit edited, enable enabled, enqueue enqueued,
enrol enrolled, enroll enrolled, evaluate evaluated, execute executed, expire expired, extend extended, extract extracted, fail failed,
fetch fetched, finalize finalized, finish finished, forget forgotten, fulfil fulfilled, fulfill fulfilled, generate generated, give given,
ignore ignored, import imported, ingest ingested, initialize initialized, initiate initiated, insert inserted, install installed,
invalidate invalidated, lose lost, make made, migrate migrated, modify modified, notify notified, obtain obtained, open opened,
pay paid, persist persisted, place placed, populate populated, prepare prepared, process processed, provide provided, publish published,
purchase purchased, reactivate reactivated, rebuild rebuilt, recalculate recalculated, receive received, reconcile reconciled, redeem redeemed,
reduce reduced, refresh refreshed, register registered, reject rejected, remove removed, rename renamed, replace replaced, reschedule rescheduled,
reserve reserved, resolve resolved, restore restored, restrict restricted, retrieve retrieved, revoke revoked, save saved, select selected,
sell sold, send sent, settle settled, start started, submit submitted, subscribe subscribed, suspend suspended, take taken,
terminate terminated, transform transformed, unassign unassigned, unlock unlocked, unregister unregistered, unsubscribe unsubscribed,
update updated, upload uploaded, validate validated, verify verified, withdraw withdrawn, write written
"""
PAST_OF: dict[str, str] = dict(pair.split() for pair in _PAIRS.replace("\n", " ").split(","))
"""What is done to what has been done (``send``: ``sent``)."""
_OTHER_USES = frozenset(
    (
        *("close", "complete", "import", "open", "process", "place", "purchase", "start", "update", "upload", "reserve", "make", "buy", "insert"),
        *("select", "extract", "transform", "refresh", "finish", "convert", "pay", "edit", "take", "begin", "give", "install", "collect"),
        *("register", "save", "fetch", "connect", "disconnect", "deploy", "sell", "restrict", "configure"),
    )
)  # fmt: skip
"""Those that are nouns or adjectives, too: what stands behind another word may be one (``PaymentUpdate``, ``OrderComplete``)."""
_LEADING_USES = frozenset(
    (
        *("process", "place", "purchase", "start", "open", "close", "complete", "import", "reserve", "extract", "select", "insert", "pay", "buy", "sell"),
        *("edit", "make", "transform", "upload", "refresh", "fail", "finish", "take", "give", "begin", "install", "collect", "connect", "expire", "save"),
    )
)  # fmt: skip
"""Those that may be a noun or an adjective before another word, too (``ProcessStatus``, ``OpenInvoice``)."""
_IRREGULAR = frozenset(
    (
        *("became", "become", "began", "begun", "bound", "bought", "broken", "brought", "built", "caught", "chosen", "come", "dealt", "done", "drawn"),
        *("driven", "fallen", "fed", "forgotten", "found", "frozen", "given", "gone", "gotten", "grown", "heard", "held", "hidden", "kept", "known"),
        *("laid", "led", "left", "lent", "lost", "made", "meant", "met", "overdrawn", "overridden", "paid", "prepaid", "rebuilt", "repaid", "resent"),
        *("rewritten", "risen", "said", "seen", "sent", "shown", "shrunk", "sold", "sought", "spent", "spoken", "stolen", "stood", "stuck", "sworn"),
        *("taken", "taught", "thrown", "told", "undone", "understood", "underwritten", "undertaken", "unpaid", "withdrawn", "withheld", "woken", "won"),
        *("sown", "mown", "grown", "eaten", "beaten", "blown", "flown", "drunk", "shaken", "rung", "ridden", "swum", "spun", "struck", "wound"),
        *("worn", "written", "overwritten", "misled", "torn", "swept", "went", "took", "sank", "stopped", "threw", "wrote"),
    )
)  # fmt: skip
_NO_PASTS = frozenset(
    (
        *("bleed", "breed", "embed", "exceed", "indeed", "proceed", "speed", "succeed", "hundred", "sacred", "naked", "kindred", "infrared", "biped"),
        *("moped", "shared", "related", "advanced", "dedicated", "limited", "united", "unified", "nested", "embedded", "rated", "weighted", "kinded"),
    )
)  # fmt: skip
"""Words that end like a verb in the past and are none, or that say what something is like."""


def is_past(word: str) -> bool:
    """Whether a word in small letters says that something has happened (``placed``, ``sent``)."""
    return word in _IRREGULAR or (len(word) > 4 and word.endswith("ed") and word not in _NO_PASTS)


def leads(word: str) -> bool:
    """Whether a word before others is an order to do something, and nothing else (``create`` an order)."""
    return word in PAST_OF and word not in _LEADING_USES


def ends(word: str) -> str:
    """The verb that a word behind others is in the present or as an order, and nothing else (``create``, ``expires``); "" for any other word."""
    for verb in (word, word.removesuffix("s"), word.removesuffix("es"), f"{word.removesuffix('ies')}y"):
        if verb in PAST_OF and verb not in _OTHER_USES:
            return verb
    return ""
