"""Whether a file is product code, a test, an example or generated, told from its path by convention."""

from __future__ import annotations

import re
from functools import lru_cache

_GENERATED_FOLDER = re.compile(r"(?:^|/)(?:generated|__generated__|\.?gen|\.prisma|generated-sources)/")
_GENERATED_FILE = re.compile(
    r"[._-](?:generated|gen)\.[a-z]+$|\.pb(?:\.gw)?\.go$|_grpc\.pb\.go$|\.(?:g|g\.i|Designer)\.cs$"
    r"|_pb2(?:_grpc)?\.pyi?$|_pb\.(?:js|ts|d\.ts)$|\.pb\.(?:js|ts)$"
)
_TEST_FOLDER = re.compile(
    r"(?:^|/)(?:tests?|__tests__|__mocks__|__fixtures__|e2e|spec|specs|cypress|test[-_]?(?:helpers?|utils?|support))/"
    r"|(?:^|/)(?:[^/]+-e2e|(?:integration|unit|functional|acceptance|load|smoke|contract|system)[-_]?tests?)/"
    r"|(?:^|/)mocks?/|(?:^|/)src/(?:test|integrationTest|testIntegration|testFixtures|it|intTest|functionalTest)/|(?:^|/)testdata/"
    r"|(?:^|/)src/(?:[a-z]+(?:Tests?|-tests?)|i?tests?|integration|component|acceptance|functional|contract|smoke|system|bdd|jmh|gatling)/(?:java|kotlin|resources)/"
    r"|(?:^|/)[^/]*(?:\.Tests?|\.?(?:Unit|Integration|EndToEnd|Functional|Acceptance|Architecture)Tests?|\.Specs"
    r"|\.?Test(?:Harness|Utils|Utilities|Helpers|Support|Fixtures))(?:\.[^/]*)?/"
)
_TEST_FILE = re.compile(
    r"^(?:test_.*|.*_tests?|conftest|tests?)\.py$|^(?:mock_.*|.*_mock)\.go$|_test\.go$"
    r"|(?:Tests?|IT|Specs?)\.(?:java|kt)$|Tests?\.cs$"
    r"|[._-](?:spec|test|e2e|it|cy|stories|mock)\.[cm]?[jt]sx?$|\.(?:spec|test)\.[a-z]+\.[cm]?[jt]sx?$"
    r"|^(?:jest|vitest|karma|playwright|cypress)[.-].*\.[cm]?[jt]s$",
    re.DOTALL,
)
_EXAMPLE = re.compile(r"(?:^|/)(?:examples?|samples?|demos?|tutorials?|cookbook)/|^docs?/")
_SOURCE_ROOT = re.compile(r"(?:^|/)src/main/[a-z]+/")
"""Below it folders are the parts of a package's name (``com.shop.demo``): they say nothing about what the code is for."""


@lru_cache(maxsize=100_000)
def source_set(path: str) -> str:
    """ "main", "test", "example" or "generated". ``path`` is relative to the root, so a workspace that itself lies in a folder

    named ``tests`` or ``examples`` is product code all the same.
    """
    folder, slash, name = path.rpartition("/")
    of_folder = _of_folder(folder + slash)
    if of_folder == "test" or _TEST_FILE.search(name):
        return "test"
    if of_folder == "generated" or _GENERATED_FILE.search(name):
        return "generated"
    return of_folder


@lru_cache(maxsize=20_000)
def _of_folder(folder: str) -> str:
    """The same of a folder, with its ``/``: many files share one."""
    if _TEST_FOLDER.search(folder):
        return "test"
    if _GENERATED_FOLDER.search(folder):
        return "generated"
    root = _SOURCE_ROOT.search(folder)
    return "example" if _EXAMPLE.search(folder[: root.end()] if root else folder) else "main"
