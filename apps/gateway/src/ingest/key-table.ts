/** Sets × places in a set = keys remembered: one to two seconds of the highest rate, in 4 MB that never grow. */
const SETS = 32_768;
const PLACES = 4;

/** A key's 128 bits, then the first 64 of its fingerprint. */
const WORDS = 6;
const KEY_WORDS = 4;

const FREE = 0;
const UNDER_WAY = -1;

/**
 * Keys, what is known of each, and nothing that the collector must look at: strings in Maps took 18 % of the gateway's
 * time at full rate, and more in the collector. A set-associative table: the key itself names its set, and in a full set
 * the longest there makes room. That it may be one that is under way is no harm: a repeat is then seen by the ledger only.
 *
 * Of a fingerprint 64 bits are kept. Two deltas of one key that agree in these are found out by the ledger only, too.
 */
export class KeyTable {
  private readonly words = new Uint32Array(SETS * PLACES * WORDS);
  /** Log sequences of what was accepted, or one of the states above. */
  private readonly states = new Float64Array(SETS * PLACES);
  /** Per set, the place that is overwritten next. */
  private readonly oldest = new Uint8Array(SETS);

  /**
   * @param recordKey 32 hex digits, lower case
   * @returns the key's place, or −1.
   */
  find(recordKey: string): number {
    const first = wordOf(recordKey, 0);
    const begin = (first % SETS) * PLACES;
    for (let place = begin; place < begin + PLACES; place += 1) {
      const at = place * WORDS;
      if (this.words[at] !== first || this.states[place] === FREE) continue;
      let word = 1;
      while (word < KEY_WORDS && this.words[at + word] === wordOf(recordKey, word)) word += 1;
      if (word === KEY_WORDS) return place;
    }
    return -1;
  }

  /** @param fingerprint 64 hex digits, lower case */
  isSame(place: number, fingerprint: string): boolean {
    const at = place * WORDS + KEY_WORDS;
    return this.words[at] === wordOf(fingerprint, 0) && this.words[at + 1] === wordOf(fingerprint, 1);
  }

  isUnderWay(place: number): boolean {
    return this.states[place] === UNDER_WAY;
  }

  /** The log sequence of a key that was accepted. */
  sequenceAt(place: number): number {
    return this.states[place] ?? FREE;
  }

  /** A key that is not there yet, under way from now on. */
  add(recordKey: string, fingerprint: string): void {
    const place = this.makeRoom(wordOf(recordKey, 0) % SETS);
    const at = place * WORDS;
    for (let word = 0; word < KEY_WORDS; word += 1) this.words[at + word] = wordOf(recordKey, word);
    this.beginAt(place, fingerprint);
  }

  /** Another delta under the key that has this place, under way from now on. */
  beginAt(place: number, fingerprint: string): void {
    const at = place * WORDS + KEY_WORDS;
    this.words[at] = wordOf(fingerprint, 0);
    this.words[at + 1] = wordOf(fingerprint, 1);
    this.states[place] = UNDER_WAY;
  }

  accept(place: number, sequence: number): void {
    this.states[place] = sequence;
  }

  drop(place: number): void {
    this.states[place] = FREE;
  }

  private makeRoom(set: number): number {
    const place = this.oldest[set] ?? 0;
    this.oldest[set] = (place + 1) % PLACES;
    return set * PLACES + place;
  }
}

/** The 32 bits that eight hex digits stand for. */
function wordOf(hex: string, word: number): number {
  let value = 0;
  for (let i = 8 * word; i < 8 * word + 8; i += 1) {
    const code = hex.charCodeAt(i);
    value = (value << 4) | (code - (code < 0x3a ? 0x30 : 0x57));
  }
  return value >>> 0;
}
