import { describe, expect, it } from '@jest/globals';
import { utf8 } from './utf8.js';
import { formatTlogProof, parseTlogProof, type TlogProof } from './tlog-proof.js';

const malformed = expect.objectContaining({ code: 'malformed' });
const HASH = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
const NOTE = `example.com/log\n9\n${HASH}\n\n— example.com/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n`;
const PROOF: TlogProof = {
  extra: utf8('opaque'),
  index: 8,
  hashes: [new Uint8Array(32).fill(1)],
  checkpoint: NOTE,
};
const TEXT = `c2sp.org/tlog-proof@v1\nextra b3BhcXVl\nindex 8\n${'AQEB'.repeat(10)}AQE=\n\n${NOTE}`;

describe('c2sp.org/tlog-proof', () => {
  it('is written and read', () => {
    expect(formatTlogProof(PROOF)).toBe(TEXT);
    expect(parseTlogProof(TEXT)).toEqual(PROOF);
  });

  it('may have no extra line and no hashes', () => {
    const least: TlogProof = { index: 0, hashes: [], checkpoint: NOTE };
    expect(formatTlogProof(least)).toBe(`c2sp.org/tlog-proof@v1\nindex 0\n\n${NOTE}`);
    expect(parseTlogProof(formatTlogProof(least))).toEqual(least);
  });

  it.each([
    ['another version', TEXT.replace('@v1', '@v2')],
    ['no index', TEXT.replace('index 8\n', '')],
    ['an index with a leading zero', TEXT.replace('index 8', 'index 08')],
    ['extra after the index', TEXT.replace('extra b3BhcXVl\nindex 8', 'index 8\nextra b3BhcXVl')],
    ['extra data that is no base64', TEXT.replace('b3BhcXVl', 'b3BhcXV')],
    ['a short hash', TEXT.replace('AQE=', '')],
    ['no checkpoint', TEXT.slice(0, TEXT.indexOf('\n\n'))],
    ['a checkpoint without signature', TEXT.slice(0, TEXT.indexOf('\n\u2014'))],
    ['carriage returns', TEXT.replaceAll('\n', '\r\n')],
    ['65 hashes', TEXT.replace('index 8\n', `index 8\n${`${HASH}\n`.repeat(64)}`)],
  ])('is malformed with %s', (_, text) => {
    expect(() => parseTlogProof(text)).toThrow(malformed);
  });
});
