import { amountFromCanonical } from '@pacspace/domain';
import type { FoundRecord, FoundRejection, Turn } from '@pacspace/ledger';
import { LedgerError } from '../../libs/ledger/src/errors.js';
import type { Server } from './network.js';
import type { Process } from './scheduler.js';
import { Tables } from './tables.js';

/** Leases live in a session, and end with it. */
export interface Session {
  readonly process: Process;
  lost: boolean;
}

/**
 * The data base's server. A turn is one transaction; commits do not wait for the disk, so that a crash may take the
 * last ones back, whoever has heard of them.
 */
export class SimLedger implements Server {
  readonly name = 'ledger';
  up = true;
  tables = new Tables();
  private turns: Turn[] = [];
  /** How often it has crashed: a connection does not outlive that. */
  crashes = 0;
  private readonly sessions = new Set<Session>();
  private readonly leases = new Map<number, Session>();
  private waiting: (() => void)[] = [];

  /** @param fenced false: a broken ledger, which takes what a writer brings that has been replaced. */
  constructor(private readonly fenced = true) {}

  /** What the tables' keys say of a turn before it is committed. */
  checkKeys(turn: Turn): void {
    this.checkFence(turn);
    if (turn.entries.some(({ recordKey }) => this.tables.entries.has(recordKey))) {
      throw new LedgerError('KEY_RECORDED', `a key of lane ${turn.lane}'s turn is recorded already`);
    }
  }

  append(turn: Turn): void {
    this.checkFence(turn);
    try {
      this.tables.apply(turn);
    } catch (error) {
      this.rebuild();
      throw error;
    }
    this.turns.push(turn);
  }

  /** It ends without notice, and comes back without its last commits. */
  crash(lostTurns: number): void {
    this.crashes += 1;
    this.turns = this.turns.slice(0, Math.max(0, this.turns.length - lostTurns));
    this.rebuild();
  }

  private checkFence({ lane, fromSequence, after }: Turn): void {
    const { sequence, epoch } = this.tables.lane(lane);
    if (this.fenced && (sequence !== fromSequence || epoch !== after.epoch)) {
      throw new Error(`FENCED: lane ${lane} is at ${sequence}, the turn begins at ${fromSequence}`);
    }
  }

  private rebuild(): void {
    this.tables = new Tables();
    for (const turn of this.turns) this.tables.apply(turn);
  }

  openSession(process: Process): Session {
    const session = { process, lost: false };
    this.sessions.add(session);
    return session;
  }

  tryLease(lane: number, session: Session): boolean {
    if (session.lost) throw new Error('the session is gone');
    const holder = this.leases.get(lane);
    if (holder !== undefined && holder !== session) return false;
    this.leases.set(lane, session);
    return true;
  }

  giveLease(lane: number, session: Session): void {
    if (this.leases.get(lane) === session) this.leases.delete(lane);
    this.wakeAll();
  }

  endSessions(ofWhom: (process: Process) => boolean): void {
    for (const session of this.sessions) {
      if (!ofWhom(session.process)) continue;
      session.lost = true;
      this.sessions.delete(session);
      for (const [lane, holder] of this.leases) if (holder === session) this.leases.delete(lane);
    }
    this.wakeAll();
  }

  /** Resolves when a lease may have become free. */
  whenLeaseEnds(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wakeAll(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }

  findRecords(recordKeys: readonly string[]): FoundRecord[] {
    const { entries, customers } = this.tables;
    return [...new Set(recordKeys)].flatMap((recordKey) => {
      const entry = entries.get(recordKey);
      const customer = entry && customers.get(entry.customerNo);
      if (entry === undefined || customer === undefined) return [];
      const { index, logSequence, recordedAtMs, occurredAtMs, reason, referenceId, metadata, salt } = entry;
      return {
        ...{ recordKey, index, logSequence, recordedAtMs, occurredAtMs, reason, referenceId, metadata, salt },
        recordId: `rec_${recordKey}`,
        environmentId: customer.environmentId,
        customerId: customer.customerId,
        lane: customer.lane,
        adjusts: entry.adjustsKey === undefined ? undefined : `rec_${entry.adjustsKey}`,
        amount: amountFromCanonical(entry.amount),
      };
    });
  }

  findRejections(
    lane: number,
    { after, through }: { readonly after: number; readonly through: number },
  ): FoundRejection[] {
    return [...this.tables.rejections.values()]
      .filter((row) => row.lane === lane && row.sequence > after && row.sequence <= through)
      .sort((left, right) => left.sequence - right.sequence || left.ordinal - right.ordinal);
  }
}
