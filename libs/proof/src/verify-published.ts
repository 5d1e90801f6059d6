import { fromHex } from './bytes.js';
import { type Checkpoint, parseCheckpoint } from './checkpoint.js';
import { sealLeaf } from './hash-records.js';
import { type Note, parseNote, verifyNote } from './note.js';
import type { ProofText } from './receipt.js';
import type { Seal } from './records.js';
import { checked, type Problem, type Step, unchecked, type VerifyOptions } from './verdict.js';
import { type ProofCheck, verifyInclusion } from './verify-proof.js';

/** The last two steps of every file: the seal stands in the log, and the log's head is signed. */
export type PublishedStep = Step<'log' | 'signature'>;

export async function verifyPublished(
  file: {
    readonly seal?: Seal | undefined;
    readonly sealProof?: ProofText | undefined;
    readonly checkpoint?: string | undefined;
  },
  options: VerifyOptions,
): Promise<PublishedStep[]> {
  const { checkpoint: noteText, seal, sealProof } = file;
  if (seal === undefined || sealProof === undefined || noteText === undefined) {
    const missing = 'Not published yet: the file holds no place in the public log';
    return [
      unchecked('log', `${missing}.`),
      unchecked('signature', `${missing}, so nobody has signed for it.`),
    ];
  }
  const note = parseNote(noteText);
  const head = parseCheckpoint(note.text);
  return [verifyLog({ seal, sealProof, head }, options), await verifyHead(note, head, options)];
}

function verifyLog(
  file: { readonly seal: Seal; readonly sealProof: ProofText; readonly head: Checkpoint },
  { sha256 }: VerifyOptions,
): PublishedStep {
  const { head, seal, sealProof } = file;
  const { leafIndex, treeSize } = sealProof;
  const problem = (): Problem => {
    if (seal.origin !== head.origin)
      return `The seal is for the log ${seal.origin}, the head is of ${head.origin}.`;
    if (treeSize !== head.size) return `The proof is for ${treeSize} seals, the log's head has ${head.size}.`;
    const root = head.root;
    const leafHash = sealLeaf(sha256, seal);
    const hashes = sealProof.hashes.map(fromHex);
    const check = verifyInclusion(sha256, { leafHash, index: leafIndex, size: treeSize, hashes, root });
    return check.ok ? undefined : `The seal is not entry ${leafIndex} of the log: ${REASONS[check.reason]}.`;
  };
  return checked(
    'log',
    problem(),
    `The seal is entry ${leafIndex} of the ${treeSize} in the log ${head.origin}.`,
  );
}

async function verifyHead(note: Note, head: Checkpoint, options: VerifyOptions): Promise<PublishedStep> {
  // A key speaks for the log whose name it has, and for no other.
  const keys = options.keys.filter(({ name }) => name === head.origin);
  const check = await verifyNote(note, keys, options.verifySignature);
  if (check.ok)
    return checked(
      'signature',
      undefined,
      `The log's head at ${head.size} entries is signed by ${head.origin}.`,
    );
  return check.reason === 'bad-signature'
    ? checked('signature', `The signature of ${check.key.name} under the log's head is wrong.`, '')
    : unchecked('signature', `No key for the log ${head.origin} was given that has signed its head.`);
}

/** Why a proof was refused, to follow a colon. */
export const REASONS: Record<Exclude<ProofCheck, { ok: true }>['reason'], string> = {
  'out-of-range': 'there is no such place',
  'wrong-length': 'the proof has the wrong number of hashes',
  malformed: 'the proof is malformed',
  'root-mismatch': 'the proof leads to another root',
};
