import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from './commands/index.js';
import { TextSink } from './import/run-cli.test-helper.js';
import { run } from './run.js';

async function call(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const code = await run(args, {
    env: {},
    cwd: '/',
    stdout,
    stderr,
    interrupted: new AbortController().signal,
  });
  return { code, out: stdout.text, err: stderr.text };
}

describe('run', () => {
  it('lists every command with its summary', async () => {
    const { code, out } = await call('--help');
    expect(code).toBe(0);
    for (const [name, load] of Object.entries(COMMANDS))
      expect(out).toMatch(new RegExp(`${name} +${(await load()).summary.slice(0, 20)}`));
  });

  it("prints a command's help wherever it is asked for", async () => {
    const { code, out } = await call('import', 'x.csv', '--help');
    expect(code).toBe(0);
    expect(out).toContain('What is the same row');
    expect((await call('help', 'import')).out).toBe(out);
    expect(out.split('\n').filter((line) => line.length > 115)).toEqual([]);
  });

  it('prints its version', async () => {
    expect((await call('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('leaves 2 without a command, and for one that is not there', async () => {
    expect(await call()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('which command?') });
    expect(await call('constructor')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no command "constructor"; there is: access, audit, compare, import'),
    });
  });
});
