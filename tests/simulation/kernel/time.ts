/** Something that happens at a moment unless it is called off before. */
interface Appointment {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Simulated time: it moves only when nobody can do anything before the next appointment. */
export class SimTime {
  #now: number;
  #order = 0;
  /** The next one last. */
  readonly #agenda: Appointment[] = [];

  constructor(startAt: number) {
    this.#now = startAt;
  }

  get now(): number {
    return this.#now;
  }

  /** When the next appointment is; undefined when there is none. */
  get nextAt(): number | undefined {
    return this.#agenda.at(-1)?.at;
  }

  /** Runs `run` at that moment, never earlier than now; equal moments in the order of asking. Answers how to call it off. */
  at(when: number, run: () => void): () => void {
    const appointment = { at: Math.max(when, this.#now), order: this.#order++, run };
    let place = this.#agenda.length;
    while (place > 0 && (this.#agenda[place - 1] as Appointment).at <= appointment.at) place -= 1;
    this.#agenda.splice(place, 0, appointment);
    return () => {
      const index = this.#agenda.indexOf(appointment);
      if (index >= 0) this.#agenda.splice(index, 1);
    };
  }

  /** Whole milliseconds, as timers of a machine are. */
  after(ms: number, run: () => void): () => void {
    return this.at(this.#now + Math.max(0, Math.ceil(ms)), run);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Goes to the next appointment and keeps it. False when there is none. */
  step(): boolean {
    const next = this.#agenda.pop();
    if (next === undefined) return false;
    this.#now = next.at;
    next.run();
    return true;
  }
}

/** Resolves when every promise that needs no time has run on: whatever happens next is up to the simulation. */
export const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
