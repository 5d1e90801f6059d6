import type { Random } from './random.js';
import type { Process, Scheduler } from './scheduler.js';

/** A server of the simulation: it answers while it is up. */
export interface Server {
  readonly name: string;
  up: boolean;
}

/** How likely each mishap is, for one message. */
export interface Losses {
  /** The request never arrives. */
  lost: number;
  /** The caller gives up waiting, and the request arrives after all, at any later time. */
  late: number;
  /** It was done, and nobody hears of it. */
  replyLost: number;
}

export const NO_LOSSES: Losses = { lost: 0, late: 0, replyLost: 0 };

/** What a process needs of a network. */
export type Calls = Pick<Network, 'call'>;

/**
 * Calls from processes to servers. Each is two events, the arrival of the request and that of the reply, between which
 * anything may happen: the caller may be killed, held up or replaced, and the request is carried out all the same.
 */
export class Network {
  losses: Losses = NO_LOSSES;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
  ) {}

  /** Rejects when the call failed or seemed to; what it does at the server is one indivisible step. */
  call<T>(process: Process, server: Server, { what, run }: { what: string; run: () => T }): Promise<T> {
    const { lost, late, replyLost } = this.losses;
    const label = `${process.name} ${what}`;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const reply = (text: string, settle: () => void): void =>
      this.scheduler.add(`${label}: ${text}`, settle, process);
    const fail = (text: string): void => reply(text, () => reject(new Error(`${label}: ${text}`)));

    if (this.random.chance(lost)) {
      fail('lost');
      return promise;
    }
    const isLate = this.random.chance(late);
    if (isLate) fail('timed out');
    this.scheduler.add(`${label} arrives`, () => {
      if (!server.up) return fail('refused');
      let value: T;
      try {
        value = run();
      } catch (error) {
        reply(`failed: ${String(error)}`, () => reject(error));
        return;
      }
      if (this.random.chance(replyLost)) fail('reply lost');
      else reply('done', () => resolve(value));
    });
    return promise;
  }
}
