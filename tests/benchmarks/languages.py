"""The languages of the generated workspace, and which share of its files each has."""

from __future__ import annotations

import re
from collections.abc import Sequence

import csharp_code
import go_code
import java_code
import kotlin_code
import python_code
import typescript_code
from code_templates import Language

_AREAS = ("api", "domain", "billing", "catalog", "storage", "reports", "workers")
_PUBLIC_CLASS = re.compile(r"(?!)()|^public class (\w+)", re.MULTILINE)


def _typescript_import(service: str, module: str, name: str) -> str:
    return f"import {{ {name} }} from '../{module}';"


def _python_import(service: str, module: str, name: str) -> str:
    return f"from {service.replace('-', '_')}.{module.replace('/', '.')} import {name}"


def _java_import(service: str, module: str, name: str) -> str:
    return f"import {java_code.package_of(service, module)}.{name};"


def _kotlin_import(service: str, module: str, name: str) -> str:
    return f"import {java_code.package_of(service, module)}.{name}"


def _go_import(service: str, module: str, name: str) -> str:
    return f'import "example.com/shop/services/{service}/internal/{module.partition("/")[0]}"'


def _csharp_import(service: str, module: str, name: str) -> str:
    return f"using {csharp_code.namespace_of(service, module)};"


def _go_name(own: str, module: str, name: str) -> str:
    area = module.partition("/")[0]
    return name if own.partition("/")[0] == area else f"{area}.{name}"


def _typescript_use(module: str, functions: Sequence[str], classes: Sequence[str]) -> str:
    parameters = "".join(f", {name[0].lower()}{name[1:]}: {name}" for name in classes)
    lines = [f"  await {name}(input as never, undefined as never);" for name in functions]
    lines += [f"  await {name[0].lower()}{name[1:]}.{_method(name)}(input.id);" for name in classes]
    return "\n".join(
        [f"export async function run_{module}(input: {{ id: string }}{parameters}): Promise<void> {{", *lines, "}", ""]
    )


def _python_use(module: str, functions: Sequence[str], classes: Sequence[str]) -> str:
    parameters = "".join(f", {name.lower()}: {name}" for name in classes)
    lines = [f"    {name}(item)" for name in functions] + [
        f"    {name.lower()}.{_method(name)}(item.identifier)" for name in classes
    ]
    return "\n".join(["", f"def run_{module}(item{parameters}):", *lines, ""])


def _java_use(module: str, functions: Sequence[str], classes: Sequence[str]) -> str:
    parameters = ", ".join(f"{name} one{at}" for at, name in enumerate(classes))
    lines = [f"        one{at}.{_messaging_method(name)}(identifier);" for at, name in enumerate(classes)]
    method = [f"    void run(String identifier, {parameters}) {{", *lines, "    }"]
    return "\n".join(["", f"final class Run_{module} {{", *method, "}", ""])


def _kotlin_use(module: str, functions: Sequence[str], classes: Sequence[str]) -> str:
    parameters = ", ".join(f"one{at}: {name}" for at, name in enumerate(classes))
    lines = [f"    one{at}.{_messaging_method(name)}(identifier)" for at, name in enumerate(classes)]
    return "\n".join(["", f"fun run_{module}(identifier: String, {parameters}) {{", *lines, "}", ""])


def _go_use(module: str, functions: Sequence[str], classes: Sequence[str]) -> str:
    parameters = ", ".join(f"one{at} *{name}" for at, name in enumerate(classes))
    lines = [
        f"\tif err := one{at}.{_capital(_messaging_method(name))}(ctx, identifier); err != nil {{\n\t\treturn err\n\t}}"
        for at, name in enumerate(classes)
    ]
    head = f"func Run_{module}(ctx context.Context, identifier string, {parameters}) error {{"
    return "\n".join(["", head, *lines, "\treturn nil", "}", ""])


def _csharp_use(module: str, functions: Sequence[str], classes: Sequence[str]) -> str:
    parameters = ", ".join(f"{name} one{at}" for at, name in enumerate(classes))
    lines = [
        f"        await one{at}.{_capital(_messaging_method(name))}(identifier);" for at, name in enumerate(classes)
    ]
    head = f"    public static async Task Run(string identifier, {parameters})"
    return "\n".join(["", f"public static class Run_{module}", "{", head, "    {", *lines, "    }", "}", ""])


def _messaging_method(class_name: str) -> str:
    """What a class offers: what sends or receives is called by names of its own, like the functions of TypeScript and Python."""
    return next((method for word, method in _METHODS.items() if word in class_name), "handle")


_METHODS = {"Announcer": "announce", "Follower": "follow", "Courier": "deliver", "Notifier": "notifyOf"}


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _method(class_name: str) -> str:
    return "find" if "Repository" in class_name else "cancel"


TYPESCRIPT = Language(
    "ts",
    ".ts",
    _AREAS,
    typescript_code.PLAIN,
    typescript_code.SITES,
    typescript_code.SHARED,
    typescript_code.service_files,
    _typescript_import,
    lambda service, module: "",
    re.compile(r"export (?:async )?function (\w+)|export class (\w+)"),
    _typescript_use,
)
PYTHON = Language(
    "py",
    ".py",
    _AREAS,
    python_code.PLAIN,
    python_code.SITES,
    python_code.SHARED,
    python_code.service_files,
    _python_import,
    lambda service, module: python_code.HEADER,
    re.compile(r"^(?:async )?def (\w+)|^class (\w+)", re.MULTILINE),
    _python_use,
    lambda service: f"src/{service.replace('-', '_')}",
)
JAVA = Language(
    "java",
    ".java",
    _AREAS,
    java_code.PLAIN,
    java_code.SITES,
    java_code.SHARED,
    java_code.service_files,
    _java_import,
    lambda service, module: f"package {java_code.package_of(service, module)};\n{java_code.HEADER}",
    _PUBLIC_CLASS,
    _java_use,
    lambda service: f"src/main/java/com/shop/{service.replace('-', '_')}",
    shares_names=True,
)
KOTLIN = Language(
    "kt",
    ".kt",
    _AREAS,
    kotlin_code.PLAIN,
    kotlin_code.SITES,
    kotlin_code.SHARED,
    kotlin_code.service_files,
    _kotlin_import,
    lambda service, module: f"package {java_code.package_of(service, module)}\n{kotlin_code.HEADER}",
    re.compile(r"(?!)()|^class (\w+)", re.MULTILINE),
    _kotlin_use,
    lambda service: f"src/main/kotlin/com/shop/{service.replace('-', '_')}",
    shares_names=True,
)
GO = Language(
    "go",
    ".go",
    _AREAS,
    go_code.PLAIN,
    go_code.SITES,
    go_code.SHARED,
    go_code.service_files,
    _go_import,
    lambda service, module: f"package {module.partition('/')[0]}\n{go_code.HEADER}",
    re.compile(
        r"(?!)()|^type (\w+(?:Calculation|Repository|Announcer|Follower|Courier|Notifier)\w*) struct", re.MULTILINE
    ),
    _go_use,
    lambda service: "internal",
    _go_name,
    shares_names=True,
)
CSHARP = Language(
    "cs",
    ".cs",
    _AREAS,
    csharp_code.PLAIN,
    csharp_code.SITES,
    csharp_code.SHARED,
    csharp_code.service_files,
    _csharp_import,
    lambda service, module: f"namespace {csharp_code.namespace_of(service, module)};\n{csharp_code.HEADER}",
    _PUBLIC_CLASS,
    _csharp_use,
    shares_names=True,
)
SHARES = ((TYPESCRIPT, 0.3), (PYTHON, 0.2), (JAVA, 0.2), (GO, 0.1), (CSHARP, 0.1), (KOTLIN, 0.1))
"""Each language with its share of the files."""
