interface ProcessLike {
  on?(event: 'beforeExit', listener: () => void): unknown;
  off?(event: 'beforeExit', listener: () => void): unknown;
}

/**
 * Calls `end` when the Node process has nothing left to do; what it begins keeps the process alive until it is done.
 * Elsewhere there is no such moment.
 *
 * @returns forgets it.
 */
export function onProcessEnd(end: () => Promise<void>): () => void {
  const { process } = globalThis as { readonly process?: ProcessLike };
  if (process?.on === undefined || process.off === undefined) return () => undefined;
  const listener = (): void => void end();
  process.on('beforeExit', listener);
  return () => process.off?.('beforeExit', listener);
}
