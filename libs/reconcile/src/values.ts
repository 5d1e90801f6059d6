/** Stands for "the record has none". */
export const NO_VALUE = 0;
/** Stands for every value past the limits. */
export const OTHER_VALUE = 1;

/** What all columns together may still hold: some 100 MB at the most. */
export class ValueBudget {
  values = 500_000;
  characters = 32 * 1024 * 1024;
}

/** Numbers the different values of a column, so that a held record keeps four bytes of it. */
export class Values {
  private readonly ids = new Map<string, number>();
  private readonly texts: (string | undefined)[] = [undefined, undefined];

  constructor(private readonly budget: ValueBudget) {}

  idOf(text: string | undefined): number {
    if (text === undefined) return NO_VALUE;
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const { budget } = this;
    if (budget.values === 0 || budget.characters < text.length) return OTHER_VALUE;
    budget.values -= 1;
    budget.characters -= text.length;
    const id = this.texts.length;
    this.ids.set(text, id);
    this.texts.push(text);
    return id;
  }

  textOf(id: number): string | undefined {
    return this.texts[id];
  }
}
