"""Whether a file is product code, a test, an example or generated, told from its path by convention."""

from __future__ import annotations

import re
from functools import lru_cache

_GENERATED = re.compile(
    r"(?:^|/)(?:generated|__generated__|\.?gen|\.prisma)/"
    r"|[._-](?:generated|gen)\.[a-z]+$|\.pb(?:\.gw)?\.go$|_grpc\.pb\.go$|\.(?:g|g\.i|Designer)\.cs$|(?:^|/)generated-sources/|_pb2(?:_grpc)?\.pyi?$|_pb\.(?:js|ts|d\.ts)$|\.pb\.(?:js|ts)$"
)
_TEST = re.compile(
    r"(?:^|/)(?:tests?|__tests__|__mocks__|__fixtures__|e2e|spec|specs|cypress|test[-_]?(?:helpers?|utils?|support))/"
    r"|(?:^|/)(?:[^/]+-e2e|(?:integration|unit|functional|acceptance|load|smoke|contract|system)[-_]?tests?)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_tests?|conftest|tests?)\.py$"
    r"|(?:^|/)mocks?/|(?:^|/)(?:mock_[^/]*|[^/]*_mock)\.go$|(?:^|/)src/(?:test|integrationTest|testIntegration|testFixtures|it|intTest|functionalTest)/|_test\.go$|(?:^|/)testdata/"
    r"|(?:^|/)[^/]*(?:Tests?|IT|Specs?)\.(?:java|kt)$|(?:^|/)[^/]*(?:\.Tests?|\.?(?:Unit|Integration|EndToEnd|Functional|Acceptance|Architecture)Tests?|\.Specs)(?:\.[^/]*)?/|(?:^|/)[^/]*Tests?\.cs$"
    r"|[._-](?:spec|test|e2e|it|cy|stories|mock)\.[cm]?[jt]sx?$|(?:^|/)(?:jest|vitest|karma|playwright|cypress)[.-][^/]*\.[cm]?[jt]s$"
)
_EXAMPLE = re.compile(r"(?:^|/)(?:examples?|samples?|demos?|tutorials?|cookbook)/|^docs?/")
_SOURCE_ROOT = re.compile(r"(?:^|/)src/main/[a-z]+/")
"""Below it folders are the parts of a package's name (``com.shop.demo``): they say nothing about what the code is for."""


@lru_cache(maxsize=100_000)
def source_set(path: str) -> str:
    """ "main", "test", "example" or "generated". ``path`` is relative to the root, so a workspace that itself lies in a folder

    named ``tests`` or ``examples`` is product code all the same.
    """
    if _TEST.search(path):
        return "test"
    if _GENERATED.search(path):
        return "generated"
    root = _SOURCE_ROOT.search(path)
    return "example" if _EXAMPLE.search(path[: root.end()] if root else path) else "main"
