import { mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { verifySignature } from '@pacspace/node-crypto';
import { formatVerifierKey, parseNote, signNote, verifyNote } from '@pacspace/proof';
import { logSigner } from './log-signer.js';
import { loadSigningSecret, rotateSigningSecret } from './signing-secret.js';

describe('the key of a log', () => {
  const EXPECTED = 'logs.test/env_a+2de3b82d+Ad0dtkEntmIDf63Za9QMoHgF3+3yu9mk1CGikfqLZl4g';
  const secret = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');

  it('follows from the secret and the origin alone, and is another for each', () => {
    const keys = [
      logSigner(secret, 'logs.test/env_a'),
      logSigner(secret, 'logs.test/env_a'),
      logSigner(secret, 'logs.test/env_b'),
      logSigner(Buffer.alloc(32, 1), 'logs.test/env_a'),
    ].map(({ key }) => formatVerifierKey(key));
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(3);
    // Made by another implementation (Python's hmac, openssl): a change would be a rotation of every log's key.
    expect(keys[0]).toBe(EXPECTED);
  });

  it('signs notes that verify by its public half, and by no other', async () => {
    const signer = logSigner(secret, 'logs.test/env_a');
    const note = parseNote(await signNote('logs.test/env_a\n0\n', [signer]));
    expect(await verifyNote(note, [signer.key], verifySignature)).toMatchObject({ ok: true });
    const other = logSigner(secret, 'logs.test/env_b').key;
    const renamed = { ...other, name: signer.key.name, id: signer.key.id };
    expect(await verifyNote(note, [renamed], verifySignature)).toMatchObject({
      ok: false,
      reason: 'bad-signature',
    });
  });
});

describe('the signing secret', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'signing-secret-'));
  });

  afterEach(() => rm(dataDir, { recursive: true }));

  const load = (parts: { given?: string; signed?: boolean } = {}) =>
    loadSigningSecret({
      given: parts.given,
      dataDir,
      hasSigned: () => Promise.resolve(parts.signed ?? false),
    });
  const file = (): string => join(dataDir, 'keys', 'log-signing-secret');

  it('is made at the first start, for nobody else to read, and found by the next', async () => {
    const made = await load();
    expect(made).toHaveLength(32);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'keys'))).mode & 0o777).toBe(0o700);
    expect(await load({ signed: true })).toEqual(made);
  });

  it('is one, also when two start at once', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => load()));
    expect(new Set(made.map((one) => one.toString('hex'))).size).toBe(1);
  });

  it('is closed again to others when its modes were lost', async () => {
    const made = await load();
    await chmod(file(), 0o644);
    expect(await load()).toEqual(made);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('comes from the environment, and then from nowhere else', async () => {
    expect(await load({ given: 'AB'.repeat(32) })).toEqual(Buffer.alloc(32, 0xab));
    expect(await readdir(dataDir)).toEqual([]);
    await expect(load({ given: 'ab'.repeat(31) })).rejects.toThrow(/64 hex digits/);
  });

  it('is never made anew behind the back of heads that are signed', async () => {
    await expect(load({ signed: true })).rejects.toThrow(/rotate-key/);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('is not taken from a file that holds something else', async () => {
    await load();
    await writeFile(file(), 'not a secret');
    await expect(load()).rejects.toThrow(file());
  });

  it('is rotated by a command, and the old one kept', async () => {
    const old = await load();
    expect(await rotateSigningSecret(dataDir, Date.parse('2026-11-24T01:02:03Z'))).toBe(file());
    const fresh = await load({ signed: true });
    expect(fresh).not.toEqual(old);
    const retired = await readFile(`${file()}.retired-20261124010203`, 'utf8');
    expect(retired.trim()).toBe(old.toString('hex'));
  });
});
