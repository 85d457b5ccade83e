/** Columns: the map counts Unicode code points from 1, VS Code UTF-16 units from 0. */

export function utf16Column(line: string, column: number): number {
  return Array.from(line).slice(0, column - 1).join("").length;
}
