import type { Block } from './read-guide.js';
import { type CurlRequest, readCurl, readWords } from './read-curl.js';

export interface Played {
  readonly request: CurlRequest;
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is what tests check
  readonly body: any;
  /** Attributes of the cookies that it set, by name. */
  readonly cookies: ReadonlyMap<string, string>;
}

/** A terminal, as far as a guide needs one: variables, curl, and its cookie files. */
export class Shell {
  readonly variables: Record<string, string> = {};
  private readonly jars = new Map<string, Map<string, string>>();

  /** `export NAME=value`. */
  export({ text }: Block): void {
    for (const word of readWords(text, this.variables)?.slice(1) ?? []) {
      const [name = '', ...value] = word.split('=');
      this.variables[name] = value.join('=');
    }
  }

  async curl({ text }: Block): Promise<Played> {
    const request = readCurl(text, this.variables);
    const { body, cookiesFrom, cookiesTo, headers, method, url } = request;
    const jar = cookiesFrom === undefined ? undefined : this.jars.get(cookiesFrom);
    if (cookiesFrom !== undefined && jar === undefined) throw new Error(`there is no file ${cookiesFrom}`);
    const cookie = [...(jar ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(cookie !== '' && { cookie }) },
      ...(body !== undefined && { body }),
    });
    const set = answer.headers.getSetCookie().map((line) => /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? []);
    if (cookiesTo !== undefined)
      this.jars.set(cookiesTo, new Map(set.map(([, name = '', value = '']) => [name, value])));
    return {
      request,
      status: answer.status,
      headers: answer.headers,
      body: await answer.json(),
      cookies: new Map(set.map(([, name = '', , attributes = '']) => [name, attributes])),
    };
  }
}
