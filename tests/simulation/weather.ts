import { laneOf, periodOf } from '@pacspace/domain';
import { encodeCloseEnvelope, encodeDelta, encodeEnvelope } from '@pacspace/wire';
import type { Fleet } from './fleet.js';
import { NO_LOSSES, type Server } from './network.js';
import { ENVIRONMENT } from './sim-gateway.js';
import type { World } from './world.js';

const DAY_MS = 86_400_000;

/** All that goes wrong in a run, until it has lasted long enough. */
export class Weather {
  private readonly mishaps: readonly (() => void)[];
  private readonly probability: number;
  private strangers = 0;

  constructor(
    private readonly world: World,
    private readonly fleet: Fleet,
    { writesToLog = true } = {},
  ) {
    const { random, network, log, cache } = world;
    // Some runs are rough, some nearly calm, and in each only some things go wrong: what one fault alone brings to light
    // is hidden where all of them come at once.
    const roughness = random.next();
    this.probability = 0.08 * roughness;
    const losses = { lost: 0.1, late: 0.08, replyLost: 0.1 };
    network.losses = {
      lost: losses.lost * random.next() * roughness,
      late: losses.late * random.next() * roughness,
      replyLost: losses.replyLost * random.next() * roughness,
    };
    const all = [
      () => fleet.killGateway(random.below(2)),
      () => fleet.killProjector(random.below(2)),
      () => fleet.suspendProjector(random.below(2)),
      () => this.crashWhileOneSleeps(),
      () => this.stop(log),
      () => this.stop(cache),
      () => this.crashLedger(),
      () => world.endSessions(() => true),
      () => cache.flush(),
      () => cache.saveCopy(),
      () => cache.restore((copies) => random.pick(copies)),
      () => log.forgetIds(),
      () => this.jumpClock(),
      ...(writesToLog
        ? [() => this.closePeriod(), () => this.writePoison(), () => this.writeTampered()]
        : []),
    ];
    this.mishaps = all.filter(() => random.chance(0.5));
  }

  readonly blow = (): void => {
    const { random, log } = this.world;
    log.clockMs += random.below(20);
    if (this.mishaps.length > 0 && random.chance(this.probability)) random.pick(this.mishaps)();
  };

  /** Nothing goes wrong any more, and whatever was away comes back. */
  calm(): void {
    const { network, log, ledger, cache } = this.world;
    network.losses = NO_LOSSES;
    for (const server of [log, ledger, cache]) server.up = true;
    this.fleet.resumeAll();
  }

  private stop(server: Server): void {
    server.up = false;
    this.world.scheduler.add(`the ${server.name} is started again`, () => (server.up = true));
  }

  /** Commits that had not reached the disk are gone. */
  private crashLedger(): void {
    const { ledger, random } = this.world;
    ledger.crash(random.below(4));
    this.world.endSessions(() => true);
    this.stop(ledger);
  }

  /** The one that sleeps, its successor, and a ledger that forgets what the successor wrote. */
  private crashWhileOneSleeps(): void {
    this.fleet.suspendProjector(this.world.random.below(2));
    this.world.scheduler.add('the ledger crashes', () => this.crashLedger());
  }

  private jumpClock(): void {
    const { log, random } = this.world;
    log.clockMs += (random.below(50) - 15) * DAY_MS;
    // The window of known ids goes by the clock as well.
    log.forgetIds();
  }

  private closePeriod(): void {
    const { log, random, lanes } = this.world;
    // 0: the month that has not ended, which must have no effect.
    const period = periodOf(log.clockMs) - random.below(4);
    const customerId = random.chance(0.5) ? random.pick(['ada', 'bea', 'cyn', 'nobody']) : undefined;
    const lane = customerId === undefined ? random.below(lanes) : laneOf(ENVIRONMENT, customerId, lanes);
    const close = { environmentId: ENVIRONMENT, period, ...(customerId !== undefined && { customerId }) };
    this.write(lane, encodeCloseEnvelope(this.nextId(), close));
  }

  private writePoison(): void {
    const { random, lanes } = this.world;
    this.write(random.below(lanes), random.pick(['', '{"v":2}', '{"v":1,"id":"x","env":[]}', '[1]']));
  }

  /** A delta that is not what was fingerprinted. */
  private writeTampered(): void {
    const { lanes } = this.world;
    const id = this.nextId();
    const delta = encodeDelta({
      environmentId: ENVIRONMENT,
      traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
      customerId: 'ada',
      recordKey: this.strangers.toString(16).padStart(32, 'f'),
      amount: '1000000',
      reason: TAMPERED,
      fingerprint: 'f'.repeat(64),
    });
    this.write(laneOf(ENVIRONMENT, 'ada', lanes), encodeEnvelope(id, [delta]));
  }

  private nextId(): string {
    this.strangers += 1;
    return `stranger-${this.strangers}`;
  }

  private write(lane: number, payload: string): void {
    this.world.log.append(lane, this.nextId(), payload);
  }
}

/** The reason of deltas whose fingerprint is wrong. */
export const TAMPERED = 'tampered';
