import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { COLUMNS, ImportFixture, usage } from '../import/import-fixture.test-helper.js';

let t: ImportFixture;

beforeEach(async () => {
  t = await ImportFixture.open();
});

afterEach(async () => {
  await t.close();
});

describe('pacspace import, each row once', () => {
  it('records each row once: again, renamed, appended to, in another form', async () => {
    await t.file('usage.csv', usage(1_000));
    expect(await t.report(['usage.csv', ...COLUMNS, '--batch-size', '300'])).toMatchObject({
      outcome: 'complete',
      exitCode: 0,
      rows: 1_000,
      recorded: 2_000,
      alreadyRecorded: 0,
      timesWithoutZone: 1_000,
    });
    const sum = t.server.sum;
    expect(t.server.batches.toSorted((a, b) => a - b)).toEqual([200, 300, 300, 300, 300, 300, 300]);

    expect(await t.report(['usage.csv', ...COLUMNS])).toMatchObject({
      recorded: 0,
      alreadyRecorded: 2_000,
      exitCode: 0,
    });
    await t.file('renamed.tsv', usage(1_200).replaceAll(',', '\t').replaceAll('\r\n', '\n'));
    expect(await t.report(['renamed.tsv', ...COLUMNS])).toMatchObject({
      recorded: 400,
      alreadyRecorded: 2_000,
    });
    await t.file(
      'utf16.csv',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(usage(1_000), 'utf16le')]),
    );
    expect(await t.report(['utf16.csv', ...COLUMNS])).toMatchObject({ recorded: 0, alreadyRecorded: 2_000 });
    expect(await t.report(['-', ...COLUMNS], { input: usage(1_000) })).toMatchObject({
      recorded: 0,
      alreadyRecorded: 2_000,
    });

    const expected = usage(1_200)
      .split('\r\n')
      .slice(1)
      .reduce((total, line) => {
        const [, a = '0', b = '0'] = line.split(',');
        return total + BigInt(a) + BigInt(b);
      }, 0n);
    expect(t.server.sum).toBe(expected);
    expect(t.server.sum).toBeGreaterThan(sum);
  });

  it('takes identical rows for distinct usage', async () => {
    await t.file('usage.csv', 'At,In,Out\n2023-11-16,5,1\n2023-11-16,5,1\n2023-11-16,5,1\n');
    expect(await t.report(['usage.csv', ...COLUMNS])).toMatchObject({ recorded: 6 });
    expect(t.server.sum).toBe(18n);
    expect(await t.report(['usage.csv', ...COLUMNS])).toMatchObject({ recorded: 0, alreadyRecorded: 6 });
  });

  it('continues after kill -9 at any point, and ends where one run would have', async () => {
    await t.file('usage.csv', usage(20_000));
    const total = 40_000;
    for (const until of [2, 5, 9]) {
      t.server.delayMs = 40;
      const killed = t.begin(['usage.csv', ...COLUMNS, '--batch-size', '1000']);
      const goal = t.server.batches.length + until;
      while (t.server.batches.length < goal && killed.process.exitCode === null)
        await new Promise((r) => setTimeout(r, 5));
      killed.process.kill('SIGKILL');
      await killed.done;
    }
    t.server.delayMs = 0;
    const before = t.server.recorded.size;
    expect(before).toBeGreaterThan(1_000);
    expect(before).toBeLessThan(total);
    const last = await t.report(['usage.csv', ...COLUMNS]);
    expect(last).toMatchObject({ exitCode: 0, outcome: 'complete' });
    expect(Number(last['recorded']) + Number(last['alreadyRecorded'])).toBe(total);
    expect(t.server.recorded.size).toBe(total);
  });

  it('on SIGINT lets what is in flight be answered, says where things stand, and leaves 130', async () => {
    await t.file('usage.csv', usage(20_000));
    t.server.delayMs = 100;
    const going = t.begin(['usage.csv', ...COLUMNS, '--batch-size', '1000', '--concurrency', '2']);
    while (t.server.batches.length < 2) await new Promise((r) => setTimeout(r, 5));
    going.process.kill('SIGINT');
    const { code, stdout } = await going.done;
    expect(code).toBe(130);
    expect(stdout).toContain('Interrupted.\nWhat is counted above is recorded.');
    const counted = /→ ([\d,]+) deltas/.exec(stdout)?.[1]?.replaceAll(',', '');
    expect(Number(counted)).toBe(t.server.recorded.size);
    expect(t.server.recorded.size).toBeLessThan(40_000);
  });

  it('outlasts hang-ups, lost answers, busy servers and broken-off batches', async () => {
    await t.file('usage.csv', usage(1_000));
    t.server.faults.push(
      { kind: 'hang-up' },
      { kind: 'status', status: 503, code: 'UNAVAILABLE', retryAfter: '1' },
      { kind: 'lost-answer' },
      { kind: 'status', status: 429, code: 'RATE_LIMITED', retryAfter: '1' },
      { kind: 'broken-off', taken: 7 },
      { kind: 'half-busy' },
      { kind: 'status', status: 500 },
    );
    const begun = performance.now();
    const result = await t.report(['usage.csv', ...COLUMNS, '--batch-size', '500', '--concurrency', '3']);
    expect(result).toMatchObject({ exitCode: 0, rejectedDeltas: 0 });
    expect(Number(result['recorded']) + Number(result['alreadyRecorded'])).toBe(2_000);
    // Only the deltas whose answer was lost may be reported as there already.
    expect(Number(result['alreadyRecorded'])).toBeLessThanOrEqual(500);
    expect(t.server.recorded.size).toBe(2_000);
    expect(t.server.faults).toEqual([]);
    expect(performance.now() - begun).toBeGreaterThan(1_000);
  });

  it('keeps to the number of requests in flight', async () => {
    await t.file('usage.csv', usage(1_000));
    t.server.delayMs = 20;
    await t.report(['usage.csv', ...COLUMNS, '--batch-size', '100', '--concurrency', '3']);
    expect(t.server.mostInFlight).toBe(3);
    t.server.mostInFlight = 0;
    await t.report(['usage.csv', ...COLUMNS, '--batch-size', '100', '--concurrency', '1']);
    expect(t.server.mostInFlight).toBe(1);
  });

  it('streams 50 MB in less than 200 MB of memory', async () => {
    const rows = await writeLargeFile(join(t.folder, 'large.csv'), 50_000_000);
    const probe = join(t.folder, 'peak.mjs');
    await t.file(
      'peak.mjs',
      `import { writeFileSync } from 'node:fs';
      process.on('exit', () => writeFileSync(${JSON.stringify(join(t.folder, 'peak'))}, String(process.resourceUsage().maxRSS)));`,
    );
    const result = await t.report(
      ['large.csv', '--customer', 'acme', '--amount-column', 'In', '--time-column', 'At'],
      {
        nodeFlags: ['--import', probe],
      },
    );
    expect(result).toMatchObject({ exitCode: 0, rows, recorded: rows });
    const peakMb = Number(await t.text('peak')) / 1024;
    expect(peakMb).toBeLessThan(200);
    expect(peakMb).toBeGreaterThan(20);
  }, 300_000);
});

/** Rows padded by a note, so that the server of this test need not hold a million deltas. @returns their number */
async function writeLargeFile(path: string, bytes: number): Promise<number> {
  const stream = createWriteStream(path);
  const note = 'n'.repeat(200);
  let [rows, written] = [0, 0];
  stream.write('At,In,note\n');
  while (written < bytes) {
    let block = '';
    for (let i = 0; i < 5_000; i += 1) {
      rows += 1;
      block += `${new Date(Date.UTC(2023, 0, 1) + rows * 97).toISOString().slice(0, 23).replace('T', ' ')},${(rows % 999) + 1},${note}\n`;
    }
    written += block.length;
    if (!stream.write(block)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
  return rows;
}
