"""Types of which it is known that they hide no field: by their names, in whichever language they are written."""

from __future__ import annotations

PLAIN_BASES = frozenset(
    (
        *("object", "Object", "BaseModel", "Struct", "TypedDict", "NamedTuple", "Protocol", "ABC", "Generic", "Serializable"),
        *("Comparable", "Cloneable", "Any", "IEquatable", "INotification", "IEvent", "IRequest", "DataClassJsonMixin", "JsonSchemaMixin", "IComparable"),
    )
)  # fmt: skip
"""Types outside the workspace that add no field."""
SCALARS = frozenset(
    (
        *("string", "number", "boolean", "bigint", "Date", "null", "undefined", "String", "str", "int", "float", "bool", "bytes"),
        *("datetime", "date", "time", "Decimal", "UUID", "Integer", "Long", "long", "Short", "short", "byte", "Byte", "Double", "double"),
        *("Float", "Boolean", "Int", "UInt", "ULong", "char", "Character", "BigDecimal", "BigInteger", "Instant", "LocalDate"),
        *("LocalDateTime", "LocalTime", "ZonedDateTime", "OffsetDateTime", "Duration", "Timestamp", "Currency", "URI", "URL", "Uri"),
        *("Guid", "decimal", "uint", "ulong", "ushort", "DateTime", "DateTimeOffset", "DateOnly", "TimeOnly", "TimeSpan", "int8", "int16"),
        *("int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "rune", "Time", "ID", "ObjectId", "ObjectID"),
        *("EmailStr", "HttpUrl", "NullString", "Int32", "Int64", "sbyte", "Year", "YearMonth", "Locale", '"', "true", "false"),
        *("MessageState", "SizeCache", "UnknownFields"),  # what generated messages of Protocol Buffers keep beside their fields
    )
)  # fmt: skip
"""Types of values that have no fields."""
CONTAINERS = frozenset(
    (
        *("|", "[]", "()", "list", "List", "set", "Set", "frozenset", "Optional", "Array", "ReadonlyArray", "Collection", "Iterable"),
        *("Sequence", "tuple", "Tuple", "IEnumerable", "IReadOnlyList", "IReadOnlyCollection", "IList", "ICollection", "MutableList"),
        *("MutableSet", "ArrayList", "HashSet", "Nullable", "*", "Literal"),
    )
)  # fmt: skip
"""Types whose content is that of their arguments."""
SAME_OR_LESS = frozenset(
    ("Readonly", "Annotated", "Required", "Partial", "Pick", "Omit", "NonNullable", "NotRequired", "Final")
)
"""Types that have no fields but those of their first argument."""
