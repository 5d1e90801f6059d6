import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emailField, lineField, passwordField, textField } from './fields.js';

const control = fc.constantFrom(
  '\r',
  '\n',
  '\r\n',
  '\u0000',
  '\u001b',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ud800',
);

describe('lineField', () => {
  it('takes letters of any script, trimmed', () => {
    for (const text of ['Jane Doe', 'Zoë Łukasz', '株式会社', 'O’Brien & Söhne (GmbH)', 'مريم']) {
      expect(lineField(200).parse(`  ${text} `)).toBe(text);
    }
  });

  it('takes nothing that has a control character or a line break within', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), control, fc.string({ unit: 'grapheme' }), (a, bad, b) => {
        expect(lineField(1_000).safeParse(`x${a}${bad}${b}x`).success).toBe(false);
      }),
    );
  });
});

describe('textField', () => {
  it('takes several lines, and no other control characters', () => {
    expect(textField(100).parse('a\r\n\tb')).toBe('a\r\n\tb');
    for (const text of ['a\u0000b', 'a\u001b[31mb', 'a\ud800b', '  '])
      expect(textField(100).safeParse(text).success).toBe(false);
  });
});

describe('emailField', () => {
  it('is one account for one mailbox, however it is typed', () => {
    expect(emailField().parse(' You@Example.COM ')).toBe('you@example.com');
  });

  it('takes nothing that could be read as another header or another mailbox', () => {
    const part = fc.string({ unit: fc.constantFrom(...'ab@.,;:<>"()[]\\ \r\n\t\u0000é'.split('')) });
    fc.assert(
      fc.property(part, part, (local, rest) => {
        const parsed = emailField().safeParse(`${local}@${rest}`);
        if (parsed.success) expect(parsed.data).toMatch(/^[a-z0-9_'+.-]+@[a-z0-9.-]+$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('passwordField', () => {
  it('wants length, and takes every character', () => {
    expect(passwordField().safeParse('123456789').success).toBe(false);
    expect(passwordField().safeParse('x'.repeat(257)).success).toBe(false);
    for (const password of ['1234567890', '          ', 'пароль пароль', '🔑'.repeat(10)])
      expect(passwordField().parse(password)).toBe(password);
  });
});
