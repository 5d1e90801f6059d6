/**
 * The public id of a seal or of a run: where it is, so that it needs no index of its own. `chk_`, eight hex digits of
 * the log's number, then sixteen of the log index, or `r` and fifteen of the run's number.
 */
export type CheckpointRef =
  { readonly logNo: number; readonly logIndex: number } | { readonly logNo: number; readonly runNo: number };

export function formatCheckpointId(ref: CheckpointRef): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const place = 'runNo' in ref ? `r${hex(ref.runNo, 15)}` : hex(ref.logIndex, 16);
  return `chk_${hex(ref.logNo, 8)}${place}`;
}

const ID = /^chk_([0-9a-f]{8})(?:r([0-9a-f]{15})|([0-9a-f]{16}))$/;

/** Undefined for whatever formatCheckpointId does not write. */
export function parseCheckpointId(id: string): CheckpointRef | undefined {
  const match = ID.exec(id);
  if (match === null) return undefined;
  const logNo = Number.parseInt(match[1] ?? '', 16);
  const place = Number.parseInt(match[2] ?? match[3] ?? '', 16);
  if (!Number.isSafeInteger(place)) return undefined;
  return match[2] === undefined ? { logNo, logIndex: place } : { logNo, runNo: place };
}
