import { resolve } from 'node:path';
import type { Verdict } from '@pacspace/proof';
import type { AuditReport } from '@pacspace/audit';
import { formatFinding, formatReport, notChecked, verdictOf } from '../audit/format-report.js';
import { AUDIT_HELP, AUDIT_OPTIONS } from '../audit/help.js';
import { readKnownHead } from '../audit/read-heads.js';
import type { Command, CommandContext } from '../command.js';
import { CliError, EXIT, type ExitCode } from '../errors.js';
import { parseOptions } from '../options.js';
import { readKeys } from '../verify/read-keys.js';

export const auditCommand: Command = {
  summary: 'verify all that is stored again: ledger, entries, seals, tiles, heads',
  help: AUDIT_HELP,
  run: runAudit,
};

/** As of `verify`. */
const VERDICT_EXIT = { proven: 0, refused: 1, incomplete: 3 } as const satisfies Record<Verdict, ExitCode>;

async function runAudit(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = parseOptions(AUDIT_OPTIONS, args);
  if (positionals.length > 0) {
    throw new CliError('USAGE', 'audit takes no file: it reads the data base that DATABASE_URL names');
  }
  const { cwd, env, interrupted, stderr, stdout } = context;
  const databaseUrl = present(env['DATABASE_URL']);
  if (databaseUrl === undefined) throw new CliError('USAGE', 'which data base? Set DATABASE_URL');
  const keyFiles = (values['key-file'] ?? []).map((file) => resolve(cwd, file));
  const keys = readKeys(values.key ?? [], keyFiles);
  const heads = (values.head ?? []).map((file) => readKnownHead(file, resolve(cwd, file)));

  const say = (line: string): void => void stderr.write(`${line}\n`);
  let report: AuditReport;
  try {
    const { audit } = await import('@pacspace/audit');
    report = await audit({
      databaseUrl,
      natsUrl: present(env['NATS_URL']),
      keys,
      heads,
      say,
      onFinding: (finding) => say(formatFinding(finding)),
      interrupted,
    });
  } catch (error) {
    if (interrupted.aborted) return EXIT.interrupted;
    throw toCliError(error);
  }
  const verdict = verdictOf(report);
  stdout.write(`${values.json === true ? toJson(report, verdict) : formatReport(report)}\n`);
  return VERDICT_EXIT[verdict];
}

function toJson(report: AuditReport, verdict: Verdict): string {
  const { findings, unlisted } = report;
  return JSON.stringify({ verdict, findings, unlisted, notChecked: notChecked(report) }, undefined, 2);
}

function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** SQLSTATEs of what is a wrong address or an older data base, and no bug. */
const REFUSED = /^(28|3D|42P01|42703|3F000)/;

/** A server that is not there, or is not the right one, is something that the person can put right. */
function toCliError(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: string };
  if (typeof code !== 'string') return error;
  if (REFUSED.test(code))
    return new CliError('REFUSED', `the data base cannot be read: ${message ?? ''}`, { cause: error });
  const isAway = /^(08|57|E[A-Z]+$|UNAVAILABLE$)/.test(code);
  return isAway
    ? new CliError('UNREACHABLE', `a server does not answer: ${message ?? code}`, { cause: error })
    : error;
}
