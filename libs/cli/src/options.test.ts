import { describe, expect, it } from '@jest/globals';
import { type OptionSpecs, formatOptions, parseOptions } from './options.js';

const SPECS = {
  name: { type: 'string', value: 'TEXT', help: 'a name' },
  tag: { type: 'string', multiple: true, value: 'TEXT', help: 'a tag' },
  quiet: { type: 'boolean', short: 'q', help: 'say nothing '.repeat(12).trim() },
} as const satisfies OptionSpecs;

describe('parseOptions', () => {
  it('takes options and positionals in any order, and a value after =', () => {
    const { values, positionals } = parseOptions(SPECS, [
      'a',
      '--tag',
      'x',
      '-q',
      'b',
      '--tag=-y',
      '--',
      '--name',
    ]);
    expect(values).toEqual({ tag: ['x', '-y'], quiet: true });
    expect(positionals).toEqual(['a', 'b', '--name']);
  });

  it.each([
    [['--nam', 'x'], /Unknown option '--nam'/],
    [['--name'], /argument missing/],
    [['--quiet=yes'], /does not take an argument/],
    [['--name', 'a', '--name', 'b'], /--name is given twice/],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(SPECS, args)).toThrow(message);
    expect(() => parseOptions(SPECS, args)).toThrow(expect.objectContaining({ code: 'USAGE', exitCode: 2 }));
  });
});

describe('formatOptions', () => {
  it('puts the texts in one column, wrapped', () => {
    const lines = formatOptions(SPECS).split('\n');
    expect(lines[0]).toBe('  --name TEXT             a name');
    expect(lines.every((line) => line.length <= 110)).toBe(true);
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^ {26}say/);
  });
});
