import { describe, expect, it } from '@jest/globals';
import { readCurl, readWords } from './read-curl.js';
import { readGuide } from './read-guide.js';

describe('reading a guide', () => {
  it('finds commands and programs where they begin and end, with and without fences', () => {
    const curl = `curl -X POST "$BASE/a" \\\n-H 'X-One: 1' \\\n-d '{\n"a": "it is"\n}' # so`;
    const program = `import { A } from 'a';\nif (A) {\n  // no: end\n\n  console.log(\`x\n\${A}\`);\n}`;
    const parts = ['A terminal with', 'curlinstalled (macOS) - and', curl, 'It answers at once.', program];
    for (const guide of [
      [...parts, 'The rest is prose: of course.', 'curl x.y'].join('\n'),
      [
        '# Title',
        '```sh',
        curl,
        '```',
        '',
        '```ts',
        program,
        '```',
        '* `a` and `b`',
        '```',
        'curl x.y',
        '```',
      ].join('\n'),
    ]) {
      expect(readGuide(guide).map(({ kind, text }) => ({ kind, text }))).toEqual([
        { kind: 'curl', text: curl },
        { kind: 'typescript', text: program },
        { kind: 'curl', text: 'curl x.y' },
      ]);
    }
  });

  it('says so when a command has no end', () => {
    expect(() => readGuide(`curl x -d '{`)).toThrow('no end of: curl x');
  });
});

describe('reading a command', () => {
  it('splits words as a shell does', () => {
    const text = `a 'b  c'"d $X \\"\\$X\\"" \\\n  e\\ f ''  # g 'h`;
    expect(readWords(text, { X: 'y' })).toEqual(['a', 'b  cd y "$X"', 'e f', '']);
    for (const open of [`a 'b`, `a "b\\"`, 'a \\', 'a \\\n']) expect(readWords(open, {})).toBeUndefined();
  });

  it('knows what is asked', () => {
    expect(readCurl(`curl "$B/x" -c jar -H 'A: b: c' --data '{"a": 1}'`, { B: 'http://h' })).toEqual({
      method: 'POST',
      url: new URL('http://h/x'),
      headers: { a: 'b: c' },
      body: '{"a": 1}',
      cookiesFrom: undefined,
      cookiesTo: 'jar',
    });
    expect(() => readCurl('curl http://h --proxy p', {})).toThrow('curl --proxy is not known here');
  });
});
