import ts from 'typescript';
import { readWords } from './read-curl.js';

/** A part of a guide that is meant to be run. */
export interface Block {
  readonly kind: 'curl' | 'export' | 'typescript';
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
}

/**
 * The commands and programs of a guide, in order. The text may be Markdown or plain: a block is known by how it begins,
 * and by where what it began with is complete, not by a fence.
 */
export function readGuide(guide: string): Block[] {
  const lines = guide.split(/\r?\n/);
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const kind = kindOf(lines[at] ?? '');
    const count = kind === undefined ? 1 : countLines(kind, lines.slice(at));
    if (kind !== undefined) blocks.push({ kind, text: lines.slice(at, at + count).join('\n'), line: at + 1 });
    at += count;
  }
  return blocks;
}

function kindOf(line: string): Block['kind'] | undefined {
  if (/^\s*(\$ )?curl\s/.test(line)) return 'curl';
  if (/^\s*export [A-Z_]+=/.test(line)) return 'export';
  return /^import .* from '/.test(line) ? 'typescript' : undefined;
}

/** @throws Error when a command does not come to its end. */
function countLines(kind: Block['kind'], lines: readonly string[]): number {
  const counts = lines.map((_, i) => i + 1);
  const isWhole = (count: number): boolean => {
    const text = lines.slice(0, count).join('\n');
    return kind === 'typescript' ? isTypeScript(text) : readWords(text, {}) !== undefined;
  };
  // A program has as many lines as are one; a command ends as soon as it can.
  const found = kind === 'typescript' ? counts.findLast(isWhole) : counts.find(isWhole);
  if (found === undefined) throw new Error(`no end of: ${lines[0]}`);
  return found;
}

function isTypeScript(text: string): boolean {
  if (text.includes('```')) return false;
  const { diagnostics } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  return diagnostics?.length === 0;
}
