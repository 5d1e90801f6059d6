import { readFileSync } from 'node:fs';
import type { Command, CommandContext } from './command.js';
import { COMMANDS } from './commands/index.js';
import { CliError, EXIT, type ExitCode } from './errors.js';

const EXIT_CODES = `Exit codes: 0 all good · 1 some rows were rejected · 2 wrong command line or file, nothing sent
            3 the server could not be reached or did not take the key · 130 interrupted`;

/** Runs `pacspace ARGS` and answers with the exit code; what goes wrong by a person's doing ends on stderr. */
export async function run(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const [name, ...rest] = args;
  try {
    if (name === '--version' || name === '-v') return print(context, version());
    if (name === undefined) throw new CliError('USAGE', `which command?\n\n${await overview()}`);
    if (name === '--help' || name === '-h') return print(context, await overview());
    if (name === 'help') {
      return print(context, rest[0] === undefined ? await overview() : (await find(rest[0])).help);
    }
    const command = await find(name);
    if (asksForHelp(rest)) return print(context, command.help);
    return await command.run(rest, context);
  } catch (error) {
    if (context.interrupted.aborted && (error as Error).name === 'AbortError') return EXIT.interrupted;
    if (!(error instanceof CliError)) throw error;
    context.stderr.write(`pacspace: ${error.message}\n`);
    return error.exitCode;
  }
}

function print(context: CommandContext, text: string): ExitCode {
  context.stdout.write(`${text}\n`);
  return EXIT.ok;
}

/** Whatever else is on the line: who asks for help is not told first that another option is missing. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

async function find(name: string): Promise<Command> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    const known = Object.keys(COMMANDS).join(', ');
    throw new CliError('USAGE', `there is no command ${JSON.stringify(name)}; there is: ${known}`);
  }
  return load();
}

async function overview(): Promise<string> {
  const lines: string[] = [];
  for (const [name, load] of Object.entries(COMMANDS)) {
    lines.push(`  ${name.padEnd(10)}${(await load()).summary}`);
  }
  return `pacspace ${version()}: the neutral record between a provider and its customer

Usage: npx pacspace COMMAND [options]

${lines.join('\n')}

npx pacspace COMMAND --help tells a command's options; --version the version.

The server and the key are taken from --url and --key, else from PACSPACE_API_BASE_URL and PACSPACE_API_KEY,
else from .data/dev.json in the current folder, which \`npm start\` writes.

${EXIT_CODES}`;
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
