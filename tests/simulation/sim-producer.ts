import { formatTime } from '@pacspace/domain';
import { sha256Hex } from '@pacspace/node-crypto';
import { ApiError, parseJsonExactly, recordIdOf, recordKeyOf } from '@pacspace/wire';
import type { Item } from '../../apps/gateway/src/ingest/intake.js';
import { readItem } from '../../apps/gateway/src/ingest/read-item.js';
import type { Fact, Journal } from './journal.js';
import { Process } from './scheduler.js';
import { ENVIRONMENT, type SimGateway } from './sim-gateway.js';
import type { World } from './world.js';

const ACTIONS = 8;
/** Later than any clock of a run: whether an event time lies ahead is not what is simulated. */
const GATEWAY_CLOCK_MS = Date.UTC(2030, 0);
const AMOUNTS = ['1', '-0.000000000001', '0.1', '0.2', '999999999.999999999999', '-1000000000', '12.5'];
const CUSTOMERS = ['ada', 'bea', 'cyn', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jon'];

/** A client: it sends deltas, repeats what was not acknowledged, and then reads what it wrote. */
export class SimProducer {
  readonly process: Process;
  finished = false;
  private made = 0;

  constructor(
    private readonly name: string,
    private readonly world: World,
    private readonly journal: Journal,
    private readonly gateways: () => readonly SimGateway[],
  ) {
    this.process = new Process(name);
  }

  async run(read: (process: Process, customerId: string) => Promise<void>): Promise<void> {
    const { random, scheduler } = this.world;
    for (let action = 0; action < ACTIONS; action += 1) {
      await scheduler.pause(`${this.name} thinks`, this.process);
      const facts = Array.from({ length: random.chance(0.5) ? 1 : 1 + random.below(4) }, () =>
        this.makeFact(action),
      );
      const deliveries = [this.deliver(facts)];
      // An impatient client, or one whose load balancer repeats for it.
      if (random.chance(0.15)) deliveries.push(this.deliver(facts.filter(({ key }) => key !== undefined)));
      await Promise.all(deliveries);
      if (random.chance(0.5)) await read(this.process, random.pick(facts).customerId);
    }
    this.finished = true;
  }

  private makeFact(action: number): Fact {
    const { random } = this.world;
    this.made += 1;
    const name = `${this.name}/${this.made}`;
    const earlier = [...this.journal.facts.values()].filter(({ key }) => key !== undefined);
    // Now and then a key is used again, for another delta: by mistake, or by somebody else.
    const misused = earlier.length > 0 && random.chance(0.08) ? random.pick(earlier) : undefined;
    const adjusted = earlier.length > 0 && random.chance(0.1) ? random.pick(earlier) : undefined;
    const customerId = (misused ?? adjusted)?.customerId ?? random.pick(CUSTOMERS);
    const key = misused?.key ?? (random.chance(0.7) ? name : undefined);
    const amount = random.pick(AMOUNTS);
    const body = {
      customerId,
      delta: amount,
      reason: name,
      idempotencyKey: key,
      ...(random.chance(0.3) && { occurredAt: formatTime(this.pickEventTime()) }),
      ...(random.chance(0.2) && { metadata: { region: 'eu', n: this.made } }),
      ...(adjusted?.key !== undefined && { adjusts: { recordId: recordIdOf(keyOf(adjusted)) } }),
    };
    const text = JSON.stringify(body);
    return this.journal.add({ name, producer: this.name, action, customerId, key, amount, text });
  }

  /** In one of the last four months. */
  private pickEventTime(): number {
    return this.world.log.clockMs - this.world.random.below(120) * 86_400_000;
  }

  /** Until every fact has its answer, or must not be sent again. */
  private async deliver(facts: readonly Fact[]): Promise<void> {
    let open = facts;
    while (open.length > 0) {
      await this.world.scheduler.pause(`${this.name} sends ${open.length}`, this.process);
      const unanswered = await this.post(open);
      open = unanswered.filter(({ key }) => key !== undefined);
    }
  }

  /** @returns the facts of which it is not known, or known not to be so, that they are stored. */
  private async post(facts: readonly Fact[]): Promise<readonly Fact[]> {
    const { random, network } = this.world;
    const gateways = this.gateways();
    if (gateways.length === 0) return facts;
    const gateway = random.pick(gateways);
    if (random.chance(network.losses.lost)) return facts;
    const flight = await Promise.race([gateway.take(facts.map(toItem)), gateway.process.died]);
    // Killed, or the connection broke with the answer on it.
    if (flight === 'died' || random.chance(network.losses.replyLost)) return facts;
    const unanswered: Fact[] = [];
    facts.forEach((fact, i) => {
      const outcome = flight.outcomeAt(i);
      if (outcome.kind !== 'refused') {
        fact.acknowledgedAt.push(outcome.sequence);
      } else if (outcome.error.code === 'UNAVAILABLE') unanswered.push(fact);
      // A key that was used before, a target that is not there: what the client asked for, and has its answer.
      else if (!['IDEMPOTENCY_CONFLICT', 'ADJUSTS_UNKNOWN'].includes(outcome.error.code)) throw outcome.error;
    });
    return unanswered;
  }
}

function toItem({ text }: Fact): Item {
  const item = readItem(parseJsonExactly(text), GATEWAY_CLOCK_MS);
  if (item instanceof ApiError) throw item;
  return item;
}

export function keyOf({ customerId, key }: Fact): string {
  if (key === undefined) throw new Error('the fact has no key');
  return recordKeyOf({ environmentId: ENVIRONMENT, customerId, key }, sha256Hex);
}
