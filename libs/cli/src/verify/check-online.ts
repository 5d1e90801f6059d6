import { sha256, verifySignature } from '@pacspace/node-crypto';
import {
  type Checkpoint,
  fetchProof,
  parseCheckpoint,
  parseNote,
  planConsistency,
  ProofError,
  type Step,
  type StepOutcome,
  type VerifierKey,
  verifyConsistency,
  verifyNote,
} from '@pacspace/proof';
import { LogClient } from './fetch-log.js';

export interface OnlineOptions {
  readonly baseUrl: string;
  readonly keys: readonly VerifierKey[];
  readonly interrupted: AbortSignal;
}

/**
 * Holds the head that a file rests on against the one that the log shows now: what was in the log then must be its
 * beginning still. What it cannot find out stays unchecked, and is said.
 *
 * @param note the file's checkpoint, verified before.
 */
export async function checkOnline(note: string, options: OnlineOptions): Promise<Step> {
  const before = parseCheckpoint(parseNote(note).text);
  const prefix = `${options.baseUrl}/log/${before.origin.split('/').map(encodeURIComponent).join('/')}`;
  const client = new LogClient(prefix, options.interrupted);
  try {
    return await compareHeads(before, client, options.keys);
  } catch (error) {
    const malformed = error instanceof ProofError && error.code === 'malformed';
    const cause = (error as Error).cause;
    const reason = cause instanceof Error ? cause.message : (error as Error).message;
    return malformed
      ? step('refused', `The head that the log shows now is malformed: ${reason}.`)
      : step('unchecked', `The log could not be asked: ${reason}.`);
  }
}

async function compareHeads(
  before: Checkpoint,
  client: LogClient,
  keys: readonly VerifierKey[],
): Promise<Step> {
  const note = parseNote(await client.readHead());
  const now = parseCheckpoint(note.text);
  if (now.origin !== before.origin) {
    return step('refused', `The head shown now is of another log, ${now.origin}.`);
  }
  const trusted = keys.filter(({ name }) => name === now.origin);
  const check = await verifyNote(note, trusted, verifySignature);
  if (!check.ok) {
    return check.reason === 'bad-signature'
      ? step('refused', 'The signature of the head shown now is wrong.')
      : step('unchecked', 'The head shown now is not signed by a trusted key.');
  }
  // A cache or a mirror may be behind. It contradicts nothing, and shows nothing.
  if (now.size < before.size) {
    const sizes = `${now.size} seals, the file's head ${before.size}`;
    return step(
      'unchecked',
      `The head shown now is older than the file's: it has ${sizes}. Ask again later.`,
    );
  }
  const hashes = await fetchProof(sha256, planConsistency(before.size, now.size), (span) =>
    client.readSpan(span, now.size),
  );
  const proof = verifyConsistency(sha256, {
    fromSize: before.size,
    fromRoot: before.root,
    toSize: now.size,
    toRoot: now.root,
    hashes,
  });
  return proof.ok
    ? step(
        'holds',
        `The log's head now, of ${now.size} seals, continues the file's, of ${before.size}: nothing in it was changed.`,
      )
    : step(
        'refused',
        `The log's head now, of ${now.size} seals, does not continue the file's, of ${before.size}: keep both, they show that history was rewritten or that a tile is wrong.`,
      );
}

function step(outcome: StepOutcome, sentence: string): Step {
  return { name: 'online', outcome, sentence };
}
