from __future__ import annotations

import msgspec
import pytest

from eventlens.reports.severities import Left
from eventlens.reports.source_lines import SourceLines, marked, printable
from eventlens.reports.text import explanation, findings_report, map_report, plain
from sample_map import CONSUME_FILE, DUAL_WRITE, MAP, PUBLISH_FILE, read

SOURCES = SourceLines(read)


def test_a_finding_shows_its_line_carets_evidence_and_remedy() -> None:
    text = plain(findings_report([DUAL_WRITE], MAP.coverage, SOURCES))
    assert text.splitlines()[:7] == [
        "error[dual-write]: The order is saved and announced in two steps: a crash in between loses the event.",
        "  --> services/orders/place-order.ts:4:8",
        "4 |     await producer.send({ topic: 'orders', messages: [{ key: '😀', value: JSON.stringify(order) }] });",
        "  |           ^^^^^^^^^^^^^",
        "  = services/orders/place-order.ts:3 the order is saved here",
        "  remedy: Write the event to an outbox in the transaction that saves the order.",
        "",
    ]


def test_the_summary_counts_and_the_coverage_comes_last() -> None:
    lines = plain(findings_report(MAP.findings, MAP.coverage, SOURCES, Left(accepted=4))).splitlines()
    assert lines[-4] == "1 error, 1 warning in 2 files (1 suppressed, 4 in the baseline)."
    assert lines[-3] == "Read 3 files (2 analysed); 2 sites have a resolved channel; 1 handler followed; 1 unknown."
    assert lines[-2] == f"  unknown: group from GROUP_ID at {CONSUME_FILE}:2; set values.GROUP_ID in eventlens.toml"
    assert lines[-1].startswith("Based on code and configuration alone")


def test_the_summary_says_what_was_not_severe_enough() -> None:
    text = plain(findings_report([], MAP.coverage, SOURCES, Left(lesser=3)))
    assert text.startswith("No findings (3 less severe, shown with --minimum-severity hint).\n")


def test_suppressed_findings_are_not_shown() -> None:
    assert "swallowed-failure" not in plain(findings_report(MAP.findings, MAP.coverage, SOURCES))


def test_a_finding_in_a_file_that_is_gone_still_says_where_and_what() -> None:
    gone = msgspec.structs.replace(DUAL_WRITE, file="gone.ts", related=[])
    assert "  --> gone.ts:4:8\n  remedy:" in plain(findings_report([gone], MAP.coverage, SOURCES))


@pytest.mark.parametrize(
    ("line", "column", "end_column", "shown", "carets"),
    [
        ("a.send(x)", 3, 7, "a.send(x)", "  ^^^^"),
        ("\tsend()", 2, 6, "    send()", "    ^^^^"),
        ("'漢字'; send()", 7, 11, "'漢字'; send()", " " * 8 + "^^^^"),
        ("'😀'; send()", 6, 10, "'😀'; send()", " " * 6 + "^^^^"),
        ("e\u0301; send()", 5, 9, "e\u0301; send()", "   ^^^^"),
        ("send()", 1, None, "send()", "^^^^^^"),
        ("send()", 40, 50, "send()", " " * 6 + "^"),
        ("", 1, 1, "", "^"),
        ("a\x1b[31mb", 7, 8, "a\ufffd[31mb", " " * 6 + "^"),
    ],
)
def test_carets_stand_below_what_is_marked(
    line: str, column: int, end_column: int | None, shown: str, carets: str
) -> None:
    assert marked(line, column, end_column) == (shown, carets)


def test_a_long_line_is_cut_around_the_marked_part() -> None:
    line = "x" * 500 + "send()" + "y" * 500
    shown, carets = marked(line, 501, 507)
    assert shown.startswith("…") and shown.endswith("…") and len(shown) <= 142
    start = carets.index("^")
    assert shown[start : start + len(carets.strip())] == "send()"


def test_quoted_source_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\u202ec\x9b") == "a\ufffd[2Jb\ufffdc\ufffd"


def test_lines_end_where_editors_end_them() -> None:
    lines = SourceLines(lambda _: b"one\r\ntwo\rthree\nfo\xe2\x80\xa8ur\x0cfive\xff")
    assert [lines.line("x", n) for n in range(6)] == [None, "one", "two", "three", "fo\u2028ur\x0cfive\ufffd", None]


def test_the_map_lists_channels_with_both_ends() -> None:
    text = plain(map_report(MAP))
    assert "  orders  (kafka, topic, 6 partitions, dead letters to orders.DLQ)\n" in text
    assert f"    → published by orders OrderPlaced  {PUBLISH_FILE}:4\n" in text
    assert f"    ← consumed by payments OrderPlaced  {CONSUME_FILE}:2\n" in text
    assert "2 services, 3 channels, 1 publish site, 1 subscribe site, 1 flow; 2 errors, 1 warning in 2 files." in text


def test_a_site_without_a_channel_is_listed_apart() -> None:
    lost = msgspec.structs.replace(MAP.sites[0], channel=None, channels=[], id="p2")
    text = plain(map_report(msgspec.structs.replace(MAP, sites=[lost])))
    assert "Sites whose channel is not known\n    → published by orders" in text


def test_an_explanation_gives_evidence_with_source_and_links() -> None:
    text = plain(explanation(MAP, PUBLISH_FILE, 4, SOURCES))
    assert "publish site: kafkajs, kafka topic orders" in text
    assert (
        f"    {PUBLISH_FILE}:1 the producer comes from kafkajs\n      | import {{ producer }} from './kafka';" in text
    )
    assert f"    → {CONSUME_FILE}:2 both name the topic orders" in text
    assert "error[dual-write]" in text


def test_a_line_where_nothing_stands_has_no_explanation() -> None:
    assert explanation(MAP, PUBLISH_FILE, 1, SOURCES) == []


def test_a_site_without_links_says_so() -> None:
    text = plain(explanation(msgspec.structs.replace(MAP, flows=[]), CONSUME_FILE, 2, SOURCES))
    assert "links: none" in text
