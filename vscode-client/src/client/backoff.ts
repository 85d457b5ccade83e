/** How long to wait before a server that crashed is started again, and when to give up. */

/** Crashes further apart than this, in milliseconds, have nothing to do with each other. */
const WINDOW = 3 * 60_000;
const TRIES = 5;
const FIRST_DELAY = 1000;

export class BackOff {
  private crashes: number[] = [];

  /**
   * A crash at `now` (milliseconds of any one clock): how many milliseconds to wait before the next start, each time twice as long;
   * null when it has crashed too often within three minutes.
   */
  crashed(now: number): number | null {
    this.crashes = this.crashes.filter((crash) => now - crash < WINDOW);
    if (this.crashes.length >= TRIES) return null;
    this.crashes.push(now);
    return FIRST_DELAY * 2 ** (this.crashes.length - 1);
  }

  /** A person asked for a start: what happened before does not count. */
  forget(): void {
    this.crashes = [];
  }
}
