"""Which keys the class of an entity declares, in each language."""

from __future__ import annotations

import pytest

from eventlens import ir
from eventlens.behaviour.class_keys import keys_of_class
from eventlens.syntax.lowering import lower

JAVA = """@Entity
@Table(
    name = "orders",
    uniqueConstraints = {@UniqueConstraint(columnNames = {"order_no", "line"}), @UniqueConstraint(columnNames = "ticket")},
    indexes = {@Index(columnList = "shop, day", unique = true), @Index(columnList = "day")})
class Order {}
"""
DOCUMENT = """@CompoundIndex(name = "each_once", def = "{'shop': 1, 'number': 1}", unique = true)
@CompoundIndex(def = "{'day': 1}")
class Order {}
"""
DJANGO = """class Order(models.Model):
    class Meta:
        ordering = ["day"]
        unique_together = (("shop", "number"),)
        constraints = [models.UniqueConstraint(fields=["shop", "day"], name="one_a_day")]
"""
TOGETHER = """class Order(models.Model):
    class Meta:
        unique_together = ["shop", "number"]
"""
ALCHEMY = """class Order(Base):
    __table_args__ = (UniqueConstraint("shop", "number", name="once"), Index("days", "day", unique=True), Index("i", "x"))
"""
TYPEORM = """@Index(['shop', 'day'], { unique: true })
@Index('tickets', ['ticket'], { unique: true })
@Index(['day'])
@Unique(['shop', 'number'])
class Order {}
"""
GORM = """package shop
type Order struct {
    ID     uint   `gorm:"primaryKey;autoIncrement"`
    Shop   string `json:"shop" gorm:"uniqueIndex:once"`
    Number string `gorm:"column:no;uniqueIndex:once,priority:2"`
    Ticket string `gorm:"unique"`
    Day    string `gorm:"index"`
}
"""
EF = """[Index(nameof(Shop), nameof(Number), IsUnique = true)]
[Index(nameof(Day))]
public class Order { public string Shop { get; set; } }
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("Order.java", JAVA, ["line order_no", "ticket", "day shop"]),
        ("Order.java", DOCUMENT, ["number shop"]),
        ("models.py", DJANGO, ["day shop", "number shop"]),
        ("models.py", TOGETHER, ["number shop"]),
        ("models.py", ALCHEMY, ["number shop", "day"]),
        ("order.ts", TYPEORM, ["day shop", "ticket", "number shop"]),
        ("order.go", GORM, ["Number Shop", "Ticket"]),
        ("Order.cs", EF, ["Number Shop"]),
    ],
)
def test_keys(path: str, text: str, expected: list[str]) -> None:
    declared = [one.definition for one in lower(path, text.encode()).body if isinstance(one, ir.ClassDeclaration)]
    assert [" ".join(sorted(key)) for one in declared for key in keys_of_class(one)] == expected
