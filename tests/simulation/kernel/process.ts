/** Who starts processes hears what becomes of them. */
interface Watching {
  onDeath(process: SimProcess): void;
  onResume(): void;
}

/** A process as the simulation sees it: it can be ended and stopped for a while, and knows nothing of either. */
export class SimProcess {
  readonly name: string;
  readonly #told: Watching;
  #isDead = false;
  readonly #atDeath: (() => void)[] = [];
  #waking: (() => void)[] | undefined;

  constructor(name: string, told: Watching) {
    this.name = name;
    this.#told = told;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isPaused(): boolean {
    return this.#waking !== undefined;
  }

  /** From now on nothing of it happens: its calls never answer, its sleeps never end. */
  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const act of this.#atDeath) act();
    this.#told.onDeath(this);
  }

  /** What the system does for a process that ended, such as closing its connections. At once when it did. */
  atDeath(act: () => void): void {
    if (this.#isDead) act();
    else this.#atDeath.push(act);
  }

  /** Stands still until `resume`: what it wants to do next waits. */
  pause(): void {
    this.#waking ??= [];
  }

  resume(): void {
    const waking = this.#waking ?? [];
    this.#waking = undefined;
    for (const wake of waking) wake();
    if (!this.#isDead) this.#told.onResume();
  }

  /** Resolves when the process is not paused. */
  async awake(): Promise<void> {
    while (this.#waking !== undefined) {
      const waking = this.#waking;
      await new Promise<void>((resolve) => void waking.push(resolve));
    }
  }
}

/** The answer to a call of a dead process. */
export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
