/**
 * Runs `work` on what the source brings, up to `width` at a time, and hands the results on in the source's order, each
 * as soon as it and those before it are there. Back-pressure goes through: nothing more is taken from the source than
 * `width` allows while nobody takes results. When the source fails, what it had brought is finished and handed on
 * first.
 */
export async function* mapInOrder<T, R>(
  source: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const iterator = source[Symbol.asyncIterator]();
  const underWay: Promise<R>[] = [];
  let next: Promise<Next<T>> | undefined;
  let end: Exclude<Next<T>, { kind: 'item' }> | undefined;
  try {
    while (end === undefined || underWay.length > 0) {
      if (end === undefined && underWay.length < width) next ??= take(iterator);
      const came = await firstOf(next, underWay[0]);
      if (came === 'head') {
        const head = underWay.shift();
        if (head !== undefined) yield await head;
        continue;
      }
      next = undefined;
      if (came.kind === 'item') underWay.push(work(came.item));
      else end = came;
    }
    if (end.kind === 'failed') throw end.error;
  } finally {
    // Left early, too, everything that was begun is waited for: nobody is left working for nobody.
    await Promise.allSettled(underWay);
    await iterator.return?.();
  }
}

type Next<T> =
  | { readonly kind: 'item'; readonly item: T }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: unknown };

async function take<T>(iterator: AsyncIterator<T>): Promise<Next<T>> {
  try {
    const result = await iterator.next();
    return result.done === true ? { kind: 'ended' } : { kind: 'item', item: result.value };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** Whether the oldest piece of work is done, or the source has brought something. One of the two is always there. */
async function firstOf<T>(
  next: Promise<Next<T>> | undefined,
  head: Promise<unknown> | undefined,
): Promise<Next<T> | 'head'> {
  const headDone = head?.then(
    () => 'head' as const,
    () => 'head' as const,
  );
  if (next === undefined) return (await headDone) ?? 'head';
  return headDone === undefined ? await next : await Promise.race([headDone, next]);
}
