import { describe, expect, it } from '@jest/globals';
import * as proof from '@pacspace/proof';
import { createHmac } from 'node:crypto';
import { verifySignature } from './ed25519.js';
import { sha256 } from './naive-tree.js';
import { readVectors } from './vector-files.js';

const { fromHex, ProofError, toHex } = proof;

// The files are read as any other implementation reads them, and held against what they say must come out.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Case = Record<string, any>;
const casesOf = (file: string, ...path: string[]): Case[] =>
  path.reduce<Case>((part, name) => part[name], readVectors(file) as Case) as Case[];
const textsOf = (file: string, name: string): string[] => (readVectors(file) as Case)[name];
const named = (file: string, ...path: string[]): [string, Case][] =>
  casesOf(file, ...path).map((each, i) => [each['why'] ?? each['name'] ?? `number ${i}`, each]);

const malformed = expect.objectContaining({ code: 'malformed' });
const bytes = (hashes: string[]): Uint8Array[] => hashes.map(fromHex);
const keysOf = (texts: string[]) => texts.map((text) => proof.parseVerifierKey(sha256, text));

describe('canonical.json', () => {
  it.each(named('canonical.json', 'accepted'))('%s', (_, { canonical, json, leaf }) => {
    expect(proof.canonicalize(JSON.parse(json))).toBe(canonical);
    expect(toHex(proof.leafHashOfText(sha256, canonical))).toBe(leaf);
  });
  it.each(casesOf('canonical.json', 'numbers'))('$ieee754 is $text', ({ ieee754, text }) => {
    expect(proof.canonicalize(Buffer.from(ieee754, 'hex').readDoubleBE())).toBe(text);
  });
  it('refuses what has no form', () => {
    for (const text of textsOf('canonical.json', 'refused')) {
      expect(() => proof.canonicalize(JSON.parse(text))).toThrow(ProofError);
    }
    for (const bits of textsOf('canonical.json', 'refusedNumbers')) {
      expect(() => proof.canonicalize(Buffer.from(bits, 'hex').readDoubleBE())).toThrow(ProofError);
    }
  });
});

describe('trees.json', () => {
  it('hashes', () => {
    for (const { data, hash } of casesOf('trees.json', 'leaves')) {
      expect(toHex(proof.leafHash(sha256, fromHex(data)))).toBe(hash);
    }
    for (const { hash, left, right } of casesOf('trees.json', 'nodes')) {
      expect(toHex(proof.nodeHash(sha256, fromHex(left), fromHex(right)))).toBe(hash);
    }
  });
  it('roots, frontiers and stored nodes', () => {
    const range = proof.CompactRange.empty(sha256);
    const stored: Case[] = [];
    for (const { frontier, root, size } of casesOf('trees.json', 'sizes')) {
      while (range.size < size) {
        range.append(proof.leafHashOfText(sha256, `leaf ${range.size}`), (level, index, hash) =>
          stored.push({ level, index, hash: toHex(hash) }),
        );
      }
      expect(toHex(range.root())).toBe(root);
      expect(toHex(range.toBytes())).toBe(frontier);
      expect(toHex(proof.CompactRange.frontier(sha256, size, fromHex(frontier)).root())).toBe(root);
    }
    expect(stored).toEqual(casesOf('trees.json', 'stored'));
  });
});

describe('inclusion.json and consistency.json', () => {
  const inclusion = ({ hashes, index, leaf, root, size }: Case): boolean =>
    proof.verifyInclusion(sha256, {
      leafHash: fromHex(leaf),
      index,
      size,
      hashes: bytes(hashes),
      root: fromHex(root),
    }).ok;
  const consistency = ({ fromRoot, fromSize, hashes, toRoot, toSize }: Case): boolean =>
    proof.verifyConsistency(sha256, {
      fromRoot: fromHex(fromRoot),
      fromSize,
      hashes: bytes(hashes),
      toRoot: fromHex(toRoot),
      toSize,
    }).ok;

  it('valid proofs', () => {
    for (const claim of casesOf('inclusion.json', 'valid'))
      expect([claim, inclusion(claim)]).toEqual([claim, true]);
    for (const claim of casesOf('consistency.json', 'valid'))
      expect([claim, consistency(claim)]).toEqual([claim, true]);
  });
  it.each(named('inclusion.json', 'refused'))('inclusion: %s', (_, claim) =>
    expect(inclusion(claim)).toBe(false),
  );
  it.each(named('consistency.json', 'refused'))('consistency: %s', (_, claim) =>
    expect(consistency(claim)).toBe(false),
  );
});

describe('notes.json', () => {
  it.each(casesOf('notes.json', 'keys'))('key $verifierKey', ({ id, name, publicKey, verifierKey }) => {
    const key = proof.parseVerifierKey(sha256, verifierKey);
    expect({ ...key, publicKey: toHex(key.publicKey) }).toEqual({ id, name, publicKey });
    expect(proof.formatVerifierKey(proof.verifierKeyOf(sha256, name, fromHex(publicKey)))).toBe(verifierKey);
  });
  it.each(textsOf('notes.json', 'refusedKeys'))('no key: %s', (text) => {
    expect(() => proof.parseVerifierKey(sha256, text)).toThrow(malformed);
  });
  it.each(named('notes.json', 'verified'))('verified: %s', async (_, { keys, note, signers }) => {
    expect(proof.formatNote(proof.parseNote(note))).toBe(note);
    const check = await proof.verifyNote(proof.parseNote(note), keysOf(keys), verifySignature);
    expect(check.ok && check.signers.map(proof.formatVerifierKey)).toEqual(signers);
  });
  it.each(named('notes.json', 'refused'))('refused: %s', async (_, { keys, note, reason }) => {
    if (reason === 'malformed') expect(() => proof.parseNote(note)).toThrow(malformed);
    else
      expect(await proof.verifyNote(proof.parseNote(note), keysOf(keys), verifySignature)).toMatchObject({
        ok: false,
        reason,
      });
  });
});

describe('checkpoints.json', () => {
  it.each(named('checkpoints.json', 'valid'))('%s', (_, { text, ...checkpoint }) => {
    const parsed = proof.parseCheckpoint(text);
    expect({ ...parsed, root: toHex(parsed.root) }).toEqual(checkpoint);
    expect(proof.formatCheckpoint(parsed)).toBe(text);
  });
  it.each(named('checkpoints.json', 'refused'))('refused: %s', (_, { text }) =>
    expect(() => proof.parseCheckpoint(text)).toThrow(malformed),
  );
});

describe('tiles.json', () => {
  it.each(casesOf('tiles.json', 'paths'))('$path', ({ path, ...tile }) => {
    expect(proof.parseTilePath(path)).toEqual(tile);
    expect(proof.tilePath(tile as proof.Tile)).toBe(path);
  });
  it('other paths name no tile', () => {
    for (const path of textsOf('tiles.json', 'refusedPaths'))
      expect(proof.parseTilePath(path)).toBeUndefined();
  });
  it('bundles', () => {
    for (const { bundle, entries } of casesOf('tiles.json', 'bundles')) {
      expect(proof.parseBundle(fromHex(bundle)).map(toHex)).toEqual(entries);
      expect(toHex(proof.encodeBundle(bytes(entries)))).toBe(bundle);
    }
    for (const bundle of textsOf('tiles.json', 'refusedBundles')) {
      expect(() => proof.parseBundle(fromHex(bundle))).toThrow(malformed);
    }
  });
});

describe('tlog-proofs.json', () => {
  it.each(named('tlog-proofs.json', 'valid'))('%s', (_, { text, ...parts }) => {
    const { extra, hashes, ...rest } = proof.parseTlogProof(text);
    expect({
      ...rest,
      hashes: hashes.map(toHex),
      ...(extra !== undefined && { extra: toHex(extra) }),
    }).toEqual(parts);
    expect(proof.formatTlogProof(proof.parseTlogProof(text))).toBe(text);
  });
  it.each(named('tlog-proofs.json', 'refused'))('refused: %s', (_, { text }) =>
    expect(() => proof.parseTlogProof(text)).toThrow(malformed),
  );
});

describe('records.json', () => {
  it('ids', () => {
    for (const { receiptId, recordId, ...scope } of casesOf('records.json', 'ids')) {
      expect(proof.recordIdsOf(sha256, scope as Parameters<typeof proof.recordIdsOf>[1])).toEqual({
        recordId,
        receiptId,
      });
      expect(proof.receiptIdOf(recordId)).toBe(receiptId);
    }
  });
  it('contents, entries and seals', () => {
    for (const { canonical, fingerprint, record } of casesOf('records.json', 'contents')) {
      expect(proof.canonicalize(proof.parseContent(record))).toBe(canonical);
      expect(proof.fingerprintOf(sha256, record)).toBe(fingerprint);
    }
    for (const { canonical, leaf, record } of casesOf('records.json', 'entries')) {
      expect(proof.canonicalize(proof.parseEntry(record))).toBe(canonical);
      expect(toHex(proof.entryLeaf(sha256, record))).toBe(leaf);
    }
    for (const { canonical, leaf, record } of casesOf('records.json', 'seals')) {
      expect(proof.canonicalize(proof.parseSeal(record))).toBe(canonical);
      expect(toHex(proof.sealLeaf(sha256, record))).toBe(leaf);
    }
  });
  it('metadata and selections', () => {
    const { saltKey } = readVectors('records.json') as { saltKey: string };
    const hmac = (data: Uint8Array): Uint8Array =>
      createHmac('sha256', fromHex(saltKey)).update(data).digest();
    for (const { metadata, metadataHash, recordId, salt } of casesOf('records.json', 'metadata')) {
      expect(toHex(proof.metadataSalt(hmac, recordId))).toBe(salt);
      expect(proof.metadataHash(sha256, fromHex(salt), metadata)).toBe(metadataHash);
    }
    for (const { fingerprints, root } of casesOf('records.json', 'selections')) {
      expect(toHex(proof.selectionRoot(sha256, fingerprints))).toBe(root);
    }
  });
  it.each(named('records.json', 'refused', 'content'))('content refused: %s', (_, { record }) =>
    expect(() => proof.parseContent(record)).toThrow(malformed),
  );
  it.each(named('records.json', 'refused', 'entry'))('entry refused: %s', (_, { record }) =>
    expect(() => proof.parseEntry(record)).toThrow(malformed),
  );
  it.each(named('records.json', 'refused', 'seal'))('seal refused: %s', (_, { record }) =>
    expect(() => proof.parseSeal(record)).toThrow(malformed),
  );
});

type Verifier = (
  file: unknown,
  options: proof.VerifyOptions,
) => Promise<{ verdict: string; steps: readonly proof.Step[] }>;

async function outcomeOf(verify: Verifier, file: unknown, keys: string[]): Promise<Case> {
  try {
    const { steps, verdict } = await verify(file, { sha256, verifySignature, keys: keysOf(keys) });
    for (const { sentence } of steps) expect(sentence).toMatch(/^[A-Z].*\.$/s);
    const stepsThatAre = (wanted: string): string[] =>
      steps.filter(({ outcome }) => outcome === wanted).map(({ name }) => name);
    return { verdict, refused: stepsThatAre('refused'), unchecked: stepsThatAre('unchecked') };
  } catch (error) {
    if (error instanceof ProofError && error.code === 'malformed')
      return { verdict: 'malformed', refused: [], unchecked: [] };
    throw error;
  }
}

const nothing = { refused: [], unchecked: [] };

describe('receipts.json', () => {
  it.each(named('receipts.json', 'cases'))('%s', async (_, { expected, keys, receipt }) => {
    expect(await outcomeOf(proof.verifyReceipt, receipt, keys)).toEqual({ ...nothing, ...expected });
  });
  it('as text', () => {
    const { asText } = readVectors('receipts.json') as Case;
    expect(proof.formatReceiptProof(proof.parseReceipt(asText.receipt))).toBe(asText.text);
    expect(proof.parseReceiptProof(asText.text)).toEqual(asText.receipt);
  });
});

describe('statements.json', () => {
  it.each(named('statements.json', 'cases'))('%s', async (_, { expected, keys, statement }) => {
    expect(await outcomeOf(proof.verifyStatement, statement, keys)).toEqual({ ...nothing, ...expected });
  });
});
