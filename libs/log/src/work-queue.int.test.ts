import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { startNats, type TestNats, waitFor } from '@pacspace/testing';
import { COMPARE_WORK_STREAM, COMPARE_WORK_SUBJECT, type CompareWork } from '@pacspace/wire';
import { connectLog } from './connect.js';
import { type DeltaLog, openDeltaLog } from './delta-log.js';
import { publishWork } from './publish-work.js';
import { type WorkMessage, WorkQueue } from './work-queue.js';

let server: TestNats;
let log: DeltaLog;
let stopping = new AbortController();
let running: Promise<void>[] = [];

beforeAll(async () => {
  server = await startNats();
  log = await openDeltaLog(await connectLog({ url: server.url, name: 'queue test' }), { lanes: 1 });
});

afterEach(async () => {
  stopping.abort();
  await Promise.all(running);
  running = [];
  stopping = new AbortController();
});

afterAll(async () => {
  await log.connection.close();
  await server.stop();
});

function work(does: (message: WorkMessage) => Promise<'done' | 'later'>, errors: unknown[] = []): void {
  const queue = new WorkQueue(log, {
    work: does,
    onError: (error) => errors.push(error),
    signal: stopping.signal,
  });
  running.push(queue.run());
}

const put = (number: number): Promise<void> =>
  publishWork(log, `report-${number}-0`, { kind: 'report', number });

const left = async (): Promise<number> =>
  (await log.manager.streams.info(COMPARE_WORK_STREAM)).state.messages;

it('hands each piece of work to one of those who ask, once; put there twice, it is one', async () => {
  const taken: CompareWork[] = [];
  const take = ({ work: one }: WorkMessage): Promise<'done'> => {
    taken.push(one);
    return Promise.resolve('done');
  };
  work(take);
  work(take);
  for (const number of [1, 2, 3, 3, 4]) await put(number);
  await waitFor(async () => (await left()) === 0);
  expect(taken.map(({ number }) => number).toSorted()).toEqual([1, 2, 3, 4]);
});

it('hands it out again when it is to be done later, and when the worker fails; what is no work is thrown away', async () => {
  const tries: number[] = [];
  const errors: unknown[] = [];
  await log.client.publish(COMPARE_WORK_SUBJECT, 'no work');
  await put(11);
  work(({ tries: count }) => {
    tries.push(count);
    if (tries.length === 1) return Promise.resolve('later');
    if (tries.length === 2) return Promise.reject(new Error('broke off'));
    return Promise.resolve('done');
  }, errors);
  await waitFor(async () => (await left()) === 0, { timeoutMs: 20_000 });
  // Who has just been stopped may have been handed it, and has handed it back.
  const [first = 0] = tries;
  expect(tries).toEqual([first, first + 1, first + 2]);
  expect(errors.map(String)).toEqual(['LogError: not work: no work', 'Error: broke off']);
});

it('keeps what takes longer than the server’s patience, and hands it back at once when it is to stop', async () => {
  const tries: number[] = [];
  let letGo: () => void = () => undefined;
  await put(21);
  work(async ({ tries: count }) => {
    tries.push(count);
    await new Promise<void>((resolve) => (letGo = resolve));
    return 'later';
  });
  await waitFor(() => tries.length === 1);
  // The server waits for ten seconds from sign of life to sign of life.
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  expect(tries).toHaveLength(1);
  stopping.abort();
  letGo();
  await Promise.all(running);
  stopping = new AbortController();
  const again: number[] = [];
  work(({ tries: count }) => {
    again.push(count);
    return Promise.resolve('done');
  });
  await waitFor(async () => (await left()) === 0, { timeoutMs: 5_000 });
  expect(again).toEqual(tries.map((count) => count + 1));
});
