import { readFileSync } from 'node:fs';
import { isJsonObject } from '@pacspace/domain';
import { parseReceiptProof } from '@pacspace/proof';
import { CliError } from '../errors.js';

/** What is in a file, by what it looks like; nothing in it is checked yet. */
export interface ProofFile {
  readonly kind: 'receipt' | 'statement';
  readonly value: unknown;
}

/** A statement of 100,000 records is some 60 MB; what is larger was hardly meant. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads a receipt or a statement: its JSON, a server's answer that holds it, or a receipt as a `.tlog-proof` text.
 *
 * @param path "-" is standard input.
 * @throws CliError INPUT when it cannot be read; ProofError or SyntaxError when it is none of these.
 */
export function readProofFile(path: string): ProofFile {
  const text = readText(path);
  if (text.startsWith('c2sp.org/tlog-proof@')) return { kind: 'receipt', value: parseReceiptProof(text) };
  const value = unwrap(JSON.parse(text));
  return { kind: isJsonObject(value) && 'records' in value ? 'statement' : 'receipt', value };
}

/** The answers of the API carry the file beside what they say of it; only the file is a proof of anything. */
function unwrap(value: unknown): unknown {
  const data = isJsonObject(value) && value['success'] === true ? value['data'] : undefined;
  if (!isJsonObject(data)) return value;
  return data['receipt'] ?? data['statement'] ?? value;
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path === '-' ? 0 : path);
    if (bytes.length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CliError('INPUT', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}
