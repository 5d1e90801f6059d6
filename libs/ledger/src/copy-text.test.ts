import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesArray, nameArray, plainArray, uuidArray } from './array-literal.js';
import { COPY_NULL, copyBytes, copyText } from './copy-text.js';

/** What COPY's text format makes of a field (PostgreSQL manual, "COPY", "Text Format"). */
function readField(field: string): string | null {
  if (field === '\\N') return null;
  return field.replace(/\\([^])/g, (_, letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? letter);
}

describe('copyText', () => {
  const text = fc.array(
    fc.oneof(fc.constantFrom('\\', '\n', '\r', '\t', '\\N', '\\.', 'n', ''), fc.string({ unit: 'binary' })),
  );

  it('is read back as it was, and never looks like the end of a field, of a row or of the data', () => {
    fc.assert(
      fc.property(text, (parts) => {
        const value = parts.join('').replaceAll('\0', '');
        const field = copyText(value);
        expect(field).not.toMatch(/[\t\n\r]/);
        expect(readField(field)).toBe(value);
      }),
    );
  });

  it.each([
    ['\\N', '\\\\N'],
    ['\\.', '\\\\.'],
    ['', ''],
    ['a\tb\nc\rd\\e', 'a\\tb\\nc\\rd\\\\e'],
    ['NULL', 'NULL'],
    ['"quoted"', '"quoted"'],
  ])('writes %j as %j', (value, field) => {
    expect(copyText(value)).toBe(field);
  });

  it('writes null and bytes as COPY reads them', () => {
    expect(readField(COPY_NULL)).toBeNull();
    expect(readField(copyBytes('00ff'))).toBe('\\x00ff');
  });
});

describe('array literals', () => {
  it('join what needs no quotes, quote what may be a word, and mark what is bytes', () => {
    expect(plainArray([])).toBe('{}');
    expect(plainArray([1, '-2.5', 3])).toBe('{1,-2.5,3}');
    expect(nameArray([])).toBe('{}');
    expect(nameArray(['NULL', 'a:b', 'a"b\\c'])).toBe('{"NULL","a:b","a\\"b\\\\c"}');
    expect(bytesArray([])).toBe('{}');
    expect(bytesArray(['00ff', ''])).toBe('{"\\\\x00ff","\\\\x"}');
  });

  it('of UUIDs are binary, and hold nothing that is none', () => {
    const [first, second] = ['00112233445566778899aabbccddeeff', 'f'.repeat(32)];
    const header = '00000001' + '00000000' + '00000b86' + '00000002' + '00000001';
    expect(uuidArray([first, second]).toString('hex')).toBe(`${header}00000010${first}00000010${second}`);
    for (const wrong of ['', 'abc', `${first.slice(0, -1)}g`])
      expect(() => uuidArray([first, wrong])).toThrow('no UUID');
  });
});
