import { LaneLeases, type LeasePurpose, type LeaseView } from '@pacspace/ledger';
import { backoffMs, type Logger, sleep } from '@pacspace/service';
import { shareLanes } from './share-lanes.js';

/** standby: another process of the kind has the lane. vacant: nobody has it, as far as we have seen. */
export type LaneActivity = 'standby' | 'vacant' | 'reading' | 'failing';

export interface LaneShareOptions {
  readonly url: string;
  /** The kind of process that shares: also the name of its sessions. */
  readonly name: LeasePurpose;
  readonly lanes: number;
  readonly logger: Logger;
  /** Reads the lane until the signal, drains, and returns; calls `onProgress` whenever all is well. */
  readonly read: (lane: number, ended: AbortSignal, onProgress: () => void) => Promise<void>;
  /** Told of each change, for health and metrics. */
  readonly onLane: (lane: number, state: LaneActivity, detail: string) => void;
  /** Told at each look: how many processes take part in the sharing. */
  readonly onWriters: (writers: number) => void;
}

/** Also what shows the server that this process is alive, and how soon a free lane is taken. */
const LOOK_EVERY_MS = 500;
/** Between tries of a lane that fails here. */
const RETRY = { firstMs: 100, maxMs: 5_000 };
/** So many failures in a row mean that it is us, or nobody can do it: let the others try. */
const FAILURES_BEFORE_ASIDE = 3;
const ASIDE_MS = 30_000;

interface Session {
  readonly leases: LaneLeases;
  readonly end: AbortController;
  readonly done: Promise<void>;
}

interface Failure {
  readonly times: number;
  readonly retryAt: number;
}

/**
 * This process's share of the lanes, among all of its kind in the deployment.
 *
 *   a look every half second ──▶ lanes above our share: their sessions drain, and are then given free
 *                            └─▶ free lanes up to our share: taken, and read
 *
 * A process that is told to stop drains everything and ends its session; one that dies has ended it. Either way the
 * others see free lanes at their next look. A process in which a lane fails again and again steps aside: it keeps
 * what it reads, and leaves what is free to the others; when all have stepped aside, all try on.
 */
export class LaneShare {
  private leases: LaneLeases | undefined;
  private readonly sessions = new Map<number, Session>();
  private readonly failures = new Map<number, Failure>();
  private joined = false;
  private asideUntil = 0;

  constructor(private readonly options: LaneShareOptions) {}

  /** Looks until the signal; then drains every lane, and leaves. */
  async run(signal: AbortSignal): Promise<void> {
    do {
      await this.look();
    } while (await sleep(LOOK_EVERY_MS, signal));
    for (const { end } of this.sessions.values()) end.abort();
    await Promise.all([...this.sessions.values()].map(({ done }) => done));
    await this.leases?.close().catch(() => undefined);
  }

  private async look(): Promise<void> {
    const { lanes, logger } = this.options;
    try {
      const leases = await this.open();
      const view = await this.lookAt(leases);
      const { give, take } = shareLanes(view, lanes, (lane) => this.isUnable(lane));
      for (const lane of give) this.sessions.get(lane)?.end.abort();
      if (give.length > 0) logger.info({ lanes: give, writers: view.writers.length }, 'handing lanes over');
      for (const lane of take) {
        // One that we lost and still drain: its next session begins after that.
        if (!this.sessions.has(lane) && (await leases.tryTake(lane))) this.begin(lane, leases);
      }
      this.options.onWriters(view.writers.length);
      this.tellRest(view);
    } catch (error) {
      logger.warn({ err: error }, 'the leases cannot be looked at');
      this.lose(this.leases);
      // Also of a lane whose session is to end, and hangs in a question that is not answered.
      for (let lane = 0; lane < lanes; lane += 1) this.options.onLane(lane, 'failing', String(error));
    }
  }

  private async open(): Promise<LaneLeases> {
    if (this.leases !== undefined) return this.leases;
    const { url, name } = this.options;
    // It may be lost before it is there to be named.
    const opened: { leases?: LaneLeases } = {};
    const leases = await LaneLeases.open({
      url,
      name,
      purpose: name,
      onLost: () => this.lose(opened.leases),
    });
    opened.leases = leases;
    this.joined = false;
    this.leases = leases;
    return leases;
  }

  private async lookAt(leases: LaneLeases): Promise<LeaseView> {
    const view = await leases.look();
    if (this.joined || (view.writers.length > 0 && performance.now() < this.asideUntil)) return view;
    await leases.join();
    this.joined = true;
    return await leases.look();
  }

  private isUnable(lane: number): boolean {
    return performance.now() < (this.failures.get(lane)?.retryAt ?? 0);
  }

  private begin(lane: number, leases: LaneLeases): void {
    const end = new AbortController();
    const done = this.hold(lane, leases, end.signal).finally(() => this.sessions.delete(lane));
    this.sessions.set(lane, { leases, end, done });
  }

  private async hold(lane: number, leases: LaneLeases, ended: AbortSignal): Promise<void> {
    const { read, onLane, logger } = this.options;
    try {
      await read(lane, ended, () => this.failures.delete(lane));
      onLane(lane, 'vacant', 'handed over');
    } catch (error) {
      onLane(lane, 'failing', String(error));
      logger.warn({ err: error, lane }, 'lane session ended; it is opened again');
      await this.noteFailure(lane, leases);
    } finally {
      // With the session lost there is nothing to give.
      await leases.give(lane).catch(() => undefined);
    }
  }

  private async noteFailure(lane: number, leases: LaneLeases): Promise<void> {
    const times = (this.failures.get(lane)?.times ?? 0) + 1;
    this.failures.set(lane, { times, retryAt: performance.now() + backoffMs(times - 1, RETRY) });
    if (times < FAILURES_BEFORE_ASIDE || !this.joined || leases !== this.leases) return;
    this.joined = false;
    this.asideUntil = performance.now() + ASIDE_MS;
    await leases.leave().catch(() => undefined);
  }

  /** Lanes that are not read here: another one's, or for somebody to take at the next look. */
  private tellRest({ me, holders }: LeaseView): void {
    const { lanes, onLane, name } = this.options;
    for (let lane = 0; lane < lanes; lane += 1) {
      const holder = holders.get(lane);
      if (this.sessions.has(lane)) continue;
      if (holder !== undefined && holder !== me) onLane(lane, 'standby', `another ${name} has it`);
      else if (!this.failures.has(lane)) onLane(lane, 'vacant', 'nobody has it');
    }
  }

  /** The session is gone or not to be trusted: what is under way ends, and a new one is opened at the next look. */
  private lose(leases: LaneLeases | undefined): void {
    if (leases === undefined) return;
    for (const session of this.sessions.values()) if (session.leases === leases) session.end.abort();
    if (this.leases === leases) this.leases = undefined;
    void leases.close().catch(() => undefined);
  }
}
