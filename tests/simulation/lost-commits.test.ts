import { describe, expect, it } from '@jest/globals';
import type { LoggedMessage } from '@pacspace/log';
import { encodeEnvelope } from '@pacspace/wire';
import type pg from 'pg';
import { identify, prepareDelta } from '../../apps/gateway/src/ingest/prepare-delta.js';
import { bindStores } from './bind-stores.js';
import { LedgerHandle } from './handles.js';
import type { Calls } from './network.js';
import { Process } from './scheduler.js';
import { SimLedger } from './sim-ledger.js';

bindStores();
const { LaneWriter } = await import('../../apps/projector/src/lane-writer.js');
const { eventsOfPast } = await import('../../apps/projector/src/tell-events.js');

const PRINCIPAL = {
  tenantId: 'ten_sim',
  plan: 'unlimited',
  allowed: null,
  rate: null,
  environmentId: 'env_sim',
  kind: 'test',
  saltKey: Buffer.alloc(32),
  scopes: new Set<string>(),
  keyId: 'key_sim',
} as const;
const ORIGIN = { principal: PRINCIPAL, traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, lanes: 1 };

function message(sequence: number): LoggedMessage {
  const input = { customerId: 'ada', amount: 1n, reason: `fact ${sequence}` };
  const delta = prepareDelta(input, identify(input, input.reason, ORIGIN), ORIGIN);
  const payload = encodeEnvelope(`id-${sequence}`, [delta]);
  return { sequence, recordedAtMs: Date.UTC(2026, 0), payload, traceparent: undefined };
}

type Before = Record<string, () => unknown>;

/** The ledger, and what is to happen before a call reaches it. */
function poolOf(ledger: SimLedger, before: Before = {}): pg.Pool {
  const calls: Calls = {
    call: async (_process, _server, { what, run }) => {
      await before[what]?.();
      return run();
    },
  };
  return new LedgerHandle(new Process('writer'), calls, ledger) as unknown as pg.Pool;
}

const writerOn = (ledger: SimLedger, before?: Before) => new LaneWriter(0, 1, poolOf(ledger, before));

/** The watermark is back where the sleeper found it, so that the fence alone would let it write. */
describe('a writer that sleeps, its successor, and a ledger that forgets what the successor wrote', () => {
  /** The successor writes `then` when the sleeper asks `call`; that is lost before the sleeper writes. */
  function sleepingAt(call: string, then: LoggedMessage) {
    const ledger = new SimLedger();
    const successor = writerOn(ledger);
    let asleep = false;
    const sleeper = writerOn(ledger, {
      [call]: () => (asleep && ledger.crashes === 0 ? successor.write([then], 0) : undefined),
      writeTurn: () => (asleep && ledger.crashes === 0 ? ledger.crash(1) : undefined),
    });
    return { ledger, successor, sleeper, fallAsleep: () => (asleep = true) };
  }
  const balances = (ledger: SimLedger) =>
    [...ledger.tables.entries.values()].sort((a, b) => a.index - b.index).map(({ balance }) => balance);

  it.each([
    ['customers', 'loadCustomers'],
    ['periods', 'loadPeriods'],
  ])('lose nothing, when the sleeper has read the %s of the successor', async (_what, call) => {
    const { ledger, successor, sleeper, fallAsleep } = sleepingAt(call, message(2));
    await successor.open();
    await successor.write([message(1)], 0);
    await sleeper.open();

    fallAsleep();
    await expect(sleeper.write([message(2)], 0)).rejects.toThrow('the connection is gone');
    expect(ledger.tables.lane(0)).toMatchObject({ sequence: 1, entries: 1 });

    await sleeper.open();
    await sleeper.write([message(2)], 0);
    expect(balances(ledger)).toEqual(['0.000000000001', '0.000000000002']);
  });

  it('lose nothing, when the sleeper has read the keys of the successor', async () => {
    const { ledger, successor, sleeper, fallAsleep } = sleepingAt('findRecords', message(3));
    await sleeper.open();
    await sleeper.write([message(1)], 0);
    // From here on it looks keys up.
    await sleeper.write([{ ...message(1), sequence: 2 }], 0);
    expect(ledger.tables.lane(0)).toMatchObject({ sequence: 2, entries: 1, duplicates: 1 });
    await successor.open();

    fallAsleep();
    await expect(sleeper.write([message(3)], 0)).rejects.toThrow('the connection is gone');
    expect(ledger.tables.lane(0)).toMatchObject({ sequence: 2, entries: 1 });

    await sleeper.open();
    await sleeper.write([message(3)], 0);
    expect(balances(ledger)).toEqual(['0.000000000001', '0.000000000002']);
  });
});

describe('a ledger that forgets what it was about to be told of', () => {
  const written = async (): Promise<SimLedger> => {
    const ledger = new SimLedger();
    const writer = writerOn(ledger);
    await writer.open();
    await writer.write([message(1)], 0);
    await writer.write([message(2)], 1);
    return ledger;
  };
  const tellOn = (ledger: SimLedger, before?: Before) =>
    eventsOfPast(poolOf(ledger, before), 0, [message(2)], 1);

  it('is told of while it has it', async () => {
    const events = await tellOn(await written());
    expect(events).toMatchObject({ afterSequence: 1, throughSequence: 2, verified: [{ firstIndex: 1 }] });
  });

  it('is told of by nobody afterwards: the turn that writes it again would find its id taken', async () => {
    const ledger = await written();
    ledger.crash(1);
    await expect(tellOn(ledger)).rejects.toThrow('the ledger of lane 0 is back at 1, before 2');
  });

  it.each(['findRecords', 'findRejections'])('nor when that happens before %s', async (call) => {
    const ledger = await written();
    await expect(tellOn(ledger, { [call]: () => ledger.crash(1) })).rejects.toThrow('the connection is gone');
  });
});
