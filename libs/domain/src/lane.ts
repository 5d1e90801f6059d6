/**
 * lane = stable hash of (environment, customer) mod lane count. All of a customer's deltas go through one lane,
 * hence through one writer: order, running balance and deduplication need no coordination beyond it.
 *
 * The hash is FNV-1a (32 bit) over the char codes of `environment \n customer` (both ASCII by contract), finished
 * by MurmurHash3's fmix32, because FNV's low bits depend on the low bits of the input alone. It must never change:
 * the stream was filled by it (tests/vectors/lanes.json holds it in place).
 */
export function laneOf(environmentId: string, customerId: string, lanes: number): number {
  let hash = mix(0x811c9dc5, environmentId);
  hash = Math.imul(hash ^ 0x0a, 0x01000193);
  hash = mix(hash, customerId);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % lanes;
}

function mix(hash: number, text: string): number {
  let mixed = hash;
  for (let i = 0; i < text.length; i += 1) mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193);
  return mixed;
}
