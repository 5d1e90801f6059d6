import { describe, expect, it } from '@jest/globals';
import { API, askPublic, emit, gateway, seal } from './sealing.js';

describe('GET /api/v1/verify/:proofRoot', () => {
  const customerId = 'verified';
  const ask = (root: string) => askPublic(root);

  it('tells whoever holds a root what it commits to, without a key and without the records', async () => {
    await emit(customerId, 10, { reason: 'a reason that is nobody’s business' });
    await emit(customerId, -2.5);
    const { checkpointId, proofRoot } = await seal({ customerId });
    const { status, body } = await ask(`${proofRoot}?source=both`);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        success: true,
        data: {
          verified: true,
          proofRoot,
          summary: {
            recordCount: 2,
            netChangeExact: '7.5',
            startingBalanceExact: '0',
            endingBalanceExact: '7.5',
          },
          verification: {
            state: 'published',
            checkpointId,
            seal: { root: proofRoot, customerId },
            sealProof: { hashes: expect.any(Array) },
            checkpoint: expect.stringContaining('logs.test/env_test'),
          },
        },
      },
    });
    expect(Date.parse(body.data.summary.firstRecordAt)).toBeLessThanOrEqual(Date.now());
    expect(JSON.stringify(body)).not.toContain('business');
    expect((await ask(`0x${proofRoot.toUpperCase()}`)).body.data.proofRoot).toBe(proofRoot);
  });

  it('verifies the root of all customers together, however many they are', async () => {
    const deltas = Array.from({ length: 600 }, (_, i) => ({
      ...{ customerId: `many-${i}`, delta: i + 0.25, reason: 'usage' },
    }));
    expect((await gateway.post(`${API}/delta/batch`, { deltas })).body.data.totalQueued).toBe(600);
    const first = await seal({});
    const change = (column: string, from: string, to: string) =>
      gateway.pool.query(`UPDATE seal.seal SET ${column} = ${to} WHERE log_index = $1 AND ${from}`, [
        first.checkpoints[0].logIndex,
      ]);
    // One of them again: the second run's seals have a gap between them.
    await emit('many-300', 1);
    const { proofRoot, checkpointId, customersCount, deltasCount } = await seal({});
    const { body } = await ask(proofRoot);
    expect(body.data).toMatchObject({
      verified: true,
      proofRoot,
      summary: { customersCount, recordCount: deltasCount, startingBalanceExact: expect.any(String) },
      verification: { checkpointId, state: 'published', checkpoint: expect.stringContaining('logs.test') },
    });
    const balances = await gateway.get(`${API}/customers/summary`);
    expect(body.data.summary.endingBalanceExact).toBe(balances.body.data.totalBalanceExact);

    // Its seals, page by page.
    const indexes: number[] = [];
    for (let cursor: number | undefined; ;) {
      const query = cursor === undefined ? '' : `&cursor=${cursor}`;
      const { verification } = (await ask(`${proofRoot}?limit=250${query}`)).body.data;
      indexes.push(...verification.logIndexes);
      cursor = verification.nextCursor;
      if (cursor === undefined) break;
    }
    expect(indexes).toHaveLength(customersCount);
    expect(indexes).toEqual([...new Set(indexes)].toSorted((a, b) => a - b));

    await change('body', 'true', `replace(body, '"count":', '"count": ')`);
    const changed = (await ask(proofRoot)).body.data;
    expect(changed).toMatchObject({ verified: false, summary: { customersCount } });
    expect(changed.summary.netChange).toBeUndefined();
    await change('body', 'true', `replace(body, '"count": ', '"count":')`);
    await change('leaf_hash', 'true', 'set_byte(leaf_hash, 0, get_byte(leaf_hash, 0) # 1)');
    expect((await ask(proofRoot)).body.data.verified).toBe(false);
    await change('leaf_hash', 'true', 'set_byte(leaf_hash, 0, get_byte(leaf_hash, 0) # 1)');
    expect((await ask(proofRoot)).body.data.verified).toBe(true);

    // No seal any more, with a leaf that goes with it: the signed head says otherwise.
    const { logIndex } = first.checkpoints[0];
    const put = (body: string, leaf: string) =>
      gateway.pool.query(`UPDATE seal.seal SET body = $2, leaf_hash = ${leaf} WHERE log_index = $1`, [
        logIndex,
        body,
      ]);
    const { rows } = await gateway.pool.query<{ body: string }>(
      'SELECT body FROM seal.seal WHERE log_index = $1',
      [logIndex],
    );
    const leaf = `sha256('\\x00'::bytea || convert_to($2, 'UTF8'))`;
    await put('nothing', leaf);
    expect((await ask(proofRoot)).body.data).toMatchObject({ verified: false, summary: { customersCount } });
    await put(rows[0]!.body, leaf);
    expect((await ask(proofRoot)).body.data.verified).toBe(true);
  });

  it('does not find verified what was changed in storage', async () => {
    await emit('touched', 1);
    const { proofRoot, logIndex } = await seal({ customerId: 'touched' });
    expect((await ask(proofRoot)).body.data.verified).toBe(true);
    const change = (from: string, to: string) =>
      gateway.pool.query('UPDATE seal.seal SET body = replace(body, $1, $2) WHERE log_index = $3', [
        from,
        to,
        logIndex,
      ]);
    await change('"closingBalance":"1"', '"closingBalance":"2"');
    const { body } = await ask(proofRoot);
    expect(body.data).toMatchObject({ verified: false, summary: { endingBalanceExact: '2' } });
    await change('"closingBalance":"2"', '"closingBalance":"1"');
    expect((await ask(proofRoot)).body.data.verified).toBe(true);
    // Not even a seal any more.
    await change('"closingBalance":"1"', '"closingBalance":1');
    expect((await ask(proofRoot)).body.data).toMatchObject({ verified: false, summary: { recordCount: 1 } });
    await change('"closingBalance":1', '"closingBalance":"1"');
  });

  it.each([
    [404, 'ab'.repeat(32)],
    // The root of nothing is that of many, and says nothing.
    [404, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [400, 'nonsense'],
  ])('answers %s for %s', async (status, root) => {
    expect(await ask(root)).toMatchObject({ status, body: { success: false } });
  });
});
