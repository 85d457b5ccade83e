"""Dense texts of the languages that find names by package: most of each grammar in a few lines."""

JAVA = """package com.acme.orders;
import static com.acme.Topics.*; import java.util.function.*;
@Service @RequiredArgsConstructor(onConstructor = @__(@Autowired)) @KafkaListener(topics = {"a", Topics.B + "-x"}, groupId = "${g:h}")
public sealed abstract class Orders<T extends Comparable<? super T>> extends Base<T>.Inner implements A<T>, B permits C, D {
  private final @Nullable KafkaTemplate<String, Order[]> template; static final int[] N[] = {{1, 0x1F, 0b1_0, 07}, {}}; char c = '\\u0041';
  static { System.out.println("x" + 1L + 1.5e-3f); } { this.x = y -> y; }
  record Line(@Positive int qty, String... skus) implements E { Line { if (qty < 0) throw new IllegalArgumentException("q: %s".formatted(qty)); } }
  enum Kind { A("a") { @Override int f() { return 1; } }, B; Kind(String... s) {} abstract int f(); }
  @interface Mark { String[] value() default {}; Class<? extends T> type(); }
  <R> @NonNull R send(final Order order, Function<? super T, ? extends R> f) throws IOException, E {
    try (var in = open(); Reader r = in) { synchronized (this) { f.apply(null); } } catch (A | B e) { throw e; } finally { return (R) order; }
    label: for (int i = 0, j = 1; i < 10; i++, --j) { for (var o : list) { if (o instanceof Order(var id, Line l) && !id.isEmpty()) continue label; else break; } }
    var s = switch (kind) { case A, B -> 1; case Kind k when k.f() > 2 -> { yield 2; } case null, default -> throw new X(); };
    switch (s) { case 1: case 2: go(); break; default: do { x >>>= 1; } while (x != 0 ? true : false); }
    CompletableFuture.supplyAsync(this::f).thenAccept(Orders::new).whenComplete((a, b) -> { assert a != null : "m"; }); int.class.getName();
    String t = \"\"\"
      {"id": "%s"}\\
      \"\"\"; return new Base<>(1) { void run() { super.run(); Orders.this.send(); } }; } }
"""
KOTLIN = """@file:JvmName("X")
package com.acme.orders
import a.b.C as D; import e.*
@KafkaListener(topics = ["a", Topics.B], groupId = "\\${g}") @field:Value("x") const val TOPIC = "orders"
sealed interface Event<out T : Any> where T : Comparable<T> { val id: T; data class Placed(override val id: String, val n: Int? = null) : Event<String>; data object None : Event<Nothing> }
open class Service @Inject constructor(private val template: KafkaTemplate<String, *>, vararg x: (Int) -> Unit) : Base<Int>(1), Api by template {
  companion object { @JvmStatic val log = logger {} } ; lateinit var a: List<Map<String, Int?>>; val b by lazy { "x" }
  var c: Int get() = field + 1; private set(value) { field = value }
  init { require(x.isNotEmpty()) { "no $x ${x.size.let { it + 1 }}" } } ; constructor(y: Int) : this(y.t) { }
  suspend inline fun <reified R> Order?.send(crossinline f: suspend Order.() -> R, noinline g: () -> Unit = {}): R? = runCatching { f(this!!) }.onFailure { e -> log.error(e) { "m" } }.getOrNull()
  override fun run() = when (val e = next()) { is Event.Placed, !is Api -> { e.id }; in 1..10 step 2 -> null; else -> throw X("y") } ?: return@run
  operator fun plus(o: Int): Int { for ((k, v) in map) { if (k !in o) continue else break@outer }; do { i++ } while (i < 10 && !done || x === y); return try { 1 } catch (e: E) { 2 } finally { 3 } }
  val o = object : Listener<Int> { override fun on(e: Int) { aws.send { it.url = "u"; body = \"\"\"raw $e
   text\"\"\" } } } ; val p = ::run; val q = Service::class.java; fun interface F { fun g() } ; typealias M<T> = Map<String, T>
  enum class K(val v: String) { A("a") { override fun f() = 1 }, B("b"); abstract fun f(): Int } }
fun <T> T.also2(block: (T) -> Unit) = apply { block(this) } ; infix fun Int.pow(n: Int) = mapOf("a" to 1, 2 to listOf(3))
"""
GO = """// Package orders …
package orders
import ("context"; k "github.com/segmentio/kafka-go"; . "fmt"; _ "embed")
const ( A Kind = iota + 1; B; _ ; D = "d" + `raw` )
type ( Kind int; Handler func(ctx context.Context, m *k.Message) (int, error); Set[T comparable] map[T]struct{}; Alias = k.Message
  Port interface { Embedded; ~int | ~string; Send(ctx context.Context, args ...any) error }
  Order struct { Base; *k.Writer; ID string `json:"id,omitempty" db:"order_id"`; Lines []struct{ N int } ; ch chan<- int; f func(a, b int) (c string) } )
var x, y = 1, func() {}
func init() {}
func New[T any](opts ...func(*Order)) (o *Order, err error) { o = &Order{ID: "x", Lines: []struct{ N int }{{1}, {N: 2}}}; for _, opt := range opts { opt(o) }; return }
func (o *Order) Place(ctx context.Context, db *sql.DB) (n int, err error) {
  defer func() { if r := recover(); r != nil { err = Errorf("%v: %w", r, ErrX) } }(); defer o.Close()
  tx, err := db.BeginTx(ctx, nil); if err != nil { return 0, Errorf("begin: %w", err) }
  if _, err := tx.Exec(`insert into t values ($1)`, o.ID); err != nil && !errors.Is(err, Y) { _ = tx.Rollback(); return 0, err } else if n > 1 { goto end }
  select { case m := <-o.in: go o.handle(m); case o.out <- 1: case <-ctx.Done(): return 0, ctx.Err(); default: }
  for i, j := 0, len(x)-1; i < j; i, j = i+1, j-1 { x[i], x[j] = x[j], x[i]; continue outer }
outer: for range 10 { switch v := y.(type) { case int, *Order: fallthrough; case nil: break outer; default: _ = v } }
  switch { case n > 1<<3 &^ 1: n++; fallthrough; case true: }
  w := k.Writer{Addr: k.TCP("a"), Topic: D}; p.Input() <- &k.Message{Value: []byte(o.ID[1:2:3])}; a, ok := m["k"]; f := o.Place; (*Order).Close(o)
end: return map[string]any{"a": 'x', "b": 0x1p-2, `c`: 1i}["a"].(int), nil }
"""
CSHARP = """#nullable enable
global using MassTransit; using static A.B; using X = C.D<int>; extern alias Y;
[assembly: InternalsVisibleTo("t")]
namespace Acme.Orders;
#if DEBUG
[Topic("pubsub", nameof(Orders), Name = $"a{1}"), Authorize] #endif
public sealed partial class Orders<T>(IBus bus, ILogger<Orders<T>> log) : Base<T>(bus), IConsumer<OrderPlaced>, IAsyncDisposable where T : class, new() {
  private readonly int[]? _a = [1, 2, .. rest]; public required string Id { get; init; } = "x"; public int N => _a?.Length ?? 0; const string Q = @"a""b" + "\\u0041";
  public event EventHandler<T>? Placed { add => x += value; remove { x -= value; } } public T this[int i, params string[] s] { get => a[^1]; set { a[1..] = value; } }
  static Orders() { } ~Orders() => Dispose(false); public static implicit operator int(Orders<T> o) => 1; delegate Task Handle<in U>(U u);
  public async Task<(int a, string b)> Consume(ConsumeContext<OrderPlaced> context, CancellationToken ct = default) {
    await using var tx = await db.BeginTransactionAsync(ct).ConfigureAwait(false); using (var r = Open()) lock (this) checked { unsafe { fixed (int* p = &x) *p = 1; } }
    if (context is { Message: { Id: not null and var id, Lines: [var first, .., _] } m } && m is not Order or > 1) { throw new X { A = 1, ["k"] = { B = 2 } }; }
    var q = from o in db.Orders where o.N > 1 join l in lines on o.Id equals l.Id into g orderby o.Id descending group o by o.K into h let z = 1 select new { h.Key, z };
    try { await bus.Publish<OrderPaid>(new(id) { At = DateTime.Now }, x => x.Headers.Set("a", $\"\"\"{1}\"\"\")); } catch (DbUpdateException e) when (e.Inner is { }) { throw; } finally { }
    return s switch { 1 or 2 => (1, "a"), { N: >= 3 } when f() => default, _ => throw new() }; foreach (var (k, v) in d) { yield return k; goto case 1; }
    consumer.Received += async (_, ea) => { await Task.Run(() => channel.BasicAck(ea.DeliveryTag, multiple: false)); }; _ = stackalloc int[3]; int Local<U>(ref U u, out int o) { o = 1; return o--; } } }
public record struct Line(int Qty, [property: JsonPropertyName("s")] string Sku); public enum Kind : byte { A = 1 << 2, B }
public static class Ext { public static IServiceCollection AddOrders(this IServiceCollection s, Action<Options>? c = null) => s.Configure<Options>(o => c?.Invoke(o)); }
"""
POM = """<?xml version="1.0"?> <project xmlns="http://maven.apache.org/POM/4.0.0"> <!-- a --> <parent><artifactId>p</artifactId></parent> <artifactId>a</artifactId> <packaging>jar</packaging>
 <dependencies> <dependency> <groupId>org.apache.kafka</groupId> <artifactId>kafka-clients</artifactId> <version>${v}</version> <scope>test</scope>
 <exclusions> <exclusion> <artifactId>x</artifactId> </exclusion> </exclusions> </dependency> </dependencies> <m/> <build> <plugins> <plugin> <artifactId>spring-boot-maven-plugin</artifactId> </plugin> </plugins> </build> </project>
"""
GRADLE = """plugins { id("org.springframework.boot") version "3.3.0" }
dependencies {
    implementation(platform("a:b:1"))
    implementation 'org.apache.kafka:kafka-clients:3.7.0'
    testImplementation("org.junit.jupiter:junit-jupiter") { exclude(group = "x") }
}
"""
GO_MOD = """module github.com/acme/shop/v2 // a
go 1.22
require (
\tgithub.com/nats-io/nats.go v1.36.0
\tgithub.com/google/uuid v1.6.0 // indirect
)
require github.com/IBM/sarama v1.43.0
replace github.com/acme/x => ../x
"""
CSPROJ = """<Project Sdk="Microsoft.NET.Sdk.Worker"> <!-- a --> <PropertyGroup> <OutputType>Exe</OutputType> </PropertyGroup>
 <ItemGroup> <PackageReference Include="MassTransit.RabbitMQ" Version="8.2.0" /> <PackageReference Version="1" Include="Serilog"></PackageReference> </ItemGroup> </Project>
"""
CONNECTOR = """{"name": "outbox", "config": {"connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "shop", "table.include.list": "public.outbox,public\\\\.o.*",
 "transforms": "outbox,route", "transforms.outbox.type": "io.debezium.transforms.outbox.EventRouter", "transforms.outbox.route.topic.replacement": "events.${routedByValue}", "transforms.outbox.route.by.field": "kind",
 "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter", "transforms.route.regex": "shop\\\\.(.*)", "transforms.route.replacement": "$1.v2"}}
"""
