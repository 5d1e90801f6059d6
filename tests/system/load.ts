import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Api } from './api.js';

/** One delta that a producer wants recorded, and what it was told. */
export interface Claim {
  /** Its reason: by this it is found in the ledger. */
  readonly name: string;
  readonly customerId: string;
  /** Undefined: sent once, since a repeat would be another delta. */
  readonly key: string | undefined;
  readonly amount: string;
  /** Its record id, once a gateway has said 201. */
  recordId: string | undefined;
}

export interface LoadOptions {
  /** Begins the names and customers of this load: loads of one system must differ. */
  readonly name: string;
  /** Where to send to; asked at every try, so that gateways may come and go. */
  readonly apis: () => readonly Api[];
  readonly producers?: number;
  /** Between one request of a producer and its next. */
  readonly pauseMs?: number;
}

const BATCH = 8;
const RETRY_PAUSE_MS = 100;
/** How long a producer goes on sending what was not acknowledged, once the load is over. */
const PATIENCE_MS = 30_000;

const running = new Set<Load>();

/** Ends the loads that a test has left running, by failing. */
export function abandonLoads(): void {
  for (const load of running) load.abandon();
}

/**
 * Producers that send single deltas and batches, keyed and not, until they are told to stop; each reads its customer's
 * balance in between, strongly. They repeat what has a key until it is acknowledged, as the SDK does, and note exactly
 * what they were told.
 */
export class Load {
  readonly claims: Claim[] = [];
  /** Answers 503, and connections that broke. */
  refusals = 0;
  /** Strong reads that said that they contain everything, and did. */
  consistentReads = 0;
  /** Strong reads that said that they may be behind, or 503. */
  honestReads = 0;
  /** Reads that were wrong: there must be none. */
  readonly violations: string[] = [];
  private stopping = false;
  private abandoned = false;
  private readonly producing: Promise<unknown>;
  private readonly pauseMs: number;

  constructor(private readonly options: LoadOptions) {
    const { producers = 4, pauseMs = 20 } = options;
    this.pauseMs = pauseMs;
    this.producing = Promise.all(Array.from({ length: producers }, (_, i) => this.produce(i)));
    // Whoever stops the load hears of it.
    this.producing.catch(() => undefined);
    running.add(this);
  }

  get acknowledged(): number {
    return this.claims.filter(({ recordId }) => recordId !== undefined).length;
  }

  get customers(): string[] {
    return [...new Set(this.claims.map(({ customerId }) => customerId))];
  }

  /** Resolves when every producer has its answers. @throws when one of them had to give up. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.producing;
    running.delete(this);
  }

  /** Nothing more is sent. */
  abandon(): void {
    this.stopping = true;
    this.abandoned = true;
    running.delete(this);
  }

  private async produce(producer: number): Promise<void> {
    const customers = ['a', 'b'].map((letter) => `${this.options.name}_${producer}${letter}`);
    for (let round = 0; !this.stopping; round += 1) {
      const customerId = customers[round % 2]!;
      await this.send(this.makeClaims(customerId, `${producer}/${round}`, round));
      if (round % 3 === 0) await this.read(customerId);
      await sleep(this.pauseMs);
    }
  }

  private makeClaims(customerId: string, id: string, round: number): Claim[] {
    const count = round % 4 === 3 ? BATCH : 1;
    return Array.from({ length: count }, (_, i) => {
      const name = `${this.options.name} ${id}.${i}`;
      const claim: Claim = {
        name,
        customerId,
        key: (round + i) % 4 === 1 ? undefined : name,
        amount: `${(round % 5) - 2}.${String(1 + ((round + i) % 97)).padStart(12, '0')}`,
        recordId: undefined,
      };
      this.claims.push(claim);
      return claim;
    });
  }

  private async send(claims: readonly Claim[]): Promise<void> {
    const giveUpAt = (): number => performance.now() + PATIENCE_MS;
    let deadline = giveUpAt();
    for (let open = claims; open.length > 0 && !this.abandoned;) {
      const answer = await this.post(open);
      if (answer === undefined || answer.status === 503) this.refusals += 1;
      else note(open, answer);
      open = open.filter(({ recordId, key }) => recordId === undefined && key !== undefined);
      if (!this.stopping) deadline = giveUpAt();
      if (open.length > 0 && performance.now() > deadline) throw new Error(`never taken: ${open[0]!.name}`);
      if (open.length > 0) await sleep(RETRY_PAUSE_MS);
    }
  }

  /** Undefined: the connection broke, and nobody knows what became of it. */
  private async post(claims: readonly Claim[]): Promise<Answer | undefined> {
    const api = this.pickApi();
    try {
      const [first] = claims;
      if (claims.length > 1 || first === undefined) return await api.emitBatch(claims.map(toItem));
      return await api.emit(toDelta(first), first.key);
    } catch {
      return undefined;
    }
  }

  private async read(customerId: string): Promise<void> {
    const of = this.claims.filter((claim) => claim.customerId === customerId);
    const least = of.filter(({ recordId }) => recordId !== undefined).length;
    let answer: Answer;
    try {
      answer = await this.pickApi().derive(customerId, 'view=totals');
    } catch {
      this.refusals += 1;
      return;
    }
    const { status, body } = answer;
    if (status === 503 || (status === 200 && body.data.position.consistent === false)) this.honestReads += 1;
    else if (status === 200 && body.data.deltasCount >= least && body.data.deltasCount <= of.length)
      this.consistentReads += 1;
    else if (status !== 404 || least > 0)
      this.violations.push(`${customerId}: ${least} acknowledged, and ${status} ${JSON.stringify(body)}`);
  }

  private pickApi(): Api {
    const apis = this.options.apis();
    return apis[Math.floor(Math.random() * apis.length)]!;
  }
}

function toDelta({ customerId, amount, name }: Claim): Record<string, unknown> {
  return { customerId, delta: amount, reason: name };
}

function toItem(claim: Claim): Record<string, unknown> {
  return { ...toDelta(claim), ...(claim.key !== undefined && { idempotencyKey: claim.key }) };
}

/** @throws when the answer is none that a producer should get for a valid delta. */
function note(claims: readonly Claim[], { status, body }: Answer): void {
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  const [first] = claims;
  if (claims.length === 1 && first !== undefined && body.data.results === undefined) {
    first.recordId = body.data.recordId;
    return;
  }
  for (const { index, status: state, recordId, error } of body.data.results) {
    if (state === 'QUEUED') claims[index]!.recordId = recordId;
    else if (error.code !== 'UNAVAILABLE') throw new Error(`item ${index}: ${JSON.stringify(error)}`);
  }
}
