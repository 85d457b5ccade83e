/** How large the texts of the graph are in the page's font, and what is left of those that are too long. */

import type { Measure } from "../layout";
import type { GraphNode } from "../model";

export const NODE_FONT = 13;
export const DETAIL_FONT = 11;
export const LABEL_FONT = 11;
/** Room in a node left and right of its text. */
export const PADDING = 14;
/** Room for the mark of a finding. */
export const MARK = 22;

/** The same beside the label of an edge. */
export const LABEL_MARK = 18;

const LONGEST_NAME = 36;
const LONGEST_LABEL = 44;

export function shortened(text: string, longest = LONGEST_NAME): string {
  const letters = Array.from(text);
  if (letters.length <= longest) return text;
  const half = Math.floor((longest - 1) / 2);
  return `${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}`;
}

export function shortLabel(text: string): string {
  return shortened(text, LONGEST_LABEL);
}

/** Measures with the font that the page has now. */
export function measureInPage(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.body).fontFamily;
  const width = (text: string, size: number, weight = 400): number => {
    if (context === null) return text.length * size * 0.6;
    context.font = `${weight} ${size}px ${family}`;
    return context.measureText(text).width;
  };
  return {
    node: (node: GraphNode) => {
      const text = Math.max(width(shortened(node.label), NODE_FONT, 600), width(node.detail, DETAIL_FONT));
      const mark = node.marks.length > 0 ? MARK : 0;
      return { width: Math.ceil(text) + 2 * PADDING + mark, height: 44 };
    },
    label: (text: string, marked: boolean) => ({ width: Math.ceil(width(shortLabel(text), LABEL_FONT)) + 6 + (marked ? LABEL_MARK : 0), height: 14 }),
  };
}
