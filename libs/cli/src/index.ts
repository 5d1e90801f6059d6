export { type Command, type CommandContext } from './command.js';
export { CliError, type CliErrorCode, EXIT, type ExitCode } from './errors.js';
export { main } from './main.js';
export { run } from './run.js';
