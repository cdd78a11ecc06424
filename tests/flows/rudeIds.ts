import { createHash } from 'node:crypto';

const GUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
/** Properties that name an item, a folder, a drive or a person. */
const NAMING = new Set([
  'id',
  'parentFolderId',
  'driveId',
  'itemId',
  'ItemId',
  'FolderId',
  'destinationId',
  'sourceId',
  'targetId',
  'itemIds',
  'inputIds',
]);

/** Other ids than the tenant's: long, with every sign that ids may hold, and apart only by the case of their letters. */
export class RudeIds {
  readonly #given = new Map<string, string>();
  readonly #real = new Map<string, string>();
  readonly #isOn: boolean;

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** The tenant's own id. */
  real(id: string): string {
    return this.#real.get(id) ?? id;
  }

  /** A path as the tenant knows it. */
  realPath(path: string): string {
    return path
      .split('/')
      .map((part) => part.replace(/^([^:]+)/, (text) => this.#realPart(text)))
      .join('/');
  }

  #realPart(text: string): string {
    const real = this.#real.get(decodeURIComponent(text));
    return real === undefined ? text : encodeURIComponent(real);
  }

  /** What a client sent, as the tenant knows it. */
  realBody(value: unknown): unknown {
    return this.#walk(value, (id) => this.real(id));
  }

  givenBody(value: unknown): unknown {
    return this.#isOn ? this.#walk(value, (id) => this.#give(id)) : value;
  }

  #walk(value: unknown, change: (id: string) => string): unknown {
    if (Array.isArray(value)) return value.map((one) => this.#walk(one, change));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => {
        if (!NAMING.has(name)) return [name, this.#walk(one, change)];
        if (typeof one === 'string') return [name, change(one)];
        if (Array.isArray(one)) return [name, one.map((id) => (typeof id === 'string' ? change(id) : id))];
        return [name, one];
      }),
    );
  }

  #give(id: string): string {
    // Names of extended properties and of mailboxes are no ids.
    if (/[\s:@]/.test(id) || id === '') return id;
    const known = this.#given.get(id);
    if (known !== undefined) return known;
    const made = GUID.test(id) ? id.toUpperCase() : oddId(id);
    this.#given.set(id, made);
    this.#real.set(made, id);
    return made;
  }
}

function oddId(id: string): string {
  const bits = createHash('sha256').update(id).digest();
  const letters = Array.from({ length: 96 }, (_, index) => {
    const letter = String.fromCharCode(0x61 + (index % 26));
    return ((bits[index >> 3] ?? 0) >> (index & 7)) & 1 ? letter.toUpperCase() : letter;
  });
  return `AAMk/AD+I_1-${'0'.repeat(90)}${letters.join('')}==`;
}
