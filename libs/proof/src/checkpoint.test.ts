import { describe, expect, it } from '@jest/globals';
import { toBase64 } from './bytes.js';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';

const malformed = expect.objectContaining({ code: 'malformed' });
const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
// The example of c2sp.org/tlog-checkpoint.
const EXAMPLE = `example.com/behind-the-sofa\n20852163\n${ROOT}\n`;

describe('checkpoints', () => {
  it('are read and written', () => {
    const checkpoint = parseCheckpoint(EXAMPLE);
    expect(checkpoint).toMatchObject({
      origin: 'example.com/behind-the-sofa',
      size: 20_852_163,
      extensions: [],
    });
    expect(toBase64(checkpoint.root)).toBe(ROOT);
    expect(formatCheckpoint(checkpoint)).toBe(EXAMPLE);
  });

  it('keep extension lines', () => {
    const text = `${EXAMPLE}one\ntwo words\n`;
    expect(parseCheckpoint(text).extensions).toEqual(['one', 'two words']);
    expect(formatCheckpoint(parseCheckpoint(text))).toBe(text);
  });

  it('may be of the empty tree', () => {
    expect(parseCheckpoint(`o\n0\n${ROOT}\n`).size).toBe(0);
  });

  it.each([
    ['no last newline', EXAMPLE.slice(0, -1)],
    ['two lines', `o\n${ROOT}\n`],
    ['an empty origin', `\n1\n${ROOT}\n`],
    ['an empty extension', `${EXAMPLE}\n`],
    ['a leading zero', `o\n01\n${ROOT}\n`],
    ['a sign', `o\n+1\n${ROOT}\n`],
    ['an exponent', `o\n1e3\n${ROOT}\n`],
    ['a size that no double holds', `o\n9007199254740993\n${ROOT}\n`],
    ['a short root', `o\n1\nCsUYapGGPo4dkMg=\n`],
    ['a root in hex', `o\n1\n${'ab'.repeat(32)}\n`],
  ])('are malformed with %s', (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow(malformed);
  });

  it('are not written when they could not be read', () => {
    const checkpoint = parseCheckpoint(EXAMPLE);
    expect(() => formatCheckpoint({ ...checkpoint, origin: '' })).toThrow(malformed);
    expect(() => formatCheckpoint({ ...checkpoint, origin: 'a\nb' })).toThrow(malformed);
    expect(() => formatCheckpoint({ ...checkpoint, size: -1 })).toThrow(malformed);
    expect(() => formatCheckpoint({ ...checkpoint, size: 1e21 })).toThrow(malformed);
    expect(() => formatCheckpoint({ ...checkpoint, extensions: [''] })).toThrow(malformed);
  });
});
