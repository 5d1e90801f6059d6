/** int8 and aggregates come from the driver as text, absent values as null. */
export function toOptionalNumber(value: string | null | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
