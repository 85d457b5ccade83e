"""Build files of the JVM, Go and .NET, and texts that would keep a careless reader busy."""

from __future__ import annotations

import time

import pytest

from eventlens.config.build_manifests import BuildDependency, read_build_file
from eventlens.config.manifests import is_manifest_name, read_manifest

POM = """<project>
  <!-- <artifactId>not-this</artifactId> -->
  <parent><artifactId>platform</artifactId></parent>
  <artifactId>order-service</artifactId>
  <dependencies>
    <dependency>
      <groupId>org.springframework.kafka</groupId>
      <artifactId>spring-kafka</artifactId>
      <exclusions><exclusion><artifactId>kafka-clients</artifactId></exclusion></exclusions>
    </dependency>
    <dependency><artifactId>junit</artifactId><version>5</version><scope>test</scope></dependency>
  </dependencies>
  <build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>
</project>
"""
GRADLE = """plugins {
    id("org.springframework.boot") version "3.3.0"
}
dependencies {
    implementation("org.springframework.kafka:spring-kafka")
    implementation 'io.awspring.cloud:spring-cloud-aws-starter-sqs:3.1.0'
    testImplementation("org.junit.jupiter:junit-jupiter:5.10.0")
}
"""
GO_MOD = """module github.com/acme/shop/v2

go 1.22

require (
\tgithub.com/ThreeDotsLabs/watermill v1.3.5
\tgithub.com/google/uuid v1.6.0 // indirect
)
require github.com/nats-io/nats.go v1.36.0
"""
CSPROJ = """<Project Sdk="Microsoft.NET.Sdk.Worker">
  <ItemGroup>
    <PackageReference Include="MassTransit.RabbitMQ" Version="8.2.0" />
    <PackageReference Include="Serilog" />
  </ItemGroup>
</Project>
"""


def test_a_pom_names_itself_and_not_its_parent() -> None:
    found = read_build_file("pom.xml", POM)
    assert found is not None
    assert (found.name, found.line, found.is_library) == ("order-service", 4, False)
    assert found.dependencies == (BuildDependency("spring-kafka", "", 6), BuildDependency("junit", "5", 11, "test"))


def test_gradle_go_and_dotnet() -> None:
    gradle = read_build_file("build.gradle.kts", GRADLE)
    assert gradle is not None and gradle.is_library is False
    assert [(one.name, one.version, one.line, one.group) for one in gradle.dependencies] == [
        ("spring-kafka", "", 5, ""),
        ("spring-cloud-aws-starter-sqs", "3.1.0", 6, ""),
        ("junit-jupiter", "5.10.0", 7, "test"),
    ]
    go = read_build_file("go.mod", GO_MOD)
    assert go is not None and (go.name, go.line) == ("shop", 1)
    assert [(one.name, one.group) for one in go.dependencies] == [
        ("github.com/ThreeDotsLabs/watermill", ""),
        ("github.com/google/uuid", "indirect"),
        ("github.com/nats-io/nats.go", ""),
    ]
    dotnet = read_build_file("Billing.csproj", CSPROJ)
    assert dotnet is not None and (dotnet.name, dotnet.is_library) == ("Billing", False)
    assert [(one.name, one.version) for one in dotnet.dependencies] == [
        ("MassTransit.RabbitMQ", "8.2.0"),
        ("Serilog", ""),
    ]


def test_they_are_manifests_like_the_others() -> None:
    assert is_manifest_name("Billing.csproj") and is_manifest_name("go.mod")
    manifest = read_manifest("pom.xml", POM.encode())
    assert manifest is not None
    assert (manifest.kind, manifest.name, manifest.dependencies[0].name) == ("pom.xml", "order-service", "spring-kafka")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pom.xml", "<dependencies>" * 50_000),
        ("pom.xml", "<dependency><artifactId>" * 30_000),
        ("pom.xml", "<!--" * 200_000),
        ("pom.xml", "<a <a <a " * 100_000),
        ("build.gradle", "implementation(" * 60_000),
        ("build.gradle", 'x "a:b' + ":c" * 300_000),
        ("go.mod", "a." * 300_000),
        ("go.mod", "a.b/" * 200_000),
        ("x.csproj", "<PackageReference " * 60_000),
        ("x.csproj", '<PackageReference Include="a" ' * 40_000),
    ],
)
def test_no_text_keeps_the_reader_busy(name: str, text: str) -> None:
    began = time.process_time()
    assert read_build_file(name, text) is not None
    assert time.process_time() - began < 2.0
