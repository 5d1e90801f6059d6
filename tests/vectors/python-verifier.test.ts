import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readVectors, VECTOR_FILES, VECTORS_DIR } from './vector-files.js';

/** The second implementation, in another language and without our code: what both take and refuse is in the specification. */
const SCRIPT = join(VECTORS_DIR, 'verify.py');

let python: string;
let folder: string;

beforeAll(() => {
  // Fails, and does not skip, where python3 is missing; without openssl verify.py itself ends with 2.
  python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  folder = mkdtempSync(join(tmpdir(), 'vectors-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: string[], env = process.env): { code: number | null; output: string } => {
  const { status, stderr, stdout } = spawnSync(python, [SCRIPT, ...args], { env, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
};

interface Cases {
  readonly cases: readonly { name: string; receipt: Record<string, unknown>; keys: string[] }[];
  readonly asText: { readonly text: string };
}

const receipts = readVectors('receipts.json') as Cases;
const statements = readVectors('statements.json') as { cases: { statement: unknown; keys: string[] }[] };
const KEY = receipts.cases[0]!.keys[0]!;

const verify = (
  kind: 'receipt' | 'statement',
  file: string,
  keys = [KEY],
): { code: number | null; output: string } => {
  const path = join(folder, 'file');
  writeFileSync(path, file);
  return run([kind, path, ...keys.flatMap((key) => ['--key', key])]);
};
const receiptCase = (name: string): string =>
  JSON.stringify(receipts.cases.find((each) => each.name === name)!.receipt);

describe('verify.py vectors', () => {
  it('passes every vector of every file', () => {
    const { code, output } = run(['vectors', VECTORS_DIR]);
    const lines = output.trimEnd().split('\n');
    expect(lines.filter((line) => !/^\S+\.json: [1-9]\d* passed, 0 failed$/.test(line))).toEqual([]);
    expect(lines.map((line) => line.split(':')[0]).sort()).toEqual(Object.keys(VECTOR_FILES).sort());
    expect(code).toBe(0);
  });

  it('notices in every file when it says something else', () => {
    const changes: Record<keyof typeof VECTOR_FILES, [from: string, to: string]> = {
      'canonical.json': ['1e+30', '1e30'],
      'trees.json': ['"root": "e', '"root": "f'],
      'inclusion.json': ['"index": 6', '"index": 5'],
      'consistency.json': ['"fromSize": 6', '"fromSize": 5'],
      'notes.json': ['"bad-signature"', '"no-known-key"'],
      'checkpoints.json': ['"size": 13', '"size": 14'],
      'tiles.json': ['"width": 17', '"width": 18'],
      'tlog-proofs.json': ['"index": 3', '"index": 4'],
      'records.json': ['"rcp_', '"rcq_'],
      'receipts.json': ['"verdict": "malformed"', '"verdict": "proven"'],
      'statements.json': ['"verdict": "proven"', '"verdict": "refused"'],
    };
    const copy = join(folder, 'copy');
    cpSync(VECTORS_DIR, copy, { recursive: true });
    for (const [file, [from, to]] of Object.entries(changes)) {
      const text = readFileSync(join(copy, file), 'utf8');
      expect(text).toContain(from);
      writeFileSync(join(copy, file), text.replace(from, to));
    }
    const { code, output } = run(['vectors', copy]);
    for (const file of Object.keys(VECTOR_FILES)) {
      expect(output).toMatch(new RegExp(`^${file}: \\d+ passed, [1-9]`, 'm'));
    }
    expect(code).toBe(1);
  });

  it('does not pass where a file is missing', () => {
    expect(run(['vectors', folder]).code).toBe(2);
  });
});

describe('verify.py receipt and statement', () => {
  it('tells proven, refused, incomplete and malformed apart by the exit code', () => {
    expect(verify('receipt', receiptCase('the first delta'))).toMatchObject({
      code: 0,
      output: expect.stringMatching(/holds {2}signature: .*\nproven\n$/),
    });
    expect(verify('receipt', receiptCase('another amount'))).toMatchObject({
      code: 1,
      output: expect.stringMatching(/refused {2}entry: [\s\S]*\nrefused\n$/),
    });
    expect(verify('receipt', receiptCase('sealed')).code).toBe(3);
    expect(verify('receipt', receiptCase('the first delta'), []).code).toBe(3);
    expect(verify('receipt', receiptCase('another version'))).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^malformed: /),
    });
    expect(verify('receipt', '{').code).toBe(1);
    expect(verify('receipt', receiptCase('the first delta'), ['no key']).code).toBe(1);
  });

  it('reads a .tlog-proof, and not one with other line ends', () => {
    expect(verify('receipt', receipts.asText.text).code).toBe(0);
    expect(verify('receipt', receipts.asText.text.replaceAll('\n', '\r\n')).code).toBe(1);
  });

  it('verifies a statement', () => {
    expect(verify('statement', JSON.stringify(statements.cases[0]!.statement)).code).toBe(0);
  });

  it('says nothing of a signature when openssl is missing', () => {
    const path = join(folder, 'receipt.json');
    writeFileSync(path, receiptCase('the first delta'));
    const { code, output } = run(['receipt', path, '--key', KEY], { PATH: '/nonexistent' });
    expect(output).toContain('openssl cannot be run');
    expect(code).toBe(2);
  });
});
