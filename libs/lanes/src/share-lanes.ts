import type { LeaseView } from '@pacspace/ledger';

export interface SharePlan {
  /** Lanes to hand over, once what is under way in them is done. */
  readonly give: readonly number[];
  /** Free lanes to ask for, in this order. */
  readonly take: readonly number[];
}

/**
 * What a writer does next so that the lanes come to be shared out evenly: nobody has two more than another. All who see
 * the same decide the same, without a word between them; who sees something else for a moment only asks for a lane that
 * is taken, or hands one over too many, and the next look mends it.
 *
 * Few lanes move: who has most keeps the odd ones, and nobody gives a lane for another. What a session holds that takes
 * no part (it has stepped aside) is left to it.
 *
 * @param isUnable lanes that this writer has just failed in
 */
export function shareLanes(
  { me, writers, holders }: LeaseView,
  lanes: number,
  isUnable: (lane: number) => boolean = () => false,
): SharePlan {
  if (!writers.includes(me)) return { give: [], take: [] };
  const held = new Map(writers.map((writer) => [writer, [] as number[]]));
  const free: number[] = [];
  let shared = 0;
  for (let lane = 0; lane < lanes; lane += 1) {
    const holder = holders.get(lane);
    const of = holder === undefined ? free : held.get(holder);
    if (of === undefined) continue;
    of.push(lane);
    shared += 1;
  }
  const mine = held.get(me) ?? [];
  const places = writers.toSorted((a, b) => (held.get(b)?.length ?? 0) - (held.get(a)?.length ?? 0) || a - b);
  const share = Math.floor(shared / writers.length) + (places.indexOf(me) < shared % writers.length ? 1 : 0);
  if (mine.length > share) return { give: mine.slice(share), take: [] };
  // Each begins elsewhere, so that several who are short of lanes do not ask for the same.
  const begin = Math.floor((free.length * writers.indexOf(me)) / writers.length);
  const offered = [...free.slice(begin), ...free.slice(0, begin)].filter((lane) => !isUnable(lane));
  return { give: [], take: offered.slice(0, share - mine.length) };
}
