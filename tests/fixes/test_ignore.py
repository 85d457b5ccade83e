"""Where the comment that ignores a finding is written, and how one that silences nothing is taken out again."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.fixes.changes import FileEdit, apply_edits

from .proving import Analysed

TYPESCRIPT = """import {{ Kafka }} from 'kafkajs';
const producer = new Kafka({{ brokers: ['kafka:9092'] }}).producer();
{body}
"""
PYTHON = """from kafka import KafkaProducer
producer = KafkaProducer()
{body}
"""
JAVA = """package parcels;

import org.springframework.kafka.core.KafkaTemplate;

class Parcels {{
    private final KafkaTemplate<String, String> kafka;

    Parcels(KafkaTemplate<String, String> kafka) {{
        this.kafka = kafka;
    }}
{body}
}}
"""
KOTLIN = """package parcels

import org.springframework.kafka.core.KafkaTemplate

class Parcels(private val kafka: KafkaTemplate<String, String>) {{
{body}
}}
"""
WHOLE = {"ts": TYPESCRIPT, "tsx": TYPESCRIPT, "py": PYTHON, "java": JAVA, "kt": KOTLIN}
SEND = "producer.send({ topic: 'parcels', messages: [] })"
COMMENT = "eventlens: ignore[unawaited-publish] accepted here because …"


def analysed(root: Path, name: str, text: str) -> Analysed:
    (root / "package.json").write_text('{"name": "parcels", "dependencies": {"kafkajs": "2.2.4"}}')
    (root / "requirements.txt").write_text("kafka-python==2.0.2\n")
    (root / "build.gradle.kts").write_text(
        'dependencies { implementation("org.springframework.kafka:spring-kafka:3.2.4") }'
    )
    (root / name).write_bytes(text.encode())
    return Analysed(root)


def mended(root: Path, name: str, text: str, rule: str, fix: str) -> str | None:
    """The text after the offer; None where there is none. The finding is gone then."""
    before = analysed(root, name, text)
    (finding,) = before.of_rule(rule)
    offers = [one.offer for one in before.proposals(finding) if one.fix == fix]
    if not offers:
        return None
    (change,) = offers[0].changes()
    assert isinstance(change, FileEdit)
    after = apply_edits(text.encode(), change.edits).decode()
    again = analysed(root, name, after)
    assert again.of_rule(rule) == []
    assert again.syntax_errors() == before.syntax_errors()
    return after


@pytest.mark.parametrize(
    ("name", "body", "made"),
    [
        ("a.ts", f"function f() {{\n\t{SEND};\n}}", f"function f() {{\n\t// {COMMENT}\n\t{SEND};\n}}"),
        (
            "a.ts",
            f"// eslint-disable-next-line\n{SEND};",
            f"// eslint-disable-next-line\n{SEND}; // {COMMENT}",
        ),
        (
            "a.ts",
            f"// eventlens: ignore[orphan-publish] elsewhere\n{SEND};",
            f"// eventlens: ignore[orphan-publish, unawaited-publish] elsewhere\n{SEND};",
        ),
        (
            "a.ts",
            f"{SEND}; // eventlens: ignore[ orphan-publish ] elsewhere",
            f"{SEND}; // eventlens: ignore[ orphan-publish, unawaited-publish ] elsewhere",
        ),
        (
            "a.ts",
            f"const text = `first\n${{f(() => {{\n{SEND};\n}})}}`;",
            f"const text = `first\n${{f(() => {{\n// {COMMENT}\n{SEND};\n}})}}`;",
        ),
        ("a.ts", f"const text = `first\n${{f(() => {{ {SEND}; }})}}`;", f"const text = `first\n${{f(() => {{ {SEND}; }})}}`; // {COMMENT}"),
        (
            "a.tsx",
            f"const page = (\n  <p>\n    {{f(() => {{ {SEND}; }})}}\n  </p>\n);",
            f"const page = (\n  <p>\n    {{/* {COMMENT} */}}\n    {{f(() => {{ {SEND}; }})}}\n  </p>\n);",
        ),
        ("a.tsx", f"const page = (\n  <p>\n    some text\n    and {{f(() => {{ {SEND}; }})}} more\n  </p>\n);", None),
        ("a.tsx", f"const page = (\n  <p\n    title={{f(() => {{ {SEND}; }})}}\n  />\n);", f"const page = (\n  <p\n    // {COMMENT}\n    title={{f(() => {{ {SEND}; }})}}\n  />\n);"),
        ("a.py", "def f():\n    producer.send('parcels', b'')", f"def f():\n    # {COMMENT}\n    producer.send('parcels', b'')"),
        ("a.py", "x = 1; \\\nproducer.send('parcels', b'')", f"x = 1; \\\nproducer.send('parcels', b'')  # {COMMENT}"),
        ("a.py", "x = 1; \\\nproducer.send('parcels', b''); \\\ny = 2", None),
        ("a.py", '"""\n"""; producer.send("parcels", b"")', f'"""\n"""; producer.send("parcels", b"")  # {COMMENT}'),
        (
            "Parcels.java",
            'void f() {\n  kafka.send("parcels", """\n    {} // a\n    """);\n}',
            f'void f() {{\n  // {COMMENT}\n  kafka.send("parcels", """\n    {{}} // a\n    """);\n}}',
        ),
        (
            "Parcels.java",
            'void f() {\n  String a = """\n    {}\n    """; kafka.send("parcels", a);\n}',
            f'void f() {{\n  String a = """\n    {{}}\n    """; kafka.send("parcels", a); // {COMMENT}\n}}',
        ),
        (
            "Parcels.java",
            'void f() {\n  String a = """\n    """; kafka.send("parcels", a + """\n    """);\n}',
            None,
        ),
        (
            "Parcels.java",
            'void f() {\n  /* why\n   not */ kafka.send("parcels", ""); // soon\n}',
            f'void f() {{\n  /* why\n   not */ kafka.send("parcels", ""); // soon // {COMMENT}\n}}',
        ),
        (
            "Parcels.java",
            'void f() {\n  //noinspection ResultOfMethodCallIgnored\n  kafka.send("parcels", "");\n}',
            f'void f() {{\n  //noinspection ResultOfMethodCallIgnored\n  kafka.send("parcels", ""); // {COMMENT}\n}}',
        ),
        (
            "Parcels.java",
            '/* eventlens: ignore[orphan-publish] elsewhere */\nvoid f() { kafka.send("parcels", ""); }',
            '/* eventlens: ignore[orphan-publish, unawaited-publish] elsewhere */\n'
            'void f() { kafka.send("parcels", ""); }',
        ),
        (
            "Parcels.java",
            '/* Sends.\n eventlens: ignore[orphan-publish] elsewhere */\nvoid f() { kafka.send("parcels", ""); }',
            "/* Sends.\n eventlens: ignore[orphan-publish] elsewhere */\n"
            f'void f() {{ kafka.send("parcels", ""); }} // {COMMENT}',
        ),
        (
            "Parcels.java",
            'void f() {\n  g(); // eventlens: ignore[orphan-publish] elsewhere\n  kafka.send("parcels", "");\n}',
            "void f() {\n  g(); // eventlens: ignore[orphan-publish] elsewhere\n"
            f'  kafka.send("parcels", ""); // {COMMENT}\n}}',
        ),
        (
            "Parcels.java",
            'void f() {\n  kafka\n    .send("parcels", "");\n}',
            f'void f() {{\n  kafka\n    // {COMMENT}\n    .send("parcels", "");\n}}',
        ),
        (
            "Parcels.kt",
            'fun f() {\n  val a = """\n    // a\n  """; kafka.send("parcels", a)\n}',
            f'fun f() {{\n  val a = """\n    // a\n  """; kafka.send("parcels", a) // {COMMENT}\n}}',
        ),
        (
            "Parcels.kt",
            'fun f() = """\n  ${run {\n    kafka.send("parcels", "")\n    1 }}\n"""',
            f'fun f() = """\n  ${{run {{\n    // {COMMENT}\n    kafka.send("parcels", "")\n    1 }}}}\n"""',
        ),
        (
            "Parcels.kt",
            '@Deprecated("Old")\nfun f() {\n  kafka.send("parcels", "")\n}',
            f'@Deprecated("Old")\nfun f() {{\n  // {COMMENT}\n  kafka.send("parcels", "")\n}}',
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_comment_stands_where_code_may(
    name: str, body: str, made: str | None, newline: str, tmp_path: Path
) -> None:
    whole = WHOLE[name.rpartition(".")[2]].replace("\n", newline)
    before = whole.format(body=body.replace("\n", newline))
    after = mended(tmp_path, name, before, "unawaited-publish", "ignore")
    assert after == (None if made is None else whole.format(body=made.replace("\n", newline)))


@pytest.mark.parametrize(
    ("name", "body", "left"),
    [
        ("a.ts", "// eventlens: ignore[dual-write] never\nf();\n", "f();\n"),
        ("a.ts", "f(); // eventlens: ignore[dual-write] never\n", "f();\n"),
        ("a.ts", "f(/* eventlens: ignore[dual-write] never */);\n", "f();\n"),
        ("a.tsx", "const a = <p>\n  {/* eventlens: ignore[dual-write] never */}\n</p>;\n", "const a = <p>\n</p>;\n"),
        ("a.py", "f()  # eventlens: ignore[dual-write] never\n", "f()\n"),
        ("a.py", "f()  # noqa: E501  # eventlens: ignore[dual-write] never\n", None),
        ("a.py", "# eventlens: ignore[dual-write] é\r\nf()\r\n", "f()\r\n"),
        ("A.java", "void f() {\n  // eventlens: ignore[dual-write] never\n}\n", "void f() {\n}\n"),
        ("A.java", "/** eventlens: ignore[dual-write] never */\nvoid f() {}\n", "void f() {}\n"),
        ("A.java", "/* Old. eventlens: ignore[dual-write] never */\nvoid f() {}\n", None),
        ("A.kt", "fun f() = g(/* eventlens: ignore[dual-write] never */)\n", "fun f() = g()\n"),
        ("A.java", "void f() {} // eventlens: ignore[dual-write] never\r\n", "void f() {}\r\n"),
        ("A.kt", "fun f() {} // eventlens: ignore[dual-write] never\n", "fun f() {}\n"),
    ],
)
def test_a_comment_that_silences_nothing_is_taken_out(name: str, body: str, left: str | None, tmp_path: Path) -> None:
    whole = WHOLE[name.rpartition(".")[2]]
    after = mended(tmp_path, name, whole.format(body=body), "unused-suppression", "remove-suppression")
    assert after == (None if left is None else whole.format(body=left))
