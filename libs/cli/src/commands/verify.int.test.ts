import { afterAll, describe, expect, it } from '@jest/globals';
import { keyArgs, readVectors, VerifyFolder } from '../verify/run-verify.test-helper.js';

const folder = new VerifyFolder();
afterAll(() => folder.remove());

const receipts = readVectors('receipts.json');
const statements = readVectors('statements.json');
const [proven] = receipts.cases;
const CODES: Readonly<Record<string, number>> = { proven: 0, refused: 1, malformed: 1, incomplete: 3 };

describe('pacspace verify', () => {
  it.each([...receipts.cases, ...statements.cases])('judges "$name" as the vectors do', async (vector) => {
    const value = vector.receipt ?? vector.statement;
    const file = folder.write('vector.json', JSON.stringify(value));
    const { code, out } = await folder.verify([file, ...keyArgs(vector.keys)]);
    const expected = CODES[vector.expected.verdict];
    expect({ code, out }).toEqual({ code: expected, out: expect.any(String) });
    const word = expected === 1 ? 'REFUSED' : vector.expected.verdict.toUpperCase();
    expect(out).toContain(`vector.json: ${word}`);
  });

  it('never finds a receipt proven in which one bit is another', async () => {
    const text = Buffer.from(JSON.stringify(proven!.receipt));
    // What a witness adds to the note is not his statement's proof: another key's line may be anything.
    const witness = text.indexOf('— witness');
    const found: number[] = [];
    for (let at = 0; at < witness; at += 5) {
      const tampered = Buffer.from(text);
      tampered[at]! ^= 1;
      const { code } = await folder.verify([folder.write('bit.json', tampered), ...keyArgs(proven!.keys)]);
      if (code === 0) found.push(at);
    }
    expect(found).toEqual([]);
  });

  it('reads the text form, and what the API answers', async () => {
    folder.write('r.tlog-proof', receipts.asText!.text);
    folder.write('r.json', JSON.stringify({ success: true, data: { receipt: proven!.receipt } }));
    const { statement, keys } = statements.cases[0]!;
    folder.write('s.json', JSON.stringify({ success: true, data: { statement } }));
    expect(await folder.verify(['r.tlog-proof', 'r.json', 's.json', ...keyArgs(keys)])).toMatchObject({
      code: 0,
    });
    folder.write('t.tlog-proof', receipts.asText!.text.replace('index 5', 'index 4'));
    expect(await folder.verify(['t.tlog-proof', ...keyArgs(keys)])).toMatchObject({ code: 1 });
  });

  it('says in plain words what is proven and what is not', async () => {
    const file = folder.write('words.json', JSON.stringify(proven!.receipt));
    const { out } = await folder.verify([file, ...keyArgs(proven!.keys)]);
    expect(out).toContain('1000000000 for customer customer_001');
    expect(out).toContain('Not shown: that the customer has no other delta');
    const unsigned = await folder.verify([file]);
    expect(unsigned.code).toBe(3);
    expect(unsigned.out).toMatch(/\? signature/);
  });

  it('takes keys from files: one a line, or as a server answers them', async () => {
    const file = folder.write('keyed.json', JSON.stringify(proven!.receipt));
    folder.write('keys.txt', `# of the log\n\n${proven!.keys.join('\n')}\n`);
    folder.write('keys.json', JSON.stringify({ keys: proven!.keys.map((verifierKey) => ({ verifierKey })) }));
    expect(await folder.verify([file, '--key-file', 'keys.txt'])).toMatchObject({ code: 0 });
    expect(await folder.verify([file, '--key-file', 'keys.json'])).toMatchObject({ code: 0 });
    folder.write('none.txt', '# nothing\n');
    expect(await folder.verify([file, '--key-file', 'none.txt'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('holds no key'),
    });
  });

  it('answers for all files with the worst of them', async () => {
    const good = folder.write('good.json', JSON.stringify(proven!.receipt));
    const { content, version } = proven!.receipt as Record<string, unknown>;
    const accepted = folder.write('accepted.json', JSON.stringify({ version, content }));
    const bad = folder.write('bad.json', '{');
    const keys = keyArgs(proven!.keys);
    expect((await folder.verify([good, accepted, ...keys])).code).toBe(3);
    const { code, out } = await folder.verify([good, bad, accepted, '--json', ...keys]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject([
      { file: good, kind: 'receipt', verdict: 'proven' },
      { file: bad, kind: null, verdict: 'refused' },
      { file: accepted, verdict: 'incomplete' },
    ]);
  });

  it.each([
    ['no file', [], 'which file?'],
    ['a file that is not there', ['absent.json'], 'cannot read'],
    ['what is no key', ['absent.json', '--key', 'nonsense'], 'no key of a log'],
    ['--online without a server', ['absent.json', '--online'], '--online asks which server?'],
  ])('leaves 2 for %s', async (_, args, message) => {
    expect(await folder.verify(args)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });
});
