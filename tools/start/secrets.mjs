import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * @typedef {object} Secrets
 * @property {string} keyPepper of the keyed hash under which API keys are stored: with another one no key is known
 * @property {string} webhookKey under which the signing secrets of webhooks are kept: with another one none can be read
 * @property {string} demoApiKey the sandbox key that is printed
 * @property {string} demoPassword of the demo tenant's owner
 * @property {string} operatorToken opens the operator API
 */

/**
 * The installation's secrets, made at the first start and kept with the data.
 * @param {string} dataDir
 * @returns {Secrets}
 */
export function loadSecrets(dataDir) {
  const file = join(dataDir, 'secrets.json');
  /** @type {Partial<Secrets>} */
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const secrets = {
    keyPepper: randomBytes(32).toString('base64url'),
    webhookKey: randomBytes(32).toString('base64url'),
    demoApiKey: `pk_test_${base62(16)}.${randomBytes(32).toString('base64url')}`,
    demoPassword: base62(20),
    operatorToken: randomBytes(32).toString('base64url'),
    ...kept,
  };
  writePrivate(file, secrets);
  return secrets;
}

/**
 * Readable by its owner alone, and never half-written.
 * @param {string} file
 * @param {unknown} content
 */
export function writePrivate(file, content) {
  writeFileSync(`${file}.draft`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.draft`, file);
}

/** @param {number} length */
function base62(length) {
  return Array.from({ length }, () => BASE62[randomInt(BASE62.length)]).join('');
}
