import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject, JsonValue } from '@pacspace/domain';
import type { Command, CommandContext } from '../command.js';
import { CompareApi } from '../compare/api.js';
import { formatPage } from '../compare/format-page.js';
import { COMPARE_HELP } from '../compare/help.js';
import { COMPARE_OPTIONS, type CompareValues, rulesOf, uploadOf } from '../compare/options.js';
import { formatProblems } from '../compare/format-problems.js';
import { ProgressLine } from '../compare/progress-line.js';
import type { StatementReport } from '../compare/report.js';
import { resolveConnection } from '../connection.js';
import { CliError, EXIT, type ExitCode } from '../errors.js';
import { count } from '../import/progress.js';
import { parseOptions } from '../options.js';

export const compareCommand: Command = {
  summary: 'hold a party’s own records against the ledger, and show what differs',
  help: COMPARE_HELP,
  run: compareStatement,
};

const ASK_EVERY_MS = 250;

async function compareStatement(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = parseOptions(COMPARE_OPTIONS, args);
  const file = fileOf(values, positionals);
  const rules = rulesOf(values);
  const upload = file === undefined ? undefined : { file, ...uploadOf(file, values) };
  if (values.export !== undefined) formatOfExport(values.export);
  const { interrupted, stderr } = context;
  const api = new CompareApi(resolveConnection(values, context), interrupted);
  const progress = new ProgressLine(stderr, values.quiet === true);
  try {
    const statementId =
      upload === undefined
        ? (values.statement ?? '')
        : await handIn(api, { ...upload, cwd: context.cwd }, progress);
    await untilRead(api, statementId, progress);
    const begun = await api.compare({ statementId, rules }, randomUUID());
    const report = await untilMade(api, textOf(begun['reportId']), progress);
    progress.clear();
    if (values.export !== undefined)
      await exportFindings(api, report.reportId, resolve(context.cwd, values.export));
    if (values.json === true) context.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    else if (values.quiet !== true) context.stdout.write(`${formatPage(report)}\n`);
    return report.matches ? EXIT.ok : EXIT.rejects;
  } catch (error) {
    if (interrupted.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    progress.clear();
  }
}

/** @returns undefined when a statement is named that was handed in before. @throws CliError USAGE */
function fileOf(values: CompareValues, positionals: readonly string[]): string | undefined {
  const [file, ...others] = positionals;
  if (others.length > 0) throw new CliError('USAGE', `one file at a time; also given: ${others.join(' ')}`);
  if ((file === undefined) === (values.statement === undefined)) {
    throw new CliError(
      'USAGE',
      'which file? npx pacspace compare FILE … or --statement stm_… (see npx pacspace compare --help)',
    );
  }
  return file;
}

interface HandedIn {
  readonly file: string;
  readonly cwd: string;
  readonly mediaType: string;
  readonly query: URLSearchParams;
}

async function handIn(
  api: CompareApi,
  { file, cwd, mediaType, query }: HandedIn,
  progress: ProgressLine,
): Promise<string> {
  const statement = await api.upload({
    ...{ mediaType, query },
    file: file === '-' ? file : resolve(cwd, file),
    onSent: (sent, size) => {
      const share = size === undefined || size === 0 ? '' : ` (${Math.floor((sent / size) * 100)} %)`;
      progress.show(`sending ${file}: ${count(Math.round(sent / 1e6))} MB${share}`);
    },
  });
  return textOf(statement['statementId']);
}

/** @throws CliError INPUT with what is wrong with it. */
async function untilRead(api: CompareApi, statementId: string, progress: ProgressLine): Promise<void> {
  for (;;) {
    const statement = await api.statement(statementId);
    const { statementState, bytes, bytesRead, records } = statement;
    if (statementState === 'ready') return;
    if (statementState === 'refused') throw new CliError('INPUT', formatProblems(statement));
    const share = numberOf(bytes) === 0 ? 0 : Math.floor((numberOf(bytesRead) / numberOf(bytes)) * 100);
    progress.show(`reading it: ${share} %, ${count(numberOf(records))} records`);
    await sleep(ASK_EVERY_MS);
  }
}

/** @throws CliError REFUSED when there can be no report. */
async function untilMade(
  api: CompareApi,
  reportId: string,
  progress: ProgressLine,
): Promise<StatementReport> {
  for (;;) {
    const report = await api.report(reportId);
    if (report['reportState'] === 'done') return report as unknown as StatementReport;
    if (report['reportState'] === 'failed') {
      throw new CliError(
        'REFUSED',
        `there is no report: ${textOf((report['failure'] as JsonObject)['reason'])}`,
      );
    }
    const { yours, theirs, findings } = (report['progress'] ?? {}) as JsonObject;
    progress.show(
      `comparing: ${count(numberOf(yours))} deltas, ${count(numberOf(theirs))} records, ${count(numberOf(findings))} findings`,
    );
    await sleep(ASK_EVERY_MS);
  }
}

async function exportFindings(api: CompareApi, reportId: string, path: string): Promise<void> {
  const query = new URLSearchParams({ format: formatOfExport(path), class: 'differing' });
  try {
    await pipeline(await api.export(reportId, query), createWriteStream(path));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError('INPUT', `cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function formatOfExport(path: string): string {
  const format = /\.(csv|ndjson)$/i.exec(path)?.[1];
  if (format !== undefined) return format.toLowerCase();
  throw new CliError('USAGE', '--export writes a file whose name ends with .csv or .ndjson');
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const numberOf = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0);
