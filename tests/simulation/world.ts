import { CacheHandle, LedgerHandle, LogHandle } from './handles.js';
import { Network } from './network.js';
import { Random } from './random.js';
import { type Process, Scheduler } from './scheduler.js';
import { SimCache } from './sim-cache.js';
import { SimLedger } from './sim-ledger.js';
import { SimLog } from './sim-log.js';

/** What can be taken away from the simulated stores, to see that the checks notice. */
export type Breakage =
  | 'ledger takes turns of replaced writers'
  | 'cache takes writes in any order'
  | 'log forgets what it has acknowledged';

/** Two weeks before a month ends: clocks that jump get over it. */
const START_MS = Date.UTC(2026, 0, 17);

/** The stores, the network, and the order of events. */
export class World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly log: SimLog;
  readonly ledger: SimLedger;
  readonly cache: SimCache;

  constructor(
    readonly seed: number,
    readonly lanes: number,
    breakage?: Breakage,
  ) {
    this.random = new Random(seed);
    this.scheduler = new Scheduler(this.random);
    this.network = new Network(this.scheduler, this.random);
    const forgets = breakage === 'log forgets what it has acknowledged' ? 0.02 : 0;
    this.log = new SimLog(lanes, START_MS, () => this.random.chance(forgets));
    this.ledger = new SimLedger(breakage !== 'ledger takes turns of replaced writers');
    this.cache = new SimCache(breakage !== 'cache takes writes in any order');
  }

  /** The ledger's sessions end, and with them the leases; who waits for messages looks up and sees it. */
  endSessions(ofWhom: (process: Process) => boolean): void {
    this.ledger.endSessions(ofWhom);
    this.log.wakeAll();
  }

  ledgerOf(process: Process): LedgerHandle {
    return new LedgerHandle(process, this.network, this.ledger);
  }

  logOf(process: Process): LogHandle {
    return new LogHandle(process, this.network, this.log);
  }

  cacheOf(process: Process): CacheHandle {
    return new CacheHandle(process, this.network, this.cache);
  }
}
