/** Something that must never be: which invariant, and what exactly was seen. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
  /** Number of the newest call when it was seen. */
  readonly call: number;
}

/** What was checked and what was found, of one run. */
export class Findings {
  readonly violations: Violation[] = [];
  readonly checked = new Map<string, number>();
  readonly #callNow: () => number;

  constructor(callNow: () => number) {
    this.#callNow = callNow;
  }

  /** One check of an invariant; `what` is asked only when it does not hold. */
  check(invariant: string, holds: boolean, what: () => string): boolean {
    this.checked.set(invariant, (this.checked.get(invariant) ?? 0) + 1);
    if (!holds) this.violations.push({ invariant, what: what(), call: this.#callNow() });
    return holds;
  }

  broken(invariant: string, what: string): void {
    this.check(invariant, false, () => what);
  }
}
