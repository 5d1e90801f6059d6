import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { newSecret } from './secret-box.js';
import { signDelivery } from './sign-delivery.js';

const now = (): number => Math.floor(Date.now() / 1000);

/** By another implementation than the one that signs. */
async function hmacHex(key: string, text: string): Promise<string> {
  const encode = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', encode(key), algorithm, false, ['sign']);
  return Buffer.from(await crypto.subtle.sign('HMAC', imported, encode(text))).toString('hex');
}

const bodies = fc.jsonValue().map((value) => JSON.stringify(value));

describe('signDelivery', () => {
  it('signs what the standardwebhooks package verifies, with the current secret and during a rotation with both', () => {
    fc.assert(
      fc.property(bodies, fc.boolean(), (body, isRotating) => {
        const [current, previous] = [newSecret(), newSecret()];
        const secrets = isRotating ? { current, previous } : { current };
        const headers = signDelivery(secrets, { eventId: 'evt_1', timestampSeconds: now(), body });
        const verify = (secret: string): unknown => new Webhook(secret).verify(body, { ...headers });
        expect(verify(current)).toEqual(JSON.parse(body));
        if (isRotating) expect(verify(previous)).toEqual(JSON.parse(body));
        else expect(() => verify(previous)).toThrow('No matching signature found');
      }),
    );
  });

  it('signs timestamp and body under the secret’s text in the PacSpace header', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const current = newSecret();
        const headers = signDelivery(
          { current },
          { eventId: 'evt_1', timestampSeconds: 1_700_000_000, body },
        );
        expect(headers['x-pacspace-timestamp']).toBe('1700000000');
        expect(headers['x-pacspace-signature']).toBe(`v1=${await hmacHex(current, `1700000000.${body}`)}`);
      }),
      { numRuns: 30 },
    );
  });

  it('names the current signature first, the previous one after a comma', async () => {
    const secrets = { current: newSecret(), previous: newSecret() };
    const headers = signDelivery(secrets, { eventId: 'evt_1', timestampSeconds: 5, body: '{}' });
    const expected = await Promise.all(
      [secrets.current, secrets.previous].map(async (secret) => `v1=${await hmacHex(secret, '5.{}')}`),
    );
    expect(headers['x-pacspace-signature'].split(',')).toEqual(expected);
  });
});
