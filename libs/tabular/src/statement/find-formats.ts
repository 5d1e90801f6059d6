import type { JsonValue } from '@pacspace/domain';
import { cellText } from '../cell-text.js';
import { TabularError } from '../errors.js';
import { FormatFinder } from '../format-finder.js';
import { proposeTimes } from '../propose-times.js';
import { DECIMAL_MARKS, type DecimalMark, readDecimal } from '../read-decimal.js';
import { type TimeReader, findTimeReader } from '../read-time.js';
import { type Spelling } from '../spelling.js';
import type { Zone } from '../time-zone.js';
import type { StatementMapping } from './mapping.js';

/** How the columns are written, as far as it was not said. */
export interface StatementFormats {
  readonly timeFormat?: string;
  readonly decimalMark?: DecimalMark;
}

export interface Cells {
  readonly amount: JsonValue | undefined;
  readonly time: JsonValue | undefined;
}

/** Finds out what the mapping leaves open. */
export class StatementFormatFinder {
  private readonly marks: FormatFinder<bigint>;
  private readonly times: FormatFinder<number>;

  constructor(
    private readonly mapping: StatementMapping,
    private readonly zone: Zone,
    private readonly spell: Spelling,
  ) {
    const marks = DECIMAL_MARKS.map((mark) => ({
      name: mark,
      read: (text: string) => {
        const amount = readDecimal(text, mark);
        return typeof amount === 'bigint' ? amount : undefined;
      },
    }));
    this.marks = new FormatFinder(() => marks);
    this.times = new FormatFinder((text) =>
      proposeTimes(text).flatMap((name) => {
        const reader = findTimeReader(name, zone);
        return reader === undefined ? [] : [{ name, read: toRead(reader) }];
      }),
    );
  }

  see({ amount, time }: Cells): void {
    // A JSON number has a point, whatever its writer's country.
    if (this.mapping.decimalMark === undefined && typeof amount === 'string') {
      const text = amount.trim();
      if (text !== '') this.marks.see(text);
    }
    if (this.mapping.timeColumn !== undefined && this.mapping.timeFormat === undefined) {
      const text = cellText(time);
      if (text !== '') this.times.see(text);
    }
  }

  get isAmbiguous(): boolean {
    return this.marks.ambiguity !== undefined || this.times.ambiguity !== undefined;
  }

  /** @throws TabularError when what was seen can be read in two ways. */
  assertCertain(): void {
    const { mapping, spell } = this;
    const mark = this.marks.ambiguity;
    if (mark !== undefined) {
      throw new TabularError(
        `the amounts in ${JSON.stringify(mapping.amountColumn)} can be read in two ways, such as ${JSON.stringify(mark.text)}: say which mark stands before the decimals, ${spell('decimalMark', '.')} or ${spell('decimalMark', ',')}`,
      );
    }
    const time = this.times.ambiguity;
    if (time !== undefined) {
      const formats = time.names.map((name) => spell('timeFormat', JSON.stringify(name))).join(' or ');
      throw new TabularError(
        `the times in ${JSON.stringify(mapping.timeColumn)} can be read in two ways, such as ${JSON.stringify(time.text)}: say ${formats}`,
      );
    }
  }

  get formats(): StatementFormats {
    const {
      timeFormat = this.times.found,
      decimalMark = DECIMAL_MARKS.find((mark) => mark === this.marks.found),
    } = this.mapping;
    return {
      ...(timeFormat !== undefined && { timeFormat }),
      ...(decimalMark !== undefined && { decimalMark }),
    };
  }

  /** Undefined: no time has been seen that any known notation reads. */
  get timeReader(): TimeReader | undefined {
    const { timeFormat } = this.formats;
    return timeFormat === undefined ? undefined : findTimeReader(timeFormat, this.zone, this.spell);
  }
}

function toRead(reader: TimeReader): (text: string) => number | undefined {
  return (text) => {
    const time = reader(text);
    return time.ok ? time.timeMs : undefined;
  };
}
