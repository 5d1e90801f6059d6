import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scrubJsonLine, scrubText } from './scrub.js';

describe('scrubText', () => {
  it.each([
    ['connect postgres://app:hunter2@db:5432/x failed', 'connect postgres://***@db:5432/x failed'],
    ['redis://:p@ss@h:6379', 'redis://***@h:6379'],
    ['key pk_live_ab12.s3cr3t-s3cr3t rejected', 'key pk_live_ab12.*** rejected'],
    ['Authorization: Bearer eyJh.eyJz.c2ln', 'Authorization: Bearer ***'],
    ['basic dXNlcjpwYXNz', 'basic ***'],
    ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 'whsec_***'],
    ['PRIVATE+KEY+log.example+1a2b3c4d+AAAA', 'PRIVATE+KEY+***'],
    ['-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----***'],
    ['https://h/p?a=1&token=abc&b=2', 'https://h/p?a=1&token=***&b=2'],
  ])('%j', (given, expected) => {
    expect(scrubText(given)).toBe(expected);
  });

  it.each([
    'https://docs.example/a@b',
    'mail@example.com',
    'pk_live_ab12',
    'GET /derive/c-1?period=2026-11',
    '',
  ])('leaves %j as it is', (given) => {
    expect(scrubText(given)).toBe(given);
  });

  it('takes linear time on hostile text', () => {
    for (const unit of ['a', '://', 'pk_live_', 'Bearer ', '-----BEGIN PRIVATE KEY-----', '?token']) {
      const text = `${unit.repeat(200_000 / unit.length)}@`;
      const startedAt = performance.now();
      scrubText(text);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
  });
});

describe('scrubJsonLine', () => {
  const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

  it('masks by name at any depth and of any type', () => {
    const given = line({
      msg: 'in',
      req: { headers: { authorization: 'x', 'x-api-key': 'y', 'set-cookie': ['a=b', 'c=d'], accept: '*/*' } },
      list: [{ clientSecret: { nested: 'z' } }, { passphrase: 42 }],
      generated_tokens: 12,
      apiKeyId: 'shown',
    });
    expect(JSON.parse(scrubJsonLine(given))).toEqual({
      msg: 'in',
      req: { headers: { authorization: '***', 'x-api-key': '***', 'set-cookie': '***', accept: '*/*' } },
      list: [{ clientSecret: '***' }, { passphrase: '***' }],
      generated_tokens: 12,
      apiKeyId: 'shown',
    });
  });

  it('keeps the digits of a number that a double cannot hold', () => {
    expect(scrubJsonLine('{"password":"p","sum":123456789012345678901}\n')).toBe(
      '{"password":"***","sum":123456789012345678901}\n',
    );
  });

  const pieces = [
    '"',
    '\\',
    '\n',
    '\0',
    '\ud800',
    '😀',
    '://',
    '@',
    '/',
    '?token=',
    'Bearer ',
    'token',
    ':',
    ' ',
    'a',
  ];
  const hostile = fc.string({ unit: fc.constantFrom(...pieces), maxLength: 30 });

  it('ends in one newline and stays JSON, whatever the text', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const secret = `S3CR3T-${b.replace(/[^a-z0-9]/gi, '')}`;
        const scrubbed = scrubJsonLine(
          line({ a, url: `nats://u:${secret}@h`, deep: { token: secret }, [`k${a}`]: b }),
        );
        expect(scrubbed.endsWith('\n')).toBe(true);
        expect(scrubbed.indexOf('\n')).toBe(scrubbed.length - 1);
        expect(scrubbed).not.toContain(secret);
        JSON.parse(scrubbed);
      }),
    );
  });
});
