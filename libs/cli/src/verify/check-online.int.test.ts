import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '@pacspace/node-crypto';
import {
  buildProof,
  CompactRange,
  formatCheckpoint,
  formatVerifierKey,
  hashesAtLevel,
  leafHashOfText,
  type NoteSigner,
  parseTilePath,
  planInclusion,
  type Receipt,
  sealLeaf,
  signNote,
  TILE_WIDTH,
  toHex,
  verifierKeyOf,
} from '@pacspace/proof';
import { readVectors, VerifyFolder } from './run-verify.test-helper.js';

const vector = readVectors('receipts.json').cases[0]!.receipt as Receipt;
const ORIGIN = vector.seal!.origin;

function newSigner(): NoteSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  return {
    key: verifierKeyOf(sha256, ORIGIN, raw),
    sign: (message) => sign(null, message, privateKey),
  };
}

const AT = 5;
/** Leaves of a log that holds the vector's seal. */
const leaves = Array.from({ length: 70_000 }, (_, i) =>
  i === AT ? sealLeaf(sha256, vector.seal!) : leafHashOfText(sha256, `seal ${i}`),
);

function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  const range = CompactRange.empty(sha256);
  hashes.forEach((hash) => range.append(hash));
  return range.root();
}

const storedNode = (hashes: readonly Uint8Array[], level: number, index: number): Uint8Array | undefined =>
  level === 0 ? hashes[index] : rootOf(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level));

async function headOf(hashes: readonly Uint8Array[], signer: NoteSigner): Promise<string> {
  const text = formatCheckpoint({
    origin: ORIGIN,
    size: hashes.length,
    root: rootOf(hashes),
    extensions: [],
  });
  return await signNote(text, [signer]);
}

const signer = newSigner();
const folder = new VerifyFolder();
let server: Server;
let url: string;
/** What the server shows, and what it was asked. */
let shown: { head: string; leaves: readonly Uint8Array[] };
let asked: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url!);
    const path = request.url!.slice(`/log/${ORIGIN}/`.length);
    if (path === 'checkpoint') return response.end(shown.head);
    const { level, index, width } = parseTilePath(path)!;
    // Partial tiles that have become full are gone.
    const published = hashesAtLevel(level as number, shown.leaves.length);
    if (width < TILE_WIDTH && (index + 1) * TILE_WIDTH <= published) {
      response.statusCode = 404;
      return response.end();
    }
    const hashes = Array.from({ length: width }, (_, i) =>
      storedNode(shown.leaves, (level as number) * 8, index * TILE_WIDTH + i)!,
    );
    return response.end(Buffer.concat(hashes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tree = leaves.slice(0, 300);
  const hashes = buildProof(sha256, planInclusion(AT, tree.length), (level, index) =>
    storedNode(tree, level, index),
  ).map(toHex);
  const receipt: Receipt = {
    ...vector,
    sealProof: { leafIndex: AT, treeSize: tree.length, hashes },
    checkpoint: await headOf(tree, signer),
  };
  folder.write('receipt.json', JSON.stringify(receipt));
});

beforeEach(() => {
  asked = [];
});

afterAll(async () => {
  folder.remove();
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
});

const verify = (...args: readonly string[]) =>
  folder.verify(['receipt.json', '--key', formatVerifierKey(signer.key), '--url', url, ...args]);

describe('pacspace verify --online', () => {
  it('asks nobody when it is not told to', async () => {
    expect(await verify()).toMatchObject({ code: 0 });
    expect(asked).toEqual([]);
  });

  it.each([300, 301, 512, 70_000])('proves that a head of %s continues the one in the file', async (size) => {
    const now = leaves.slice(0, size);
    shown = { head: await headOf(now, signer), leaves: now };
    const { code, out } = await verify('--online');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/✓ online .* continues the file's/),
    });
    // A consistency proof is a few tiles, however large the log.
    expect(asked.length).toBeLessThan(8);
  });

  it.each([300, 700])('refuses a head of %s in which something old is another', async (size) => {
    const now = leaves.slice(0, size);
    now[100] = leafHashOfText(sha256, 'rewritten');
    shown = { head: await headOf(now, signer), leaves: now };
    expect(await verify('--online')).toMatchObject({ code: 1, out: expect.stringContaining('✗ online') });
  });

  it('does not rely on a head of another key, nor on one that is older', async () => {
    const now = leaves.slice(0, 400);
    shown = { head: await headOf(now, newSigner()), leaves: now };
    expect(await verify('--online')).toMatchObject({
      code: 3,
      out: expect.stringContaining('not signed by a trusted key'),
    });
    const older = leaves.slice(0, 200);
    shown = { head: await headOf(older, signer), leaves: older };
    expect(await verify('--online')).toMatchObject({ code: 3, out: expect.stringContaining('is older') });
  });

  it('refuses a head whose signature is wrong', async () => {
    const now = leaves.slice(0, 400);
    const other = newSigner();
    shown = { head: await headOf(now, { key: signer.key, sign: other.sign }), leaves: now };
    expect(await verify('--online')).toMatchObject({
      code: 1,
      out: expect.stringContaining('signature of the head'),
    });
  });

  it('says when the log cannot be asked', async () => {
    const args = ['receipt.json', '--key', formatVerifierKey(signer.key), '--online', '--url'];
    expect(await folder.verify([...args, 'http://127.0.0.1:1'])).toMatchObject({
      code: 3,
      out: expect.stringContaining('could not be asked'),
    });
  });
});
