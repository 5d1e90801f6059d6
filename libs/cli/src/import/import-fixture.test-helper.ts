import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../run.js';
import { BatchServer } from './batch-server.test-helper.js';
import { type CliOptions, type CliResult, type CliRun, TextSink, startCli } from './run-cli.test-helper.js';

/** The options for a file made by `usage`. */
export const COLUMNS = [
  ...['--customer', 'acme'],
  ...['--amount-column', 'In', '--amount-column', 'Out'],
  ...['--time-column', 'At'],
];

/** The shape of a published trace of language model requests: no zone, seven decimals, CRLF, no line end at the end. */
export function usage(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const at = new Date(Date.UTC(2023, 10, 16, 18, 15) + i * 137).toISOString();
    return `${at.slice(0, 10)} ${at.slice(11, 23)}5900,${1 + (i % 4000)},${1 + (i % 500)}`;
  });
  return ['At,In,Out', ...lines].join('\r\n');
}

/** A folder with usage files, a server to import them to, and the command line between the two. */
export class ImportFixture {
  private readonly runs: CliRun[] = [];

  private constructor(
    readonly folder: string,
    public server: BatchServer,
  ) {}

  static async open(): Promise<ImportFixture> {
    return new ImportFixture(await mkdtemp(join(tmpdir(), 'pacspace-cli-')), await BatchServer.start());
  }

  async close(): Promise<void> {
    for (const one of this.runs) one.process.kill('SIGKILL');
    await Promise.all(this.runs.map((one) => one.done));
    await this.server.stop();
    await rm(this.folder, { recursive: true });
  }

  async file(name: string, content: string | Buffer): Promise<void> {
    await writeFile(join(this.folder, name), content);
  }

  async text(name: string): Promise<string> {
    return readFile(join(this.folder, name), 'utf8');
  }

  async exists(name: string): Promise<boolean> {
    return access(join(this.folder, name)).then(
      () => true,
      () => false,
    );
  }

  get env(): Readonly<Record<string, string>> {
    return { PACSPACE_API_BASE_URL: this.server.baseUrl, PACSPACE_API_KEY: this.server.apiKey };
  }

  /** A process of its own, ended with the fixture if it has not ended by then. */
  begin(args: readonly string[], options: Partial<CliOptions> = {}): CliRun {
    const begun = startCli(['import', ...args], { cwd: this.folder, env: this.env, ...options });
    this.runs.push(begun);
    return begun;
  }

  async run(args: readonly string[], options: Partial<CliOptions> = {}): Promise<CliResult> {
    return this.begin(args, options).done;
  }

  /** In this process: for what ends before it has begun, a process each is not worth its second. */
  async runHere(args: readonly string[], env = this.env): Promise<CliResult> {
    const [stdout, stderr] = [new TextSink(), new TextSink()];
    const { signal: interrupted } = new AbortController();
    const code = await run(['import', ...args], { env, cwd: this.folder, stdout, stderr, interrupted });
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  /** The summary for programs. */
  async report(args: readonly string[], options: Partial<CliOptions> = {}): Promise<Record<string, unknown>> {
    const { stdout, stderr } = await this.run([...args, '--json'], options);
    if (stdout === '') throw new Error(`no report: ${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }
}
