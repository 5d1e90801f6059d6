import { resolve } from 'node:path';
import type { Verdict } from '@pacspace/proof';
import type { Command, CommandContext } from '../command.js';
import { parseBaseUrl } from '../connection.js';
import { CliError, type ExitCode } from '../errors.js';
import { parseOptions } from '../options.js';
import { checkOnline, type OnlineOptions } from '../verify/check-online.js';
import { formatVerdict } from '../verify/format-verdict.js';
import { VERIFY_HELP, VERIFY_OPTIONS } from '../verify/help.js';
import { readKeys } from '../verify/read-keys.js';
import { type FileVerdict, verifyFile } from '../verify/verify-file.js';

export const verifyCommand: Command = {
  summary: 'check receipts and invoice proofs offline, with the key of the log alone',
  help: VERIFY_HELP,
  run: verifyFiles,
};

async function verifyFiles(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = parseOptions(VERIFY_OPTIONS, args);
  if (positionals.length === 0) {
    throw new CliError('USAGE', 'which file? npx pacspace verify FILE … (see npx pacspace verify --help)');
  }
  const { cwd, interrupted, stdout } = context;
  const keyFiles = (values['key-file'] ?? []).map((file) => resolve(cwd, file));
  const keys = readKeys(values.key ?? [], keyFiles);
  const online: OnlineOptions | undefined =
    values.online === true ? { baseUrl: baseUrlOf(values.url, context), keys, interrupted } : undefined;

  const verdicts: FileVerdict[] = [];
  for (const file of positionals) {
    const offline = await verifyFile(file, file === '-' ? file : resolve(cwd, file), keys);
    const verdict = online === undefined ? offline : await alsoOnline(offline, online);
    verdicts.push(verdict);
    if (values.json !== true) stdout.write(`${formatVerdict(verdict)}\n`);
  }
  if (values.json === true) stdout.write(`${JSON.stringify(verdicts.map(toJson), undefined, 2)}\n`);
  return exitCodeOf(verdicts.map(({ verdict }) => verdict));
}

function baseUrlOf(given: string | undefined, { env }: CommandContext): string {
  const url = given ?? env['PACSPACE_API_BASE_URL'];
  if (url !== undefined && url !== '') return parseBaseUrl(url);
  throw new CliError('USAGE', '--online asks which server? Give --url or PACSPACE_API_BASE_URL');
}

/** A head that nobody trusted has signed is not worth a question. */
async function alsoOnline(found: FileVerdict, online: OnlineOptions): Promise<FileVerdict> {
  const { checkpoint, steps, verdict } = found;
  const isSigned = steps.some(({ name, outcome }) => name === 'signature' && outcome === 'holds');
  if (checkpoint === undefined || !isSigned || verdict === 'refused') return found;
  const step = await checkOnline(checkpoint, online);
  const whole: Verdict =
    step.outcome === 'refused' ? 'refused' : step.outcome === 'unchecked' ? 'incomplete' : verdict;
  return { ...found, verdict: whole, steps: [...steps, step] };
}

function toJson({ file, kind, verdict, steps }: FileVerdict): object {
  return { file, kind: kind ?? null, verdict, steps };
}

/** Each verdict's own; 2 stays for what is wrong with the command line. */
const VERDICT_EXIT = { proven: 0, refused: 1, incomplete: 3 } as const satisfies Record<Verdict, ExitCode>;

/** The worst of them decides. */
function exitCodeOf(verdicts: readonly Verdict[]): ExitCode {
  const worst = (['refused', 'incomplete'] as const).find((one) => verdicts.includes(one));
  return VERDICT_EXIT[worst ?? 'proven'];
}
