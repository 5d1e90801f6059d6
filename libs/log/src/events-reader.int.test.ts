import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startNats, type TestNats } from '@pacspace/testing';
import { type CustomerFact, EVENTS_STREAM, factsSubject } from '@pacspace/wire';
import { connectLog } from './connect.js';
import { type DeltaLog, openDeltaLog } from './delta-log.js';
import { EventsReader, type ToldMessage } from './events-reader.js';
import { lastToldSequence } from './lane-events.js';
import { publishFact } from './publish-fact.js';

let server: TestNats;
let log: DeltaLog;

beforeAll(async () => {
  server = await startNats();
  log = await openDeltaLog(await connectLog({ url: server.url, name: 'reader test' }), { lanes: 4 });
});

afterAll(async () => {
  await log.connection.close();
  await server.stop();
});

const fact = (environmentId: string): CustomerFact => ({
  ...{ v: 1, kind: 'sealed', logNo: 1, logIndexes: [0] },
  environmentId,
});

const tell = (lane: number, id: string): Promise<void> => publishFact(log, lane, { id, fact: fact(id) });

async function read(subject: string, after: number, count: number): Promise<ToldMessage[]> {
  const reader = await EventsReader.open(log, subject, after);
  const messages: ToldMessage[] = [];
  while (messages.length < count) messages.push(...(await reader.next(1_000_000, 1_000)));
  reader.close();
  return messages;
}

const idsOf = (messages: readonly ToldMessage[]): string[] =>
  messages.map(({ payload }) => (JSON.parse(payload) as { environmentId: string }).environmentId);

describe('facts', () => {
  it('are read in the order of their telling, each once, from behind what was read before', async () => {
    for (const id of ['a', 'b', 'b', 'c']) await tell(1, id);
    await tell(2, 'of another lane');
    const first = await read(factsSubject(1), 0, 3);
    expect(idsOf(first)).toEqual(['a', 'b', 'c']);
    await tell(1, 'd');
    expect(idsOf(await read(factsSubject(1), first[2]!.sequence, 1))).toEqual(['d']);
    // The projector asks by its own subject how much it has told: facts are not in its way.
    expect(await lastToldSequence(log, 1)).toBe(0);
  });

  it('are read from the beginning when the stream has forgotten more than was read', async () => {
    await log.manager.streams.purge(EVENTS_STREAM);
    await tell(3, 'again');
    expect(idsOf(await read(factsSubject(3), 1_000_000, 1))).toEqual(['again']);
  });
});
