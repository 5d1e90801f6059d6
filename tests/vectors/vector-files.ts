import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { receiptVectors, statementVectors } from './make-file-vectors.js';
import { checkpointVectors, noteVectors, tileVectors, tlogProofVectors } from './make-log-vectors.js';
import { recordVectors } from './make-record-vectors.js';
import { canonicalVectors, consistencyVectors, inclusionVectors, treeVectors } from './make-tree-vectors.js';

export const VECTORS_DIR = import.meta.dirname;

/** Every vector file and how it is made. */
export const VECTOR_FILES: Record<string, () => unknown> = {
  'canonical.json': canonicalVectors,
  'trees.json': treeVectors,
  'inclusion.json': inclusionVectors,
  'consistency.json': consistencyVectors,
  'notes.json': noteVectors,
  'checkpoints.json': checkpointVectors,
  'tiles.json': tileVectors,
  'tlog-proofs.json': tlogProofVectors,
  'records.json': recordVectors,
  'receipts.json': receiptVectors,
  'statements.json': statementVectors,
};

export const formatVectors = (vectors: unknown): string => `${JSON.stringify(vectors, null, 1)}\n`;

export function readVectors(file: keyof typeof VECTOR_FILES): unknown {
  return JSON.parse(readFileSync(join(VECTORS_DIR, file), 'utf8'));
}
