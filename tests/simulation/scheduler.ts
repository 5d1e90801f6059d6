import type { Random } from './random.js';

/** A process of the simulated machines: what it is about to do happens only while it lives and is not held. */
export class Process {
  alive = true;
  /** SIGSTOP, a long garbage collection, a laptop's lid: it will go on as if no time had passed. */
  suspended = false;
  /** Resolves when it is killed. */
  readonly died: Promise<'died'>;
  readonly #die: (value: 'died') => void;

  constructor(readonly name: string) {
    const { promise, resolve } = Promise.withResolvers<'died'>();
    this.died = promise;
    this.#die = resolve;
  }

  kill(): void {
    this.alive = false;
    this.#die('died');
  }
}

interface Pending {
  readonly label: string;
  readonly run: () => void;
  /** Whose doing it is; undefined for what is on the wire already, and arrives whatever becomes of its sender. */
  readonly process: Process | undefined;
}

/**
 * All that happens in a simulated run happens here, one event at a time, in an order that the seed decides. Between two
 * events everything that the code under test has to do without waiting is done.
 */
export class Scheduler {
  steps = 0;
  readonly trace: string[] = [];
  private pending: Pending[] = [];

  constructor(private readonly random: Random) {}

  add(label: string, run: () => void, process?: Process): void {
    this.pending.push({ label, run, process });
  }

  /** A pause of a process: it goes on when its turn comes. */
  pause(label: string, process: Process): Promise<void> {
    return new Promise((resolve) => this.add(label, resolve, process));
  }

  /** Runs events until there are none, or `isOver`. @throws when that does not come within `maxSteps`. */
  async run(beforeStep: () => void, isOver: () => boolean, maxSteps: number): Promise<void> {
    await settled();
    for (let left = maxSteps; !isOver(); left -= 1) {
      if (left === 0) throw new Error(`no end after ${maxSteps} steps: ${this.describePending()}`);
      beforeStep();
      const event = this.takeOne();
      if (event === undefined) return;
      this.steps += 1;
      this.trace.push(event.label);
      event.run();
      await settled();
    }
  }

  private takeOne(): Pending | undefined {
    this.pending = this.pending.filter(({ process }) => process?.alive !== false);
    const ready = this.pending.filter(({ process }) => process?.suspended !== true);
    if (ready.length === 0) return undefined;
    const event = this.random.pick(ready);
    this.pending.splice(this.pending.indexOf(event), 1);
    return event;
  }

  private describePending(): string {
    return this.pending.map(({ label }) => label).join(', ');
  }
}

/** By then nothing waits for anything but events: Node's next tick comes when no promise has anything left to do. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
