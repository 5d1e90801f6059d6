/** A decimal as we write it; it may begin with a minus and is no formula. */
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;
/** What spreadsheets take as the beginning of a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * One line of CSV after RFC 4180, without its line break. A cell that a spreadsheet would take for a formula gets an
 * apostrophe before it: what a stranger wrote into a reference must not run on the machine of whoever opens the file.
 */
export function formatCsvLine(cells: readonly (string | number | undefined)[]): string {
  return cells.map(formatCell).join(',');
}

function formatCell(cell: string | number | undefined): string {
  const text = String(cell ?? '');
  const inert = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
