// Central's time as far as this phone knows it: phones' own clocks may be minutes off.

export class Clock {
  /** offsetMs: central's time less this phone's, as it was last seen. */
  constructor(offsetMs = 0) {
    this.offsetMs = offsetMs;
  }

  /** Seconds since 1970 UTC, with fraction. Not performance.now(): it stops while a phone sleeps. */
  now() {
    return (Date.now() + this.offsetMs) / 1000;
  }

  /** Central told its time in an answer to a request sent at `sentMs` by this phone's clock. */
  hear(centralS, sentMs) {
    this.offsetMs = Math.round(1000 * centralS - (sentMs + Date.now()) / 2);
  }
}
