import type { StreamConfig, StreamInfo, StreamState } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { LogError } from './errors.js';

/** What a stream was when it was saved; its messages are in the file beside it, in the server's own format. */
export interface SavedStream {
  readonly config: StreamConfig;
  readonly state: StreamState;
}

const ASK_MS = 10_000;
/** A server that sends nothing for this long has stopped sending. */
const SILENCE_MS = 60_000;
const CHUNK_BYTES = 128 * 1024;
/** "No more": the end of a snapshot, as newer servers say it beside the empty payload. */
const END_OF_SNAPSHOT = 204;

/**
 * Saves a stream as it is at one moment, while it is being written to: the server's snapshot API, which the client library
 * does not have (`$JS.API.STREAM.SNAPSHOT` and `.RESTORE`, as `nats stream backup` uses them). Sequences, times and headers
 * are kept, so that a ledger's watermarks mean the same in the restored stream.
 *
 * @param write takes each chunk; the server waits for it
 * @throws LogError UNAVAILABLE
 */
export async function saveStream(
  connection: NatsConnection,
  stream: string,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<SavedStream> {
  const inbox = createInbox();
  const chunks = connection.subscribe(inbox);
  try {
    const answer = await ask(connection, `$JS.API.STREAM.SNAPSHOT.${stream}`, {
      deliver_subject: inbox,
      no_consumers: true,
      chunk_size: CHUNK_BYTES,
    });
    const saved = answer.json<SavedStream>();
    const arriving = chunks[Symbol.asyncIterator]();
    for (;;) {
      const next = await withinSilence(stream, arriving.next());
      if (next.done === true) throw unavailable(`the connection ended while ${stream} was being saved`);
      const message = next.value;
      if (isEnd(stream, message)) return { config: saved.config, state: saved.state };
      await write(message.data);
      message.respond();
    }
  } finally {
    chunks.unsubscribe();
  }
}

function isEnd(stream: string, message: Msg): boolean {
  if (message.data.length > 0) return false;
  const { code = END_OF_SNAPSHOT, description = '' } = message.headers ?? {};
  if (code !== 0 && code !== END_OF_SNAPSHOT)
    throw unavailable(`${stream} could not be saved: ${code} ${description}`);
  return true;
}

/**
 * Makes the stream that was saved, where there is none of its name.
 *
 * @throws LogError UNAVAILABLE, also when there is one
 */
export async function restoreStream(
  connection: NatsConnection,
  { config, state }: SavedStream,
  chunks: AsyncIterable<Uint8Array>,
): Promise<StreamInfo> {
  const { name } = config;
  const begun = await ask(connection, `$JS.API.STREAM.RESTORE.${name}`, { config, state });
  const { deliver_subject: subject } = begun.json<{ deliver_subject: string }>();
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES) {
      const answer = await connection.request(subject, chunk.subarray(at, at + CHUNK_BYTES), {
        timeout: SILENCE_MS,
      });
      if (answer.data.length > 0) expectGranted(name, answer); // it says nothing, or what is wrong
    }
  }
  const done = await connection.request(subject, '', { timeout: SILENCE_MS });
  expectGranted(name, done);
  return done.json<StreamInfo>();
}

async function ask(connection: NatsConnection, subject: string, body: object): Promise<Msg> {
  let answer: Msg;
  try {
    answer = await connection.request(subject, JSON.stringify(body), { timeout: ASK_MS });
  } catch (cause) {
    throw new LogError('UNAVAILABLE', `${subject} is not answered: ${String(cause)}`, { cause });
  }
  expectGranted(subject, answer);
  return answer;
}

function expectGranted(what: string, answer: Msg): void {
  const { error } = answer.json<{ readonly error?: { readonly description?: string } }>();
  if (error !== undefined) throw unavailable(`${what}: ${error.description ?? 'refused'}`);
}

async function withinSilence(
  stream: string,
  next: Promise<IteratorResult<Msg, undefined>>,
): Promise<IteratorResult<Msg, undefined>> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(`nothing more comes of ${stream}`)), SILENCE_MS);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}

const unavailable = (message: string): LogError => new LogError('UNAVAILABLE', message);
