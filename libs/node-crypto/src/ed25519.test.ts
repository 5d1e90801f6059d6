import { expect, it } from '@jest/globals';
import { verifySignature } from './ed25519.js';

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

/** RFC 8032 §7.1, tests 1 to 3: public key, message, signature. */
const VECTORS = [
  [
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

it.each(VECTORS)('takes the signatures of RFC 8032, and no others (%#)', (key, message, signature) => {
  expect(verifySignature(bytes(key), bytes(message), bytes(signature))).toBe(true);
  expect(verifySignature(bytes(key), bytes(`${message}00`), bytes(signature))).toBe(false);
  const spoiled = bytes(signature);
  spoiled[0]! ^= 1;
  expect(verifySignature(bytes(key), bytes(message), spoiled)).toBe(false);
});

it.each([
  ['a key of another length', bytes('00'.repeat(31)), bytes('00'.repeat(64))],
  ['a key that is no point', bytes(`02${'00'.repeat(31)}`), bytes('00'.repeat(64))],
  ['a signature of another length', bytes(VECTORS[0][0]), bytes('00')],
])('takes nothing under %s, and does not stop', (_, key, signature) => {
  expect(verifySignature(key, bytes(''), signature)).toBe(false);
});
