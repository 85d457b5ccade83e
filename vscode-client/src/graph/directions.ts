/** Which node the arrow keys lead to. */

import type { PlacedNode } from "./layout";

export type Direction = "left" | "right" | "up" | "down";

const STEPS: Readonly<Record<Direction, readonly [number, number]>> = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

/** The nearest node in a direction, what lies straight ahead before what lies aside; null at the edge of the drawing. */
export function neighbour(nodes: readonly PlacedNode[], from: PlacedNode, direction: Direction): PlacedNode | null {
  const [stepX, stepY] = STEPS[direction];
  const [x, y] = middle(from);
  let best: PlacedNode | null = null;
  let least = Infinity;
  for (const node of nodes) {
    const [toX, toY] = middle(node);
    const ahead = (toX - x) * stepX + (toY - y) * stepY;
    const aside = Math.abs((toX - x) * stepY) + Math.abs((toY - y) * stepX);
    const cost = ahead + 2 * aside;
    if (ahead > 1 && aside <= 3 * ahead && cost < least) [best, least] = [node, cost];
  }
  return best;
}

function middle({ x, y, width, height }: PlacedNode): readonly [number, number] {
  return [x + width / 2, y + height / 2];
}
