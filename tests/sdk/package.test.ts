import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

const script = join(import.meta.dirname, '../../libs/sdk/tools/check-package.mjs');

interface Report {
  readonly publint: readonly unknown[];
  readonly attw: readonly unknown[];
  readonly bytes: { readonly gzipped: number };
}

describe('the published package', () => {
  let report: Report;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    report = JSON.parse(stdout) as Report;
  });

  it('has nothing that publint would change', () => {
    expect(report.publint).toEqual([]);
  });

  it('has the right types for every way of importing it', () => {
    expect(report.attw).toEqual([]);
  });

  it('is not larger than its README says', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../libs/sdk/README.md'), 'utf8');
    const [, stated = ''] = /(\d+) kB minified and gzipped/.exec(readme) ?? [];
    expect(report.bytes.gzipped).toBeLessThanOrEqual(Number(stated) * 1_000);
  });
});
