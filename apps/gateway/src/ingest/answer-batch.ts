import { toApiError } from '@pacspace/http';
import { ApiError } from '@pacspace/wire';
import type { PieceAnswer } from './emit-batch.js';

/** How much of an answer in which nothing is queued yet is held back, in characters. */
const MAX_HELD = 64 * 1024;

/**
 * The answer to a batch as a stream of text: one JSON document, written while the batch is still being read.
 *
 * Nothing is written before something is queued, so that a batch of which nothing was taken, because it cannot be read
 * or the log is away, is answered with a status of its own. After that the status is out (201), and `success` comes
 * last in the document: it is false, with an `error`, when the batch broke off; its totals then say how far it came.
 *
 * @param onBug told of an error that nobody foresaw, which the client is told nothing of.
 * @throws ApiError VALIDATION_FAILED | PAYLOAD_TOO_LARGE | UNAVAILABLE | PLAN_LIMIT_EXCEEDED, before the first text.
 */
export async function answerBatch(
  pieces: AsyncGenerator<PieceAnswer>,
  onBug: (error: unknown) => void,
): Promise<AsyncGenerator<string>> {
  const totals = { queued: 0, failed: 0 };
  let text = '';
  while (totals.queued === 0 && text.length <= MAX_HELD) {
    const next = await pieces.next();
    if (next.done === true) break;
    const piece = next.value;
    const queued = count(totals, piece);
    if (queued === 0 && piece.unavailable !== undefined) {
      await pieces.return(undefined);
      throw piece.unavailable;
    }
    text += separate(text !== '', piece);
  }
  if (totals.queued + totals.failed === 0) throw new ApiError('VALIDATION_FAILED', 'the batch is empty');
  return write({ totals, text }, pieces, onBug);
}

interface Totals {
  queued: number;
  failed: number;
}

/** @param begun the answer to what was taken before the first text. */
async function* write(
  begun: { readonly totals: Totals; readonly text: string },
  rest: AsyncGenerator<PieceAnswer>,
  onBug: (error: unknown) => void,
): AsyncGenerator<string> {
  const { totals, text } = begun;
  let hasItems = text !== '';
  let broken: ApiError | undefined;
  yield `{"data":{"results":[${text}`;
  try {
    for await (const piece of rest) {
      count(totals, piece);
      const next = separate(hasItems, piece);
      if (next !== '') yield next;
      hasItems ||= next !== '';
    }
  } catch (error) {
    if (!(error instanceof ApiError)) onBug(error);
    broken = toApiError(error);
  }
  yield `],"totalQueued":${totals.queued},"totalFailed":${totals.failed}},${writeEnd(broken)}}`;
}

/** @returns all queued so far. */
function count(totals: Totals, piece: PieceAnswer): number {
  totals.queued += piece.queued;
  totals.failed += piece.failed;
  return totals.queued;
}

/** The piece's items as they follow on what is there. */
function separate(hasItems: boolean, { text }: PieceAnswer): string {
  return hasItems && text !== '' ? `,${text}` : text;
}

function writeEnd(broken: ApiError | undefined): string {
  if (broken === undefined) return '"success":true';
  const { code, message, retryAfterSeconds } = broken;
  const error = {
    ...(code !== 'VALIDATION_FAILED' && { code }),
    message,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
  return `"success":false,"error":${JSON.stringify(error)}`;
}
