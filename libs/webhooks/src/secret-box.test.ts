import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newSecret, SecretBox } from './secret-box.js';

const KEY = 'a key that is long enough for a test no. 1';
const OTHER = 'a key that is long enough for a test no. 2';

describe('SecretBox', () => {
  it('opens what it sealed, for the endpoint that it was sealed for', () => {
    const box = new SecretBox(KEY);
    const secret = newSecret();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const sealed = box.seal(secret, 'whk_a');
    expect(sealed.includes(secret.slice(6))).toBe(false);
    expect(box.open(sealed, 'whk_a')).toBe(secret);
    expect(() => box.open(sealed, 'whk_b')).toThrow();
  });

  it('never seals the same twice', () => {
    const box = new SecretBox(KEY);
    expect(box.seal('whsec_x', 'whk_a').equals(box.seal('whsec_x', 'whk_a'))).toBe(false);
  });

  it('refuses whatever was changed, at any place', () => {
    const box = new SecretBox(KEY);
    const sealed = box.seal(newSecret(), 'whk_a');
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const changed = Buffer.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ bits;
        expect(() => box.open(changed, 'whk_a')).toThrow();
      }),
    );
    expect(() => box.open(sealed.subarray(0, 20), 'whk_a')).toThrow('not a sealed secret');
  });

  it('opens under an older key while the key is being changed, and seals under the first', () => {
    const old = new SecretBox(KEY).seal('whsec_x', 'whk_a');
    const changing = new SecretBox(`${OTHER}, ${KEY}`);
    expect(changing.open(old, 'whk_a')).toBe('whsec_x');
    const renewed = changing.seal('whsec_x', 'whk_a');
    expect(new SecretBox(OTHER).open(renewed, 'whk_a')).toBe('whsec_x');
    expect(() => new SecretBox(OTHER).open(old, 'whk_a')).toThrow('another WEBHOOK_KEY');
  });

  it('is not made without a key', () => {
    expect(() => new SecretBox(' , ')).toThrow('no key');
  });
});
