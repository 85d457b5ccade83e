/** Numbers of things in words. */

/** "1 site", "2 sites". */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
