import { describe, expect, it } from '@jest/globals';
import { ApiError } from '@pacspace/wire';
import fc from 'fast-check';
import { type Line, LineCutter, MAX_LINE_BYTES } from './read-lines.js';

function cut(blocks: readonly Buffer[]): Line[] {
  const cutter = new LineCutter();
  return [...blocks.flatMap((block) => cutter.cut(block)), ...cutter.end()];
}

/** Errors as their messages, so that lines can be compared. */
const shown = (lines: readonly Line[]): string[] =>
  lines.map((line) => (line instanceof ApiError ? `! ${line.message}` : line));

const BAD = '! the line is not well-formed UTF-8';
const LONG = '! the line is longer than 65,536 bytes';

describe('LineCutter', () => {
  it('cuts at line feeds, leaves blank lines out, and needs none at the end', () => {
    expect(cut([Buffer.from('a\n\n  \t\r\nb\r\nc')])).toEqual(['a', 'b\r', 'c']);
    expect(cut([Buffer.from('a\n')])).toEqual(['a']);
    expect(cut([])).toEqual([]);
    expect(cut([Buffer.from('\n\n')])).toEqual([]);
  });

  it('drops a byte order mark at the start, and only there', () => {
    expect(cut([Buffer.from('\uFEFFa\n\uFEFFb')])).toEqual(['a', '\uFEFFb']);
    expect(cut([Buffer.from([0xef]), Buffer.from([0xbb, 0xbf]), Buffer.from('a')])).toEqual(['a']);
  });

  it('tells a line that is not UTF-8 in its place, and keeps those around it', () => {
    const body = Buffer.concat([
      Buffer.from('a\nb'),
      Buffer.from([0xff]),
      Buffer.from('\nü\n'),
      Buffer.from([0xc3]),
    ]);
    expect(shown(cut([body]))).toEqual(['a', BAD, 'ü', BAD]);
  });

  it('tells a line that is too long once, keeps nothing of it, and goes on after it', () => {
    const long = Buffer.alloc(MAX_LINE_BYTES / 2, 'x');
    const cutter = new LineCutter();
    const lines = [Buffer.from('a\n'), long, long, long, long].flatMap((block) => cutter.cut(block));
    expect(shown(lines)).toEqual(['a', LONG]);
    expect(shown([...cutter.cut(Buffer.from('rest\nb\n')), ...cutter.end()])).toEqual(['b']);
    expect(shown(cut([Buffer.concat([Buffer.from('a\n'), long, long, Buffer.from('x\nb\n')])]))).toEqual([
      'a',
      LONG,
      'b',
    ]);
    expect(shown(cut([Buffer.concat([long, long, long])]))).toEqual([LONG]);
    expect(shown(cut([Buffer.concat([long, long])]))).toEqual(['x'.repeat(MAX_LINE_BYTES)]);
  });

  it('cuts the same lines wherever the blocks end', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => Buffer.from(text.replaceAll('\n', ''))),
      fc.constantFrom(
        Buffer.from([0xff]),
        Buffer.from([0xc3]),
        Buffer.from(''),
        Buffer.from(' '),
        Buffer.from('é🙂'),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(120), { maxLength: 8 }),
        (lines, places) => {
          const body = Buffer.concat(lines.flatMap((one) => [one, Buffer.from('\n')]));
          const cuts = [...new Set([0, ...places.map((place) => Math.min(place, body.length)), body.length])];
          cuts.sort((a, b) => a - b);
          const blocks = cuts.slice(1).map((end, i) => body.subarray(cuts[i], end));
          expect(shown(cut(blocks))).toEqual(shown(cut([body])));
        },
      ),
    );
  });
});
