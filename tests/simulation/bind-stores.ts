import { jest } from '@jest/globals';
import { LedgerError } from '../../libs/ledger/src/errors.js';

/**
 * Puts the simulated stores in the place of the three libraries that own the drivers, function by function. Everything
 * of the apps that is imported after this runs as it is, from the intake of a gateway to the turn of a projector; what
 * it takes for a pool, a log or a cache is a handle (handles.ts), to which each function passes its arguments on.
 *
 * A function that the apps begin to use and that is not listed fails at the import, by its name.
 */
export function bindStores(): void {
  jest.unstable_mockModule('@pacspace/ledger', () => ({
    LedgerError,
    ...delegate(
      'ensurePeriod',
      'findIndexAsOf',
      'findRecordPlace',
      'findRecords',
      'findRejections',
      'findSealsByRoot',
      'loadClosedEnvironments',
      'loadCustomers',
      'loadLane',
      'loadPeriods',
      'readWatermark',
      'selectEntries',
      'withTransaction',
      'writeTurn',
    ),
  }));
  jest.unstable_mockModule('@pacspace/log', () =>
    delegate('lastToldSequence', 'publishDeadLetter', 'publishEvents'),
  );
  jest.unstable_mockModule('@pacspace/cache', () => delegate('putTurn'));
}

type Method = (...args: unknown[]) => unknown;
type Delegate = (handle: Record<string, Method>, ...args: unknown[]) => unknown;

function delegate(...names: string[]): Record<string, Delegate> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      (handle: Record<string, Method>, ...args: unknown[]) => {
        const method = handle[name];
        if (method === undefined) throw new Error(`the simulated store has no ${name}`);
        return method.apply(handle, args);
      },
    ]),
  );
}
