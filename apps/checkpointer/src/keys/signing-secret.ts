import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SECRET = /^[0-9a-f]{64}$/i;

export interface SecretSource {
  /** Given by the environment; the file is not looked at then. */
  readonly given: string | undefined;
  readonly dataDir: string;
  /** Whether any head was signed before. */
  readonly hasSigned: () => Promise<boolean>;
}

/**
 * The secret that every log's signing key is derived from, 32 bytes: from the environment, or from a file that the
 * first start makes. When heads have been signed and there is neither, a new one would be a rotation that nobody
 * wished for: a volume was forgotten, as a rule.
 */
export async function loadSigningSecret({ given, dataDir, hasSigned }: SecretSource): Promise<Buffer> {
  if (given !== undefined) return parseSecret(given, 'LOG_SIGNING_KEY');
  const file = secretFile(dataDir);
  const kept = await readSecretFile(file);
  if (kept !== undefined) return kept;
  if (await hasSigned()) {
    throw new Error(
      `heads have been signed, but there is no signing secret: bring back ${file} or set LOG_SIGNING_KEY; to go on with ` +
        'a new one, run `checkpointer rotate-key`',
    );
  }
  return await makeSecretFile(file);
}

/**
 * Puts a new secret in the place of the file's; the old one is kept beside it. The next start signs with it.
 *
 * @returns the file that was written.
 */
export async function rotateSigningSecret(dataDir: string, nowMs: number): Promise<string> {
  const file = secretFile(dataDir);
  const retired = `${file}.retired-${new Date(nowMs)
    .toISOString()
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14)}`;
  await rename(file, retired).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await makeSecretFile(file);
  return file;
}

function secretFile(dataDir: string): string {
  return join(dataDir, 'keys', 'log-signing-secret');
}

async function readSecretFile(file: string): Promise<Buffer | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    // Copied or restored with the modes of somebody else: nobody but us may read it.
    if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
    return parseSecret(text.trim(), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** On disk, name and all, before anything is signed with it; two first starts at once end up with one secret. */
async function makeSecretFile(file: string): Promise<Buffer> {
  const directory = dirname(file);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const secret = randomBytes(32);
  let handle;
  try {
    handle = await open(file, 'wx', 0o600);
  } catch (error) {
    const made = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readSecretFile(file) : undefined;
    if (made === undefined) throw error;
    return made;
  }
  try {
    await handle.writeFile(`${secret.toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const entries = await open(directory);
  await entries.sync().finally(() => entries.close());
  return secret;
}

function parseSecret(text: string, where: string): Buffer {
  if (!SECRET.test(text)) throw new Error(`${where} is not 64 hex digits, which are 32 bytes`);
  return Buffer.from(text, 'hex');
}
