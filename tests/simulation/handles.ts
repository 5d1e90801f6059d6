import type { CachedTurn, PutOutcome } from '@pacspace/cache';
import type {
  ClosedEnvironment,
  CustomerName,
  FoundRecord,
  FoundRejection,
  LaneState,
  LoadedCustomer,
  PeriodName,
  PeriodRow,
  Turn,
} from '@pacspace/ledger';
import type { DeadLetter } from '@pacspace/log';
import type { DeltaEvents } from '@pacspace/wire';
import type { Calls } from './network.js';
import type { Process } from './scheduler.js';
import type { SimCache } from './sim-cache.js';
import type { SimLedger } from './sim-ledger.js';
import type { SimLog } from './sim-log.js';

/** What libs/ledger's functions take for a pool. */
export class LedgerHandle {
  constructor(
    protected readonly process: Process,
    protected readonly network: Calls,
    protected readonly ledger: SimLedger,
  ) {}

  loadLane(lane: number): Promise<LaneState> {
    return this.ask('loadLane', () => this.ledger.tables.lane(lane));
  }

  readWatermark(lane: number): Promise<number> {
    return this.ask('readWatermark', () => this.ledger.tables.lane(lane).sequence);
  }

  loadClosedEnvironments(lane: number, throughSequence: number): Promise<ClosedEnvironment[]> {
    return this.ask('loadClosedEnvironments', () => this.ledger.tables.findClosed(lane, throughSequence));
  }

  findRecords(recordKeys: readonly string[]): Promise<FoundRecord[]> {
    return this.ask('findRecords', () => this.ledger.findRecords(recordKeys));
  }

  findRejections(
    lane: number,
    range: { readonly after: number; readonly through: number },
  ): Promise<FoundRejection[]> {
    return this.ask('findRejections', () => this.ledger.findRejections(lane, range));
  }

  ensurePeriod(): Promise<void> {
    return this.ask('ensurePeriod', () => undefined);
  }

  async withTransaction<T>(work: (client: TransactionHandle) => Promise<T>): Promise<T> {
    const client = new TransactionHandle(this.process, this.network, this.ledger);
    const result = await work(client);
    await client.commit();
    return result;
  }

  protected ask<T>(what: string, run: () => T): Promise<T> {
    return this.network.call(this.process, this.ledger, { what, run });
  }
}

/** What libs/ledger's functions take for a connection in a transaction. It reads what is committed, and ends with a crash. */
class TransactionHandle extends LedgerHandle {
  private readonly crashes = this.ledger.crashes;
  private turn: Turn | undefined;

  loadCustomers(names: readonly CustomerName[]): Promise<LoadedCustomer[]> {
    return this.ask('loadCustomers', () => this.ledger.tables.findCustomers(names));
  }

  loadPeriods(names: readonly PeriodName[]): Promise<PeriodRow[]> {
    return this.ask('loadPeriods', () => this.ledger.tables.findPeriods(names));
  }

  /** Shown to nobody before the commit, where the fence decides: the lane's row is locked in between. */
  writeTurn(turn: Turn): Promise<void> {
    return this.ask('writeTurn', () => {
      this.ledger.checkKeys(turn);
      this.turn = turn;
    });
  }

  commit(): Promise<void> {
    const { turn } = this;
    return this.ask('commits', () => {
      if (turn !== undefined) this.ledger.append(turn);
    });
  }

  protected override ask<T>(what: string, run: () => T): Promise<T> {
    return super.ask(what, () => {
      if (this.ledger.crashes !== this.crashes) throw new Error('the connection is gone');
      return run();
    });
  }
}

/** A process's connection to the log: the functions of libs/log that take a DeltaLog. */
export class LogHandle {
  readonly lanes: number;
  /** What is said on core NATS may get lost, so that nobody relies on it. */
  readonly connection = { publish: (): void => undefined };

  constructor(
    private readonly process: Process,
    private readonly network: Calls,
    private readonly log: SimLog,
  ) {
    this.lanes = log.lanes;
  }

  lastToldSequence(lane: number): Promise<number> {
    return this.ask('lastToldSequence', () => this.log.lastTold(lane));
  }

  publishEvents(events: DeltaEvents): Promise<void> {
    return this.ask('publishEvents', () => this.log.tell(events));
  }

  publishDeadLetter(letter: DeadLetter): Promise<void> {
    return this.ask('publishDeadLetter', () => this.log.putAside(letter));
  }

  private ask<T>(what: string, run: () => T): Promise<T> {
    return this.network.call(this.process, this.log, { what, run });
  }
}

/** A process's connection to the cache. */
export class CacheHandle {
  constructor(
    private readonly process: Process,
    private readonly network: Calls,
    private readonly cache: SimCache,
  ) {}

  putTurn(turn: CachedTurn): Promise<PutOutcome> {
    return this.network.call(this.process, this.cache, {
      what: 'putTurn',
      run: () => this.cache.put(turn),
    });
  }
}
