import { join } from 'node:path';
import { type ProgramOptions, runProgram, type RunningProgram, startProgram } from '@pacspace/testing';
import { builtScript, projectNode } from '../../tools/servers/index.mjs';

const CLI = join(import.meta.dirname, '../../libs/cli/bin/pacspace.mjs');

/** `npx pacspace …` as somebody types it. */
export const startPacspace = (args: readonly string[], options?: ProgramOptions): RunningProgram =>
  startProgram([projectNode(), CLI, ...args], options);

/** `npx pacspace …` to its end. */
export const pacspace = (args: readonly string[], options?: ProgramOptions) =>
  startPacspace(args, options).ended;

/** One of the projector's commands, as an operator runs it: `projector check`, `rebuild`, `backup`, `restore`. */
export const runProjector = (args: readonly string[], options?: ProgramOptions) =>
  runProgram([projectNode(), builtScript('projector', 'main'), ...args], options);
