import { ApiError } from '@pacspace/wire';
import { toApiError } from '../http/to-api-error.js';
import type { PieceAnswer } from './emit-batch.js';

/**
 * The answer to a batch as a stream of text: one JSON document, written while the batch is still being read.
 *
 * The first piece is awaited before anything is written, so that a batch that cannot be read and a log that takes
 * nothing are answered with a status of their own. After that the status is out (201), and `success` comes last in the
 * document: it is false, with an `error`, when the batch broke off later; its totals then say how far it came.
 *
 * @param onBug told of an error that nobody foresaw, which the client is told nothing of.
 * @throws ApiError VALIDATION_FAILED | PAYLOAD_TOO_LARGE | UNAVAILABLE, before the first text.
 */
export async function answerBatch(
  pieces: AsyncGenerator<PieceAnswer>,
  onBug: (error: unknown) => void,
): Promise<AsyncGenerator<string>> {
  const first = await pieces.next();
  if (first.done === true) throw new ApiError('VALIDATION_FAILED', 'the batch is empty');
  if (first.value.unavailable !== undefined) {
    await pieces.return(undefined);
    throw first.value.unavailable;
  }
  return write(first.value, pieces, onBug);
}

async function* write(
  first: PieceAnswer,
  rest: AsyncGenerator<PieceAnswer>,
  onBug: (error: unknown) => void,
): AsyncGenerator<string> {
  let queued = first.queued;
  let failed = first.failed;
  let separator = first.text === '' ? '' : ',';
  let broken: ApiError | undefined;
  yield `{"data":{"results":[${first.text}`;
  try {
    for await (const piece of rest) {
      queued += piece.queued;
      failed += piece.failed;
      if (piece.text === '') continue;
      yield separator + piece.text;
      separator = ',';
    }
  } catch (error) {
    if (!(error instanceof ApiError)) onBug(error);
    broken = toApiError(error);
  }
  yield `],"totalQueued":${queued},"totalFailed":${failed}},${writeEnd(broken)}}`;
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
