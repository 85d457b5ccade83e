"""Names that are found by package: Java and Kotlin, Go, C#."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from eventlens.workspace.snapshot import Workspace
from eventlens.workspace.survey import Survey, Surveyor

from .conftest import Write

JVM = {
    "orders/src/main/java/com/acme/orders/OrderPlaced.java": "package com.acme.orders;\npublic record OrderPlaced(String id) {}\n",
    "orders/src/main/java/com/acme/orders/Orders.java": "package com.acme.orders;\nimport com.acme.messaging.*;\nclass Orders {}\n",
    "orders/src/main/kotlin/com/acme/messaging/Publisher.kt": (
        "package com.acme.messaging\nclass Publisher\nfun topicOf(name: String) = name\nfun Publisher.sendTwice() {}\n"
    ),
    "billing/src/main/java/com/acme/orders/OrderPlaced.java": "package com.acme.orders;\npublic class OrderPlaced {}\n",
    "billing/src/main/java/com/acme/billing/Listener.java": (
        "package com.acme.billing;\nimport com.acme.orders.OrderPlaced;\nimport static com.acme.billing.Topics.ORDERS;\nclass Listener {}\n"
    ),
    "billing/src/main/java/com/acme/billing/Topics.java": 'package com.acme.billing;\nclass Topics { static final String ORDERS = "orders"; }\n',
}
GO = {
    "go.mod": "module github.com/acme/shop\n\ngo 1.22\n",
    "main.go": 'package main\n\nimport (\n\t"github.com/acme/shop/events"\n\tkafka "github.com/segmentio/kafka-go"\n)\n',
    "events/publisher.go": 'package events\n\ntype Publisher struct{}\n\nconst (\n\tOrders = "orders"\n)\n',
    "events/send.go": "package events\n\nfunc (p *Publisher) Send() error { return nil }\n\nfunc New() *Publisher { return nil }\n",
    "events/port.go": "package events\n\ntype Port interface {\n\tSend() error\n}\n",
}
CSHARP = {
    "Shop/Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>',
    "Shop/GlobalUsings.cs": "global using MassTransit;\nglobal using Acme.Contracts;\n",
    "Shop/Orders/Handler.cs": "\ufeffusing Acme.Messaging;\n\nnamespace Acme.Shop.Orders;\n\npublic partial class Handler {}\n",
    "Shop/Orders/Handler.Rest.cs": "namespace Acme.Shop.Orders\n{\n    public partial class Handler {}\n}\n",
    "Shop/Clock.cs": "namespace Acme.Shop;\ninternal interface IClock {}\npublic static class More { public static void Twice(this IClock clock) {} }\n",
    "Contracts/OrderPlaced.cs": "\ufeffnamespace Acme.Contracts;\npublic record OrderPlaced(string Id);\n",
}


def opened(tree: Write, files: Mapping[str, str]) -> Workspace:
    return Workspace.open(tree(files), [b"MassTransit"], cached=False)


@pytest.mark.parametrize(
    ("files", "path", "specifier", "expected"),
    [
        (JVM, "orders/src/main/java/com/acme/orders/Orders.java", "com.acme.messaging:Publisher", "orders/src/main/kotlin/com/acme/messaging/Publisher.kt"),
        (JVM, "orders/src/main/java/com/acme/orders/Orders.java", "com.acme.orders:OrderPlaced", "orders/src/main/java/com/acme/orders/OrderPlaced.java"),
        (JVM, "billing/src/main/java/com/acme/billing/Listener.java", "com.acme.orders:OrderPlaced", "billing/src/main/java/com/acme/orders/OrderPlaced.java"),
        (JVM, "billing/src/main/java/com/acme/billing/Listener.java", "com.acme.billing.Topics:ORDERS", "billing/src/main/java/com/acme/billing/Topics.java"),
        (JVM, "billing/src/main/java/com/acme/billing/Listener.java", "org.apache.kafka:Producer", "<org.apache.kafka>"),
        (GO, "main.go", "github.com/acme/shop/events:New", "events/send.go"),
        (GO, "main.go", "github.com/segmentio/kafka-go:Writer", "<github.com/segmentio/kafka-go>"),
        (GO, "events/send.go", ".:Publisher", "events/publisher.go"),
        (CSHARP, "Shop/Orders/Handler.cs", "Acme.Shop:IClock", "Shop/Clock.cs"),
        (CSHARP, "Shop/Orders/Handler.cs", "Acme.Contracts:OrderPlaced", "Contracts/OrderPlaced.cs"),
        (CSHARP, "Shop/Orders/Handler.cs", "Acme.Messaging:IBus", "<Acme.Messaging>"),
    ],
)  # fmt: skip
def test_a_name_of_a_package_leads_to_the_nearest_file_that_declares_it(
    tree: Write, files: Mapping[str, str], path: str, specifier: str, expected: str
) -> None:
    found = opened(tree, files).resolve(path, specifier)
    assert (found.path or f"<{found.external}>") == expected


def test_who_imports_a_file_sees_its_package_and_its_names(tree: Write) -> None:
    jvm = opened(tree, JVM)
    kotlin = "orders/src/main/kotlin/com/acme/messaging/Publisher.kt"
    assert jvm.importers_of(kotlin) == ["orders/src/main/java/com/acme/orders/Orders.java"]
    own = "billing/src/main/java/com/acme/billing"
    assert jvm.importers_of(f"{own}/Topics.java") == [f"{own}/Listener.java"]


def test_a_package_of_go_is_its_folder(tree: Write) -> None:
    go = opened(tree, GO)
    assert go.importers_of("events/send.go") == ["events/port.go", "events/publisher.go", "main.go"]
    assert go.parts("events/send.go", "Publisher") == ("events/publisher.go", "events/send.go")
    assert go.declaring("main.go", "~Send") == ["events/port.go"]
    assert go.declaring("main.go", "#Send") == ["events/send.go"]


def test_global_usings_hold_for_their_project(tree: Write) -> None:
    csharp = opened(tree, CSHARP)
    assert csharp.shared_imports("Shop/Orders/Handler.cs") == ("MassTransit", "Acme.Contracts")
    assert csharp.shared_imports("Contracts/OrderPlaced.cs") == ()
    assert csharp.parts("Shop/Orders/Handler.cs", "Handler") == (
        "Shop/Orders/Handler.Rest.cs",
        "Shop/Orders/Handler.cs",
    )


def test_what_project_files_import_for_all_of_their_files(tree: Write) -> None:
    implicit = "<PropertyGroup><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>"
    packages = '<ItemGroup><PackageReference Include="NServiceBus.RabbitMQ" Version="9.1.0" /></ItemGroup>'
    reference = '<ItemGroup><ProjectReference Include="..\\Hosting\\Hosting.csproj" /></ItemGroup>'
    usings = """
        <ItemGroup>
          <Using Include="MassTransit" />
          <Using Include="Shop.Names" Static="true" />
          <Using Include="Shop.Data.Work" Alias="Work" />
          <!-- <Using Include="Rebus.Bus" /> -->
        </ItemGroup>
        """
    csharp = opened(tree, {
        "src/Directory.Build.props": f"<Project>{usings}</Project>",
        "src/Hosting/Hosting.csproj": f"<Project>{packages}</Project>",
        "src/Hosting/Host.cs": "namespace Shop.Hosting;\npublic class Host {}\n",
        "src/Sales/Sales.csproj": f"<Project>{implicit}{reference}</Project>",
        "src/Sales/Desk.cs": "namespace Shop.Sales;\npublic class Desk {}\n",
        "tools/Tool.csproj": f"<Project>{implicit}</Project>",
        "tools/Tool.cs": "namespace Shop.Tools;\npublic class Tool {}\n",
    })  # fmt: skip
    assert csharp.shared_imports("src/Sales/Desk.cs") == ("MassTransit", "NServiceBus")
    assert csharp.shared_name("src/Sales/Desk.cs", "Work") == "Shop.Data.Work"
    assert csharp.shared_imports("src/Hosting/Host.cs") == ("MassTransit",), "it does not want what packages bring in"
    assert csharp.shared_imports("tools/Tool.cs") == ()


def test_a_name_that_a_global_using_gives_holds_for_its_project_and_brings_in_nothing_else(tree: Write) -> None:
    files = {
        "Shop/Shop.csproj": "<Project />\n",
        "Shop/Usings.cs": "global using Work = Acme.Data.IUnitOfWork;\nglobal using static Acme.Data.Names;\n",
        "Shop/Desk.cs": "namespace Shop;\npublic class Desk(Work work) {}\n",
        "Data/Data.csproj": "<Project />\n",
        "Data/IUnitOfWork.cs": "namespace Acme.Data;\npublic interface IUnitOfWork { void Commit(); }\n",
    }
    csharp = opened(tree, files)
    assert csharp.shared_name("Shop/Desk.cs", "Work") == "Acme.Data.IUnitOfWork"
    assert csharp.shared_name("Shop/Desk.cs", "IUnitOfWork") == csharp.shared_name("Data/IUnitOfWork.cs", "Work") == ""
    assert csharp.shared_imports("Shop/Desk.cs") == ()
    assert csharp.importers_of("Data/IUnitOfWork.cs") == ["Shop/Desk.cs", "Shop/Usings.cs"]
    assert csharp.importers_among(["Shop/Desk.cs"], "Data/IUnitOfWork.cs") == ["Shop/Desk.cs"]


def test_an_edit_that_declares_another_name_changes_what_others_import(tree: Write) -> None:
    before = opened(tree, JVM)
    asked = ("billing/src/main/java/com/acme/billing/Listener.java", "com.acme.billing:Invoice")
    assert before.resolve(*asked).path is None
    edited = "billing/src/main/java/com/acme/billing/Topics.java"
    after = before.with_overlay(edited, b"package com.acme.billing;\nclass Invoice {}\n")
    assert after.resolve(*asked).path == edited
    assert before.resolve(*asked).path is None
    moved = after.with_overlay(edited, b"package com.acme.invoices;\nclass Invoice {}\n")
    assert moved.resolve(*asked).path is None
    assert moved.resolve(asked[0], "com.acme.invoices:Invoice").path == edited
    assert moved.with_overlay(edited, None).resolve(*asked).path is None


def survey_of(language: str, source: bytes) -> Survey:
    return Surveyor().survey(source, language)


def test_surveys_tell_what_others_may_use() -> None:
    kotlin = survey_of(
        "kotlin",
        b'package a.b\nimport c.d.E as F\nimport g.*\ninternal suspend fun <T> send(x: T) {}\nconst val TOPIC = "t"\n'
        b"fun List<Order>.publish() {}\nclass Order {\n    fun inner() {}\n    private fun Item.asLine() = sku\n}\n",
    )
    assert kotlin.package == "a.b"
    assert kotlin.imports == ("c.d:E", "g:*", "a.b:*")
    assert {"Order", "send", "TOPIC", ".publish", "List", ".asLine"} == set(kotlin.declares)
    go = survey_of(
        "go",
        b'package a\n\nimport "fmt"\nimport (\n\tk "x/y"\n\t_ "z"\n)\n\ntype (\n\tOne struct{}\n\tTwo interface {\n\t\tDo()\n\t}\n)\n\n'
        b"func (o *One) Run(ctx int) {}\nfunc Free[T any](t T) {}\nvar x, y = 1, 2\n",
    )
    assert go.imports == ("fmt:*", "x/y:*", "z:*", ".:*")
    assert {"One", "Two", "~Do", "#Run", "Free", "x"} <= set(go.declares)
    csharp = survey_of(
        "csharp",
        b"using System;\nusing static A.B;\nusing X = C.D;\nglobal using E;\nnamespace F.G { public readonly record struct H(int I); delegate void J(); }\n"
        b"// using (var x = y);\n",
    )
    assert csharp.package == "F.G"
    assert csharp.imports == ("System:*", "A.B:*", "C.D:*", "E:*", "F.G:*", "F:*")
    assert csharp.shared == ("E",)
    assert {"H", "J"} <= set(csharp.declares)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("csharp", "class A<T>(B b, int c = 1) : D.E<F, G>, IH where T : class, IJ { int K : 1; }", {"<E", "<IH"}),
        ("csharp", "public record A(string B) : IC;\nenum D { E }\nstruct F { string G => h ? i : j; }", {"<IC"}),
        ("csharp", "interface IA<in T>\n    : IB, IC<T>\n{\n}", {"<IB", "<IC"}),
        ("java", "class A<T extends B> extends c.D<E> implements F, G<H> { Map<I, J> k; }", {"<D", "<F", "<G"}),
        ("kotlin", "class A(val b: B, c: Int = d(1)) : E<F>(b), G by b {\n  val h: I = 1\n}", {"<E", "<G"}),
    ],
)
def test_surveys_tell_what_types_say_they_are(language: str, text: str, said: set[str]) -> None:
    assert {one for one in survey_of(language, text.encode()).declares if one.startswith("<")} == said


def test_the_files_of_a_project(tree: Write) -> None:
    workspace = opened(tree, CSHARP)
    assert set(workspace.project_of("Shop/Clock.cs")) == {
        one for one in CSHARP if one.startswith("Shop/") and one.endswith(".cs")
    }
    assert workspace.project_of("Contracts/OrderPlaced.cs") == ()
    assert opened(tree, GO).project_of("main.go") == ()


def test_projects_become_part_of_those_that_refer_to_them(tree: Write) -> None:
    workspace = opened(
        tree,
        {
            "api/Api.csproj": '<Project><ProjectReference Include="..\\orders\\Orders.csproj" /></Project>',
            "worker/Worker.csproj": "<Project><ProjectReference Include='../orders/Orders.csproj' PrivateAssets=\"all\" /></Project>",
            "orders/Orders.csproj": '<Project><ProjectReference\n  Include="..\\core\\Core.csproj" /><ProjectReference Include="$(Other)" /></Project>',
            "core/Core.csproj": "<Project/>",
            "core/deep/Money.cs": "namespace Core;\n",
            "orders/Order.cs": "namespace Orders;\n",
            "loose.cs": "class Loose {}\n",
        },
    )
    assert workspace.projects_using("core/deep/Money.cs") == ("orders", "api", "worker")
    assert workspace.projects_using("orders/Order.cs") == ("api", "worker")
    assert workspace.projects_using("loose.cs") == ()
