import { describe, expect, it } from '@jest/globals';
import { waitFor } from '@pacspace/testing';
import {
  API,
  data,
  emit,
  gateway,
  isPublished,
  type Json,
  replaceCheckpointer,
  run,
  seal,
  verify,
  write,
} from './sealing.js';

describe('another signing key', () => {
  it('signs from then on; what the old one has signed still verifies, by either key file', async () => {
    const customerId = 'rotated';
    const { receiptId } = await emit(customerId, 1);
    await seal({ customerId });
    const path = `${API}/receipts/${receiptId}`;
    await waitFor(() => isPublished(path), { timeoutMs: 15_000 });
    const old = await write('old.json', (await data(path)).receipt);
    expect(await verify(old)).toMatchObject({ code: 0 });
    const keysOf = async (): Promise<Json[]> => {
      const answer = await fetch(`${gateway.app.baseUrl}/.well-known/pacspace-log-keys`);
      return ((await answer.json()) as Json).keys;
    };
    const [before] = await keysOf();
    await write('old-keys.json', { keys: [before] });

    await replaceCheckpointer('6b'.repeat(32));
    await waitFor(async () => (await keysOf()).length === 2, { timeoutMs: 15_000 });
    const after = (await keysOf()).find(({ current }) => current === true)!;
    expect(after.verifierKey).not.toBe(before.verifierKey);
    await write('new-keys.json', { keys: [after] });
    // The key alone has changed, and nothing was sealed: the last head has both signatures.
    const isResigned = async (): Promise<boolean> => {
      const { checkpoint } = (await data(path)).receipt;
      return checkpoint.split('\n').filter((line: string) => line.startsWith('— ')).length === 2;
    };
    await waitFor(isResigned, { timeoutMs: 15_000 });
    const both = await write('both.json', (await data(path)).receipt);
    const { receiptId: newId } = await emit(customerId, 2);
    await seal({ customerId });
    await waitFor(() => isPublished(`${API}/receipts/${newId}`), { timeoutMs: 15_000 });
    const latest = await write('new.json', (await data(`${API}/receipts/${newId}`)).receipt);

    // As it is listed now, the keys are good for all of them.
    expect(await verify(old, both, latest)).toMatchObject({ code: 0 });
    const by = async (keys: string, file: string): Promise<number | null> =>
      (await run('verify', '--key-file', keys, file)).code;
    expect(await by('old-keys.json', old)).toBe(0);
    expect(await by('old-keys.json', both)).toBe(0);
    expect(await by('new-keys.json', both)).toBe(0);
    expect(await by('new-keys.json', latest)).toBe(0);
    // By a key that has not signed it nothing is proven, and nothing refused.
    expect(await by('new-keys.json', old)).toBe(3);
    expect(await by('old-keys.json', latest)).toBe(3);
    const online = await verify(old, '--online', '--url', gateway.app.baseUrl);
    expect(online).toMatchObject({ code: 0, output: expect.stringContaining("continues the file's") });
  });
});
