/** Stands for "the record has none". */
export const NO_VALUE = 0;
/** Stands for every value past the limits. */
export const OTHER_VALUE = 1;

const MOST_VALUES = 500_000;
const MOST_CHARACTERS = 32 * 1024 * 1024;

/** Numbers the different values of a column, so that a held record keeps four bytes of it. Memory is bounded. */
export class Values {
  private readonly ids = new Map<string, number>();
  private readonly texts: (string | undefined)[] = [undefined, undefined];
  private characters = 0;

  idOf(text: string | undefined): number {
    if (text === undefined) return NO_VALUE;
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    if (this.ids.size >= MOST_VALUES || this.characters >= MOST_CHARACTERS) return OTHER_VALUE;
    const id = this.texts.length;
    this.ids.set(text, id);
    this.texts.push(text);
    this.characters += text.length;
    return id;
  }

  textOf(id: number): string | undefined {
    return this.texts[id];
  }
}
