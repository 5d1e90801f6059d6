import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { keyFromSeed, verifySignature } from '../../../tests/vectors/ed25519.js';
import { sha256 } from '../../../tests/vectors/naive-tree.js';
import { amountUnits, isAmount } from './amount.js';
import { canonicalBytes } from './canonical.js';
import { recordIdsOf } from './hash-records.js';
import {
  formatReceiptProof,
  parseReceipt,
  parseReceiptProof,
  type Receipt,
  receiptState,
} from './receipt.js';
import { formatTlogProof, parseTlogProof } from './tlog-proof.js';
import { parseVerifierKey, verifierKeyOf } from './verifier-key.js';
import { verifyReceipt } from './verify-receipt.js';

// What is proven and refused, the vectors say (tests/vectors); here is what they cannot hold.

const malformed = expect.objectContaining({ code: 'malformed' });
const vectors = new URL('../../../tests/vectors/receipts.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(vectors, 'utf8')) as {
  cases: [{ receipt: Required<Receipt>; keys: string[] }];
};
const [{ keys, receipt }] = cases;

describe('a receipt as .tlog-proof', () => {
  const text = formatReceiptProof(receipt);

  it('comes back as it was', () => {
    expect(parseReceiptProof(text)).toEqual(receipt);
  });

  it('is malformed without a receipt in it, or with a second checkpoint', () => {
    const { checkpoint, hashes, index } = parseTlogProof(text);
    const bare = { checkpoint, hashes, index };
    const withExtra = (extra: Uint8Array): string => formatTlogProof({ ...bare, extra });
    expect(() => parseReceiptProof(formatTlogProof(bare))).toThrow(malformed);
    expect(() => parseReceiptProof(withExtra(canonicalBytes(receipt)))).toThrow(malformed);
    expect(() => parseReceiptProof(withExtra(canonicalBytes([])))).toThrow(malformed);
    expect(() => parseReceiptProof(withExtra(Uint8Array.of(0x7b)))).toThrow(malformed);
    expect(() => parseReceiptProof(withExtra(Uint8Array.of(0xff)))).toThrow(malformed);
  });

  it('is there for published receipts only', () => {
    const { content, entry, entryProof, metadata, salt, seal, version } = receipt;
    const sealed: Receipt = { content, entry, entryProof, metadata, salt, seal, version };
    expect(receiptState(sealed)).toBe('sealed');
    expect(() => formatReceiptProof(sealed)).toThrow(malformed);
  });
});

describe('verifyReceipt', () => {
  const options = { sha256, verifySignature, keys: keys.map((key) => parseVerifierKey(sha256, key)) };

  it('waits for a signature function that takes its time', async () => {
    const slowly = { ...options, verifySignature: () => Promise.resolve(false) };
    expect((await verifyReceipt(receipt, options)).verdict).toBe('proven');
    expect(await verifyReceipt(receipt, slowly)).toMatchObject({ verdict: 'refused' });
  });

  it('does not take a key that has only the name of the log', async () => {
    const { publicKey } = keyFromSeed(Buffer.alloc(32, 99));
    const impostor = verifierKeyOf(sha256, options.keys[0]!.name, publicKey);
    const { steps, verdict } = await verifyReceipt(receipt, { ...options, keys: [impostor] });
    expect(verdict).toBe('incomplete');
    expect(steps.at(-1)).toMatchObject({ name: 'signature', outcome: 'unchecked' });
  });

  it('answers for any JSON value, and proves none but the true one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        await expect(verifyReceipt(value, options)).rejects.toEqual(malformed);
        expect(() => parseReceipt(value)).toThrow(malformed);
      }),
    );
  });
});

describe('ids and amounts', () => {
  it('a newline cannot move from one part of a scope to the next', () => {
    const scope = { environmentId: 'e', customerId: 'c', idempotencyKey: 'k' };
    expect(() => recordIdsOf(sha256, { ...scope, environmentId: 'e\n' })).toThrow(malformed);
    expect(() => recordIdsOf(sha256, { ...scope, customerId: 'c\nk' })).toThrow(malformed);
  });

  it('every number of units has one text', () => {
    const unit = 10n ** 12n;
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (units) => {
        const size = units < 0n ? -units : units;
        const fraction = String(size % unit)
          .padStart(12, '0')
          .replace(/0+$/, '');
        const text = `${units < 0n ? '-' : ''}${size / unit}${fraction === '' ? '' : `.${fraction}`}`;
        expect(isAmount(text)).toBe(true);
        expect(amountUnits(text)).toBe(units);
        for (const other of [`${text}0`, `0${text}`, `+${text}`, ` ${text}`]) {
          if (other !== `${text}0` || text.includes('.')) expect(isAmount(other)).toBe(false);
        }
      }),
    );
    expect(() => amountUnits('1e3')).toThrow(malformed);
  });
});
