import { resolve } from 'node:path';
import { csvReader, readNdjson } from '@pacspace/tabular';
import type { Command, CommandContext } from '../command.js';
import { resolveConnection } from '../connection.js';
import { CliError, type ExitCode } from '../errors.js';
import { type ReportFrame, exitCodeOf, formatReport, toJsonReport } from '../import/format-report.js';
import { IMPORT_HELP } from '../import/help.js';
import {
  IMPORT_OPTIONS,
  type ImportSettings,
  type ImportValues,
  hasColumns,
  readPlan,
  readSettings,
} from '../import/import-options.js';
import { type TextSource, openText } from '../import/open-text.js';
import { Progress } from '../import/progress.js';
import { formatProposal, proposeOptions } from '../import/propose.js';
import { RejectsFile } from '../import/rejects-file.js';
import { ImportReport } from '../import/report.js';
import { runImport } from '../import/run-import.js';
import { sampleFile } from '../import/sample-file.js';
import { asOption, parseOptions } from '../options.js';

export const importCommand: Command = {
  summary: 'turn a CSV or NDJSON usage file of any size into deltas, each recorded once',
  help: IMPORT_HELP,
  run: importFile,
};

async function importFile(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = parseOptions(IMPORT_OPTIONS, args);
  const [file, ...others] = positionals;
  if (file === undefined)
    throw new CliError('USAGE', 'which file? npx pacspace import FILE … (see npx pacspace import --help)');
  if (others.length > 0) throw new CliError('USAGE', `one file at a time; also given: ${others.join(' ')}`);
  const settings = readSettings(file, values);
  const path = file === '-' ? file : resolve(context.cwd, file);
  if (!hasColumns(values)) throw await askForColumns({ file, path, args }, values, settings);

  const plan = readPlan(values);
  const connection = settings.isDryRun ? undefined : resolveConnection(values, context);
  const source = await openText(path, settings.encoding, context.interrupted);
  const rejects = RejectsFile.prepare(resolve(context.cwd, settings.rejectsPath));
  const report = new ImportReport(settings.isDryRun, plan.amountColumns);
  const progress = values.quiet === true ? undefined : showProgress(context, report, source);
  try {
    await runImport(
      {
        plan,
        reader: settings.format === 'csv' ? csvReader({ ...settings, spell: asOption }) : readNdjson,
        chunks: source.chunks,
        rejects,
        ...(connection !== undefined && { connection }),
        limit: settings.limit,
        batchSize: settings.batchSize,
        concurrency: settings.concurrency,
        retryForMs: settings.retryForMs,
        interrupted: context.interrupted,
        onRetry: (reason, pauseMs) => progress?.trouble(reason, pauseMs),
      },
      report,
    );
  } finally {
    progress?.stop();
    rejects.close();
  }
  const frame: ReportFrame = {
    file,
    rejectsFile: rejects.written === undefined ? undefined : settings.rejectsPath,
    timeZone: values['time-zone'] ?? 'utc',
    hasTime: plan.time !== undefined,
  };
  print(report, frame, { context, values });
  return exitCodeOf(report);
}

function showProgress(context: CommandContext, report: ImportReport, source: TextSource): Progress {
  return new Progress(context.stderr, () => ({
    readBytes: source.readBytes(),
    sizeBytes: source.sizeBytes,
    rows: report.rows,
    isDryRun: report.isDryRun,
    recorded: report.tally.total('fresh'),
    known: report.tally.total('known'),
    rejects: report.rejects,
  }));
}

function print(
  report: ImportReport,
  frame: ReportFrame,
  { context, values }: { readonly context: CommandContext; readonly values: ImportValues },
): void {
  if (values.json === true) context.stdout.write(`${toJsonReport(report, frame)}\n`);
  else if (values.quiet !== true) context.stdout.write(`${formatReport(report, frame)}\n`);
  // Whoever asked for no summary, or for one that people do not read, is still told why it ended early.
  if (report.end instanceof CliError && (values.json === true || values.quiet === true)) {
    context.stderr.write(`pacspace: ${report.end.message}\n`);
  }
}

interface Asked {
  /** As it was typed. */
  readonly file: string;
  readonly path: string;
  readonly args: readonly string[];
}

/** A wrong guess about which column is money would be recorded for ever: the file is shown, and the question put. */
async function askForColumns(
  { file, path, args }: Asked,
  values: ImportValues,
  settings: ImportSettings,
): Promise<CliError> {
  if (file === '-') return new CliError('USAGE', 'say --customer or --customer-column, and --amount-column');
  const sample = await sampleFile(path, settings);
  return new CliError('USAGE', formatProposal(sample, args, proposeOptions(sample, values)));
}
