import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { WebhookVerificationError } from '../errors.js';
import { Webhooks } from './webhooks.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const NOW = 1_790_000_000;
const BODY = '{"id":"evt_1","type":"delta.verified","data":{"reason":"ü"}}';

const own = (body: string, secret = SECRET, seconds = NOW): Record<string, string> => ({
  'x-pacspace-signature': `v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`,
  'x-pacspace-timestamp': String(seconds),
});

const standard = (body: string, secret = SECRET, seconds = NOW): Record<string, string> => ({
  'webhook-id': 'evt_1',
  'webhook-timestamp': String(seconds),
  'webhook-signature': new Webhook(secret).sign('evt_1', new Date(seconds * 1000), body),
});

const options = { secret: SECRET, now: () => NOW * 1000 };
const verify = (headers: Parameters<typeof Webhooks.verify>[1], body: string | Uint8Array = BODY): unknown =>
  Webhooks.verify(body, headers, options);

describe('Webhooks.verify', () => {
  it('takes either family, and both together, over any text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const body = JSON.stringify(value);
        for (const headers of [own(body), standard(body), { ...own(body), ...standard(body) }]) {
          expect(verify(headers, body)).toEqual(JSON.parse(body));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('takes text and bytes; headers of any case, as lists, or as Headers', () => {
    const headers = own(BODY);
    const event = JSON.parse(BODY) as object;
    expect(verify(headers, new TextEncoder().encode(BODY))).toEqual(event);
    expect(verify(new Headers(headers))).toEqual(event);
    const shouted = Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]] as const);
    expect(verify(Object.fromEntries(shouted))).toEqual(event);
  });

  it('finds the right signature among those of a rotation', () => {
    const [{ 'x-pacspace-signature': first }, { 'x-pacspace-signature': second }] = [
      own(BODY, OTHER),
      own(BODY),
    ];
    expect(verify({ ...own(BODY), 'x-pacspace-signature': `${first},${second}` })).toBeDefined();
    const [a, b] = [standard(BODY, OTHER), standard(BODY)];
    const both = `${a['webhook-signature']} ${b['webhook-signature']}`;
    expect(verify({ ...b, 'webhook-signature': both })).toBeDefined();
    expect(Webhooks.verify(BODY, own(BODY), { ...options, secret: [OTHER, SECRET] })).toBeDefined();
  });

  it('refuses a body that was changed by as little as one bit', () => {
    const bytes = new TextEncoder().encode(BODY);
    for (const headers of [own(BODY), standard(BODY)]) {
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
          const changed = Uint8Array.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ (1 << bit);
          expect(() => verify(headers, changed)).toThrow(WebhookVerificationError);
        }),
        { numRuns: 40 },
      );
    }
  });

  it('refuses one family that does not hold, whatever the other says', () => {
    expect(() => verify({ ...own(BODY), ...standard(BODY, OTHER) })).toThrow('no signature is that');
    expect(() => verify({ ...own(BODY, OTHER), ...standard(BODY) })).toThrow('no signature is that');
  });

  it.each([
    [{}, 'bears no signature'],
    [{ 'x-pacspace-signature': own(BODY)['x-pacspace-signature'] }, 'x-pacspace-timestamp must be'],
    [{ ...own(BODY), 'x-pacspace-timestamp': 'now' }, 'x-pacspace-timestamp must be'],
    [{ ...own(BODY), 'x-pacspace-timestamp': String(NOW + 1) }, 'no signature is that'],
    [{ ...own(BODY), 'x-pacspace-signature': 'v1=' }, 'no signature is that'],
    [{ ...own(BODY), 'x-pacspace-signature': `v2=${'0'.repeat(64)}` }, 'no signature is that'],
    [{ ...standard(BODY), 'webhook-id': undefined }, 'no webhook-id'],
    [{ ...standard(BODY), 'webhook-id': 'evt_2' }, 'no signature is that'],
    [{ ...standard(BODY), 'webhook-signature': 'v1,*' }, 'no signature is that'],
  ])('refuses %j', (headers, words) => expect(() => verify(headers)).toThrow(words));

  it('takes five minutes either way, and no more; another tolerance when told', () => {
    for (const seconds of [NOW - 300, NOW + 300]) expect(verify(own(BODY, SECRET, seconds))).toBeDefined();
    for (const seconds of [NOW - 301, NOW + 301]) {
      expect(() => verify(own(BODY, SECRET, seconds))).toThrow('too far from now');
      expect(() => verify(standard(BODY, SECRET, seconds))).toThrow('too far from now');
    }
    const wide = { ...options, toleranceSeconds: 3_600 };
    expect(Webhooks.verify(BODY, own(BODY, SECRET, NOW - 3_600), wide)).toBeDefined();
  });

  it('refuses what is signed and no JSON', () => {
    expect(() => verify(own('{'), '{')).toThrow('not JSON');
  });
});

describe('the secret', () => {
  afterEach(() => {
    delete process.env['PACSPACE_WEBHOOK_SECRET'];
  });

  it('is that of the environment unless one is passed', () => {
    process.env['PACSPACE_WEBHOOK_SECRET'] = `${OTHER},${SECRET}`;
    expect(Webhooks.verify(BODY, own(BODY), { now: options.now })).toBeDefined();
  });

  it.each([undefined, '', 'abc', ['']])('must be one: not %j', (secret) => {
    const asked = secret === undefined ? {} : { secret };
    expect(() => Webhooks.verify(BODY, own(BODY), asked)).toThrow(/there is no secret|begins with whsec_/);
  });
});
