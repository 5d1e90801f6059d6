import { describe, expect, it } from '@jest/globals';
import { keyFromSeed, verifySignature } from '../../../tests/vectors/ed25519.js';
import { sha256 } from '../../../tests/vectors/naive-tree.js';
import { formatNote, type NoteCheck, parseNote, signNote, verifyNote } from './note.js';
import { formatVerifierKey, keyIdOf, parseVerifierKey, verifierKeyOf } from './verifier-key.js';

const malformed = expect.objectContaining({ code: 'malformed' });

// The keys and signatures of golang.org/x/mod/sumdb/note, from which the format comes.
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const ENOCH = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const PETER_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const ENOCH_LINE =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
const peter = parseVerifierKey(sha256, PETER);
const enoch = parseVerifierKey(sha256, ENOCH);

const check = (note: string, ...keys: (typeof peter)[]): Promise<NoteCheck> =>
  verifyNote(parseNote(note), keys, verifySignature);

describe('notes of golang.org/x/mod/sumdb/note', () => {
  it('verify by the keys that are known, and keep the other lines apart', async () => {
    const note = `${TEXT}\n${PETER_LINE}${ENOCH_LINE}`;
    expect(parseNote(note).text).toBe(TEXT);
    expect(formatNote(parseNote(note))).toBe(note);
    const enochLine = parseNote(`x\n\n${ENOCH_LINE}`).signatures;
    expect(await check(note, peter)).toEqual({ ok: true, signers: [peter], ignored: enochLine });
    expect(await check(note, enoch, peter)).toEqual({ ok: true, signers: [peter, enoch], ignored: [] });
    expect(await check(note)).toEqual({ ok: false, reason: 'no-known-key' });
  });

  it('are refused when a known key has signed something else, whoever else has signed', async () => {
    const edited = `${TEXT.replace('answer', 'Answer')}\n${PETER_LINE}`;
    expect(await check(edited, peter)).toEqual({ ok: false, reason: 'bad-signature', key: peter });
    const badPeter = PETER_LINE.replace('ZJku', 'ZJkv');
    expect(await check(`${TEXT}\n${ENOCH_LINE}${badPeter}`, enoch, peter)).toMatchObject({
      reason: 'bad-signature',
    });
    const tooLong = `${PETER_LINE.slice(0, 60)}ABCD${PETER_LINE.slice(60)}`;
    expect(await check(`${TEXT}\n${tooLong}`, peter)).toMatchObject({ reason: 'bad-signature' });
  });

  it('are not verified by a key that shares only the name or only the id', async () => {
    const note = `${TEXT}\n${PETER_LINE}`;
    expect(await check(note, { ...peter, name: 'PeterNeuman' })).toMatchObject({ reason: 'no-known-key' });
    expect(await check(note, { ...peter, id: peter.id + 1 })).toMatchObject({ reason: 'no-known-key' });
  });

  it.each([
    ['no signatures', TEXT],
    ['none after the empty line', `${TEXT}\n`],
    ['no last newline', `${TEXT}\n${PETER_LINE.slice(0, -1)}`],
    ['a control character', `\x01${TEXT}\n${PETER_LINE}`],
    ['a carriage return', `${TEXT}\r\n\n${PETER_LINE}`],
    ['a lone surrogate', `\ud800${TEXT}\n${PETER_LINE}`],
    ['a name with a space', `${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'Bad Name')}`],
    ['a name with a no-break space', `${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'Bad\u00a0Name')}`],
    ['a name with a plus', `${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'Bad+Name')}`],
    ['another line', `${TEXT}\n${PETER_LINE}Unexpected line.\n`],
    ['a hyphen for the dash', `${TEXT}\n${PETER_LINE.replace('—', '-')}`],
    ['a signature without bytes', `${TEXT}\n— PeterNeumann x08gow==\n`],
    ['base64 that is not canonical', `${TEXT}\n${PETER_LINE.replace('JnAM=', 'JnAN=')}`],
    ['101 signatures', `${TEXT}\n${PETER_LINE.repeat(101)}`],
    ['a megabyte', `${'a'.repeat(1_000_000)}\n\n${PETER_LINE}`],
  ])('are malformed with %s', (_, note) => {
    expect(() => parseNote(note)).toThrow(malformed);
  });

  it('may hold empty lines and 100 signatures', () => {
    expect(parseNote(`a\n\nb\n\n${PETER_LINE.repeat(100)}`)).toMatchObject({ text: 'a\n\nb\n' });
    expect(parseNote(`\n\n${PETER_LINE}`).text).toBe('\n');
  });
});

describe('the examples of c2sp.org/signed-note and c2sp.org/tlog-cosignature', () => {
  it('verify', async () => {
    const key = parseVerifierKey(
      sha256,
      'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    );
    const note =
      'This is an example message.\n\n' +
      '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
    expect(await check(note, key)).toEqual({ ok: true, signers: [key], ignored: [] });
  });

  it('keep the line of a witness that is not known', () => {
    const line =
      '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n';
    const { signatures } = parseNote(`text\n\n${line}`);
    expect(signatures).toMatchObject([{ name: 'witness.example.com/w1', id: 0x8d66cf3f }]);
    // A time stamp of eight bytes (2023-03-20) stands before the 64 of the signature.
    expect(Buffer.from(signatures[0]!.signature).readBigUInt64BE()).toBe(1679315147n);
    expect(signatures[0]!.signature).toHaveLength(8 + 64);
    expect(formatNote({ text: 'text\n', signatures })).toBe(`text\n\n${line}`);
  });
});

describe('signNote', () => {
  const pair = keyFromSeed(Buffer.alloc(32, 7));
  const key = verifierKeyOf(sha256, 'log.example/production', pair.publicKey);

  it('signs what verifyNote takes, by several keys', async () => {
    const second = keyFromSeed(Buffer.alloc(32, 8));
    const secondKey = verifierKeyOf(sha256, 'log.example/production', second.publicKey);
    const note = await signNote('text é\n', [
      { key, sign: pair.sign },
      { key: secondKey, sign: (message) => Promise.resolve(second.sign(message)) },
    ]);
    expect(await check(note, key, secondKey)).toEqual({ ok: true, signers: [key, secondKey], ignored: [] });
  });

  it('refuses a text that could not be read back', async () => {
    await expect(signNote('no newline', [{ key, sign: pair.sign }])).rejects.toEqual(malformed);
    await expect(signNote('tab\t\n', [{ key, sign: pair.sign }])).rejects.toEqual(malformed);
    await expect(signNote('nobody\n', [])).rejects.toEqual(malformed);
  });
});

describe('verifier keys', () => {
  it('are written as they were read', () => {
    for (const text of [PETER, ENOCH]) {
      expect(formatVerifierKey(parseVerifierKey(sha256, text))).toBe(text);
    }
  });

  it('are told apart by type', () => {
    const { name, publicKey } = peter;
    expect(keyIdOf(sha256, { name, type: 1, publicKey })).toBe(0xc74f20a3);
    expect(keyIdOf(sha256, { name, type: 4, publicKey })).not.toBe(0xc74f20a3);
  });

  it('are refused when any character is missing or another', () => {
    for (let at = 0; at < PETER.length; at++) {
      const next = String.fromCharCode(PETER.charCodeAt(at) + 1);
      expect(() => parseVerifierKey(sha256, PETER.slice(0, at) + next + PETER.slice(at + 1))).toThrow(
        malformed,
      );
      expect(() => parseVerifierKey(sha256, PETER.slice(0, at))).toThrow(malformed);
      if (at > 0) expect(() => parseVerifierKey(sha256, PETER.slice(at))).toThrow(malformed);
    }
    expect(() => verifierKeyOf(sha256, 'a b', peter.publicKey)).toThrow(malformed);
    expect(() => verifierKeyOf(sha256, 'a', peter.publicKey.subarray(1))).toThrow(malformed);
  });
});
